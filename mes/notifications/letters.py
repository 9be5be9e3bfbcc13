"""What a message says, in the reader's language: what, where, since when, value and limit, lots, what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from mes.alarms.model import Alarm, Kind, Priority
from mes.notifications.model import Reason

FLOOD = 3
"""So many alarms of one zone in one message are told as one: something has happened to the room."""
_LOTS, _LINES = 5, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alarm in a message."""

    alarm: Alarm
    reason: Reason
    zone_en: str | None = None
    zone_zh: str | None = None
    value: str = ""  # newest reading with its unit
    value_at: datetime | None = None
    lots: tuple[str, ...] = ()  # numbers of what stands there
    acked_comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to one person."""

    number: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """For whom and from where a letter is written."""

    language: str
    zone: ZoneInfo
    plant: str
    link: str  # address of the pages
    number: str

    @property
    def is_chinese(self) -> bool:
        return self.language == "zh"

    def say(self, en: str, zh: str) -> str:
        return zh if self.is_chinese else en

    def moment(self, at: datetime) -> str:
        """In the plant's zone, which stands beside it."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S} ({self.zone.key})"


def letter(desk: Desk, lines: Sequence[Line]) -> Letter:
    """One message of one or many alarms, worst first; each alarm once."""
    ordered = sorted(lines, key=lambda line: (-line.alarm.priority.rank, line.alarm.raised_at, line.alarm.id))
    told = list({line.alarm.id: line for line in reversed(ordered)}.values())[::-1]
    title = _title(desk, told)
    blocks = [_block(desk, line) for line in told[:_LINES]]
    if len(told) > _LINES:
        blocks.append(desk.say(f"and {len(told) - _LINES} more alarms", f"另有 {len(told) - _LINES} 个报警"))
    blocks.append(f"{desk.link}/alarms\n{desk.plant} · Isotherm {desk.number}")
    return Letter(number=desk.number, title=title, body="\n\n".join(blocks))


def alive(desk: Desk, now: datetime, standing: int) -> Letter:
    """Nothing happened, and the way to this person works."""
    title = desk.say("Isotherm is watching", "Isotherm 运行正常")
    said = desk.say(
        f"Daily message: alarms reach you. Alarms in sight now: {standing}.",
        f"每日通报：报警消息可以送达。当前待处理报警：{standing} 个。",
    )
    body = f"{said}\n{desk.moment(now)}\n\n{desk.link}/alarms\n{desk.plant} · Isotherm {desk.number}"
    return Letter(number=desk.number, title=title, body=body)


def _title(desk: Desk, told: Sequence[Line]) -> str:
    worst = told[0]
    head = _HEADS[worst.reason][desk.is_chinese] or _PRIORITIES[worst.alarm.priority][desk.is_chinese]
    if worst.alarm.kind is Kind.TEST:
        head = desk.say("TEST", "测试")
    rooms = {line.alarm.zone_id for line in told}
    room = desk.say(worst.zone_en or "", worst.zone_zh or "")
    if len(told) == 1:
        said = _message(desk, worst.alarm)
    elif len(rooms) == 1 and room and len(told) >= FLOOD:
        said = desk.say(f"{room}: {len(told)} alarms at once", f"{room}：同时 {len(told)} 个报警")
    else:
        first = _message(desk, worst.alarm)
        said = desk.say(f"{len(told)} alarms: {first} …", f"{len(told)} 个报警：{first} …")
    return f"[{head}] {said}"


def _block(desk: Desk, line: Line) -> str:
    alarm = line.alarm
    rows = [f"[{_PRIORITIES[alarm.priority][desk.is_chinese]}] {_message(desk, alarm)}"]
    room = desk.say(line.zone_en or "", line.zone_zh or "")
    rows.append(desk.say("Where: ", "位置：") + (f"{room} ({alarm.source})" if room else alarm.source))
    rows.append(desk.say("Since: ", "开始时间：") + desk.moment(alarm.raised_at))
    if line.value and line.value_at:
        rows.append(desk.say("Last value: ", "最新读数：") + f"{line.value}, {desk.moment(line.value_at)}")
    if alarm.cleared_at is not None:
        rows.append(desk.say("Returned to normal: ", "恢复正常：") + desk.moment(alarm.cleared_at))
    if alarm.acked_by is not None:
        said = f" · {alarm.ack_comment}" if alarm.ack_comment else ""
        rows.append(desk.say("Acknowledged by: ", "确认人：") + f"{alarm.acked_by}{said}")
    if line.lots:
        more = f" (+{len(line.lots) - _LOTS})" if len(line.lots) > _LOTS else ""
        rows.append(desk.say("Lots there: ", "涉及批次：") + ", ".join(line.lots[:_LOTS]) + more)
    if line.reason is Reason.CALL:
        rows.append(desk.say("What to do: ", "处置：") + NEXT_STEPS[alarm.kind][desk.is_chinese])
    rows.append(f"{desk.link}/alarms/{alarm.id}")
    return "\n".join(rows)


