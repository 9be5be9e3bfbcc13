"""The demo plant's policies: short delays for who looks for some minutes, and a change that waits for a signature."""

from __future__ import annotations

from dataclasses import replace

from mes.plant import service as plant
from mes.policies import changes
from models.policy import Level, Policy
from telemetry.clock import SystemClock
from telemetry.work import Pool, begin

SHORT_DELAY_S = 20.0
FREEZER = "frozen-20"
COLDER_C = -16.0


async def shorten_delays(pool: Pool, speed: float) -> None:
    """Put a second version of each policy in force: the past was judged by the real delays, the present is not."""
    why = f"demo plant: physics runs faster than the clock, so alarms wait {SHORT_DELAY_S:g} s only"
    async with begin(pool, "demo", SystemClock().now()) as work:
        for rule in (await plant.rules_in_force(work, work.now)).values():
            if rule.version == 1:
                short = for_visitors(rule.policy, speed)
                await plant.add_rule_version(work, rule.code, short, effective_from=work.now, reason=why)


async def propose_colder_freezer(pool: Pool) -> None:
    """A change of the freezer's policy, proposed and not yet signed: the page Policies has something to decide."""
    async with begin(pool, "qa", SystemClock().now()) as work:
        last = (await changes.versions(work, FREEZER))[-1].policy
        levels = tuple(
            replace(rule, high=COLDER_C, citation="Stability report SR-2026-04") if rule.level is Level.ALARM else rule
            for rule in last.levels
            if rule.level is not Level.WARN  # it would stand at the alarm's limit
        )
        reason = "Enzymes lose activity above -16 °C / 酶制剂高于 -16 °C 活性下降"
        await changes.propose(work, FREEZER, replace(last, levels=levels), effective_from=None, reason=reason)


def for_visitors(policy: Policy, speed: float) -> Policy:
    """The same limits with short delays; what changes as fast as the physics runs is no alarm by itself."""
    levels = tuple(
        replace(
            rule,
            low_delay_s=min(rule.low_delay_s, SHORT_DELAY_S),
            high_delay_s=min(rule.high_delay_s, SHORT_DELAY_S),
        )
        for rule in policy.levels
    )
    rate = policy.rate and replace(policy.rate, per_h=policy.rate.per_h * speed)
    en, zh = f"{policy.title_en} (demo: short delay)", f"{policy.title_zh}（演示：缩短延时）"
    return replace(policy, levels=levels, rate=rate, title_en=en, title_zh=zh)
