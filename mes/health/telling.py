"""What an alert says to people, in both languages, and which failure of the machine it asks to be looked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mes.health.model import Cause
from mes.maintenance.model import FailureMode
from mes.plant.model import MeasuringPoint
from models.finding import Words
from models.health.api import Contribution

SENTENCES: Mapping[Cause, Words] = {
    Cause.LEVEL: Words("stays away from its usual level", "持续偏离正常水平"),
    Cause.PATTERN: Words("no longer moves as it did together with the other signals", "与其他信号的配合不再正常"),
    Cause.LIMIT: Words("has been beyond its fixed limit for too long", "超出固定限值过久"),
    Cause.MODEL: Words(
        "the model no longer fits this machine: have it learned again", "模型已不适用于该设备，应重新学习"
    ),
    Cause.COOLING: Words("heat is not taken away", "热量未被带走"),
    Cause.COMPRESSOR: Words("the compressor does not cool", "压缩机不制冷"),
    Cause.FAN: Words("the coil is far colder than the air: the fan", "蒸发器远低于空气温度：疑似风机故障"),
    Cause.POWER: Words("no power", "断电"),
    Cause.DOOR: Words("the door has been open for too long", "库门开启过久"),
    Cause.DEFROST_STUCK: Words("the defrost heater does not go off", "化霜加热器未关闭"),
    Cause.LEAK: Words("cooling runs ever longer for the same work: refrigerant", "制冷时间不断延长：疑似制冷剂泄漏"),
    Cause.SENSOR_STUCK: Words("a probe stands still", "探头读数停滞"),
    Cause.SENSOR_DROPOUT: Words("a probe says nothing", "探头无读数"),
    Cause.SENSOR_DRIFT: Words("a probe drifts", "探头漂移"),
    Cause.SENSOR_SPIKE: Words("a probe jumps", "探头读数跳变"),
    Cause.RISK: Words("warmer, or longer out, than ever while healthy", "温度或偏离时间超过以往正常范围"),
}
_NAMES_ITSELF = frozenset({Cause.LEVEL, Cause.PATTERN, Cause.LIMIT})
"""Sentences that are about the signal that counts most."""

_OF_CAUSE: Mapping[Cause, FailureMode] = {
    Cause.COOLING: FailureMode.NOT_COOLING,
    Cause.COMPRESSOR: FailureMode.NOT_COOLING,
    Cause.RISK: FailureMode.NOT_COOLING,
    Cause.FAN: FailureMode.FAN_WEAR,
    Cause.LEAK: FailureMode.REFRIGERANT_LOSS,
    Cause.SENSOR_STUCK: FailureMode.PROBE_FAULT,
    Cause.SENSOR_DRIFT: FailureMode.PROBE_FAULT,
    Cause.SENSOR_SPIKE: FailureMode.PROBE_FAULT,
}
_OF_ROLE: Mapping[str, FailureMode] = {
    "vibration": FailureMode.BEARING_WEAR,
    "bearing": FailureMode.BEARING_WEAR,
    "torque": FailureMode.BEARING_WEAR,
    "filter": FailureMode.FILTER_CLOGGED,
    "fan": FailureMode.FAN_WEAR,
    "suction": FailureMode.REFRIGERANT_LOSS,
}


def sentence(cause: Cause, most: Contribution | None, point: MeasuringPoint | None) -> Words:
    """What is so, with the signal that counts most and its figures."""
    said = SENTENCES[cause]
    if most is None or point is None or cause not in _NAMES_ITSELF:
        return said
    unit = "" if point.unit == "1" else " °C" if point.unit == "Cel" else f" {point.unit}"
    value, usual = f"{most.value:.4g}{unit}", f"{most.expected:.4g}{unit}"
    en, zh = ("limit", "限值") if cause is Cause.LIMIT else ("usually", "正常")
    return Words(
        f"{point.name_en} {said.en} ({value}, {en} {usual})",
        f"{point.name_zh}{said.zh}（{value}，{zh} {usual}）",
    )


def failure_mode(cause: Cause, contributions: Sequence[Contribution], roles: Mapping[str, str]) -> FailureMode:
    """What the crew looks for; `roles`: of the points, by signal. Of a machine's signals the first that has a name."""
    if cause in _OF_CAUSE:
        return _OF_CAUSE[cause]
    for each in contributions:
        role = roles.get(each.signal, "")
        if role in _OF_ROLE:
            return _OF_ROLE[role]
        if role == "current":
            return FailureMode.CURRENT_HIGH if each.value > each.expected else FailureMode.CURRENT_LOW
    return FailureMode.OTHER
