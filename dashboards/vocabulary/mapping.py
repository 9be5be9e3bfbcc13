"""Mapping studies, spaces and the rules they are held against."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "space_kind": {
        "flat-store": N_("Flat store"),
        "cold-store": N_("Cold store"),
        "vehicle": N_("Vehicle"),
        "box": N_("Cool box"),
    },
    "study_kind": {
        "before_use": N_("Before use"),
        "special": N_("After a change"),
        "periodic": N_("Periodic"),
        "after_idle": N_("After standing idle"),
    },
    "season": {"hot": N_("Hot season"), "cold": N_("Cold season"), "between": N_("In between")},
    "mapping_why": {
        "signed": N_("as QA set it with the newest study"),
        "periodic": N_("so often as the policy asks"),
        "hot": N_("in the hottest season, as the policy asks"),
        "cold": N_("in the coldest season, as the policy asks"),
        "never": N_("was never mapped, and its policy asks for it"),
    },
    "load": {"empty": N_("Empty"), "loaded": N_("With load")},
    "study_status": {"planned": N_("In work"), "approved": N_("Approved and signed"), "rejected": N_("Not accepted")},
    "study_rules": {"gsp_cn": N_("China GSP, Appendix 5"), "who_suppl_8": N_("WHO TRS 961, Annex 9, Supplement 8")},
    "position_role": {
        "grid": N_("Grid"),
        "door": N_("At a door"),
        "fan": N_("At an outlet"),
        "dead": N_("Dead corner"),
        "ambient": N_("Outside"),
    },
    "recommendation": {"hot": N_("hot spot"), "cold": N_("cold spot"), "door": N_("near the door")},
    "mapping_rule": {
        "count": N_("Number of positions"),
        "within": N_("Positions outside the space"),
        "corners": N_("Corners of the space"),
        "centre": N_("Distance of the nearest position from the centre"),
        "horizontal": N_("Farthest apart, horizontally"),
        "vertical": N_("Farthest apart, vertically"),
        "per_door": N_("Positions at the door"),
        "per_fan": N_("Positions at the outlet"),
        "per_dead": N_("Positions in the dead corner"),
        "readings": N_("Positions with readings"),
        "lasts": N_("Length of the steady time"),
        "interval": N_("Longest interval between readings"),
        "known": N_("Least known share of the time"),
        "probe_error": N_("Loggers with certificates"),
        "high": N_("Warmest reading"),
        "low": N_("Coldest reading"),
    },
    "mapping_test": {"power_fail": N_("Power-fail test"), "door_open": N_("Door-open test")},
    "audit_action": {
        "zone.space": N_("Space recorded"),
        "mapping_study.plan": N_("Study planned"),
        "mapping_study.positions": N_("Plan changed"),
        "mapping_study.import": N_("Logger's file imported"),
        "mapping_study.window": N_("Steady time said"),
        "mapping_study.test": N_("Test recorded"),
        "mapping_study.test.withdraw": N_("Test withdrawn"),
        "mapping_study.approve": N_("Study approved"),
        "mapping_study.reject": N_("Study not accepted"),
    },
}

GUARDS = {
    "every_position_has_readings": N_("Every position needs its logger's file: import it, or take the position out."),
    "steady_time_said": N_("Say from when to when the space was steady."),
    "every_rule_kept_or_explained": N_("A rule is not kept: explain why the study can be relied on all the same."),
}

DONE = {
    "space.recorded": N_("The space is recorded."),
    "study.planned": N_("The study is planned, with the positions that its rules ask for."),
    "study.positions": N_("The plan is changed."),
    "study.imported": N_("The loggers' files are imported."),
    "study.window": N_("The steady time is recorded."),
    "study.test": N_("The test is recorded."),
    "study.judged": N_("The study is signed, and frozen."),
}