def _message(desk: Desk, alarm: Alarm) -> str:
    return alarm.message_zh if desk.is_chinese else alarm.message_en


_PRIORITIES: Mapping[Priority, tuple[str, str]] = MappingProxyType(
    {
        Priority.CRITICAL: ("CRITICAL", "紧急"),
        Priority.HIGH: ("HIGH", "高"),
        Priority.MEDIUM: ("MEDIUM", "中"),
        Priority.LOW: ("LOW", "低"),
    }
)
_HEADS: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.CALL: ("", ""),
        Reason.ACKNOWLEDGED: ("acknowledged", "已确认"),
        Reason.RETURNED: ("back to normal", "已恢复正常"),
        Reason.ALIVE: ("", ""),
    }
)
NEXT_STEPS: Mapping[Kind, tuple[str, str]] = MappingProxyType(
    {
        Kind.TEMPERATURE: (
            "Look at door and cooling. Do not move or release the lots there; they are on hold until QA has judged.",
            "检查库门和制冷机组。不得移动或放行其中批次；批次已冻结，等待质量部门判定。",
        ),
        Kind.STALE: (
            "Look at sensor, cable and gateway; measure by hand until readings come again.",
            "检查探头、线路和网关；数据恢复前请人工测量。",
        ),
        Kind.EDGE_LOST: ("Look at the gateway's power and network.", "检查网关的供电和网络。"),
        Kind.UNCONFIGURED_POINT: ("Add the point to the plant model.", "请将该测点加入工厂模型。"),
        Kind.EQUIPMENT: ("Plan the maintenance that its order describes.", "按维修工单安排维修。"),
        Kind.REJECTED_BATCH: ("Look at what was set aside, and have it replayed.", "查看被搁置的数据并安排重放。"),
        Kind.RATE: ("Look at door and cooling before limits are left.", "在超限之前检查库门和制冷机组。"),
        Kind.CUMULATIVE: (
            "Too many short excursions add up. Look for what repeats: door, defrost, loading.",
            "多次短时超限已累计超标。请查找重复原因：开门、化霜、装卸。",
        ),
        Kind.POWER: (
            "Restore the mains or start the standby supply. Keep doors shut.",
            "恢复市电或启动备用电源。保持库门关闭。",
        ),
        Kind.CLOCK: (
            "Set the clock of the device; times of its readings may be off.",
            "校准设备时钟；其读数时间可能不准。",
        ),
        Kind.DOOR: ("Close the door.", "请关闭库门。"),
        Kind.GAUGE: (
            "Have the gauge calibrated; an overdue one is not to be used.",
            "安排量具检定/校准；逾期量具停止使用。",
        ),
        Kind.CALIBRATION: ("Have the sensor calibrated and record its certificate.", "安排探头校准并登记证书。"),
        Kind.ROUND: (
            "Look now at what was not looked at, and review the round.",
            "立即补查漏检项目，并审核本次巡检。",
        ),
        Kind.MAPPING: (
            "Plan a mapping study of this space and have QA judge it.",
            "安排该空间的温度分布验证，并由质量部门批准。",
        ),
        Kind.FORECAST: (
            "Limits are not left yet: look at cooling now, and prepare to move the lots.",
            "尚未超限：请立即检查制冷，并准备转移批次。",
        ),
        Kind.AUDIT_TAMPER: (
            "The audit trail is not as it was written. Tell QA and IT; keep the database as it is.",
            "审计追踪与写入时不一致。通知质量和信息部门；保持数据库现状。",
        ),
        Kind.CONFIGURATION: ("Correct the setting that the alarm names.", "请更正报警中指出的设置。"),
        Kind.UNDELIVERED: (
            "Tell this person in another way, and correct the address or the gateway.",
            "请用其他方式通知该人员，并更正地址或网关。",
        ),
        Kind.ACCESS: (
            "Ask the person whether it was them. If not, find who tried; an administrator unlocks.",
            "询问本人是否为其操作；如否，查明尝试者；由管理员解锁。",
        ),
        Kind.DEVIATION_DUE: (
            "Close the deviation, or say why it takes longer and who works on it.",
            "关闭偏差；如需延长，请说明原因和负责人。",
        ),
        Kind.RECALL_LATE: (
            "Tell everyone who has the goods, or make the report to the authority, and record it in the recall.",
            "立即通知所有收货单位，或向监管部门报告，并在召回记录中登记。",
        ),
        Kind.TEST: (
            "Nothing is wrong. Acknowledge this test on the alarms page.",
            "无异常。请在报警页面确认本次测试。",
        ),
    }
)
"""By kind: what to do next, in English and Chinese."""
