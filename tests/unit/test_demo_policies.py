"""The demo plant's second versions: the same limits, for who can't wait."""

from __future__ import annotations

from isotherm.demo_policies import for_visitors
from mes.policies.comparing import differences
from mes.policies.reading import policy_named


def test_only_delays_the_rate_and_the_title_differ() -> None:
    cold = policy_named("cold_2_8")
    short = for_visitors(cold, 10)
    told = {place: after for place, (_, after) in differences(cold, short).items()}
    assert told.pop("shared.title_en") == "Storage at 2–8 °C (demo: short delay)"
    assert str(told.pop("shared.title_zh")).endswith("（演示：缩短延时）")
    assert told == {"levels.alarm.low_delay_s": 20.0, "levels.alarm.high_delay_s": 20.0, "rate.per_h": 60.0}
