"""What is shown, decided without a database: states of readings, small curves, windows, messages, the bundle."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import QueryParams

from dashboards.assets import DIST, Assets, AssetsNotBuilt, AssetUnknown
from dashboards.curves import Shown
from dashboards.language import catalog
from dashboards.message import from_query
from dashboards.pages.trends import WindowUnreadable, window_of
from dashboards.plantview import ReadingView
from dashboards.sparkline import HEIGHT, column, draw
from dashboards.trail import Reader
from dashboards.words import act
from mes.audit.service import Entry
from mes.plant.model import MeasuringPoint, RuleVersion
from telemetry.quality import Quality
from telemetry.store import LastValue, Trend

NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
HAIKOU = ZoneInfo("Asia/Shanghai")
TEMPLATES = Path(__file__).parents[3] / "dashboards" / "templates"


def a_point(role: str = "air") -> MeasuringPoint:
    return MeasuringPoint(
        point_id=1,
        name="hainan/cold-store/cold-room-2/air-1",
        equipment_id=1,
        equipment_path="hainan/cold-store/cold-room-2",
        zone_id=1,
        measure="air-1",
        role=role,
        unit="Cel",
        name_en="Air",
        name_zh="空气",
        policy="cold-2-8",
        resolution=Decimal("0.1"),
        interval_s=1,
        stale_s=300,
    )


def a_rule() -> RuleVersion:
    return RuleVersion(
        id=1,
        code="cold-2-8",
        version=1,
        title_en="2-8",
        title_zh="2-8",
        low=2,
        high=8,
        critical_low=None,
        critical_high=None,
        delay_s=600,
        critical_delay_s=0,
        deadband=0.5,
        stale_s=300,
        resolution=Decimal("0.1"),
        effective_from=NOW,
        effective_to=None,
        reason="",
        applied_by="",
    )


def a_view(value: float | None, *, quality: int = Quality.GOOD, age_s: float = 1, role: str = "air") -> ReadingView:
    at = NOW - timedelta(seconds=age_s)
    return ReadingView(
        a_point(role), LastValue(1, "", at, at, value, quality), a_rule() if role == "air" else None, NOW
    )


@pytest.mark.parametrize(
    ("view", "state"),
    [
        (a_view(5.0), "good"),
        (a_view(8.04), "good"),  # rounded to the sensor's resolution before it is compared
        (a_view(8.06), "out"),
        (a_view(1.9), "out"),
        (a_view(5.0, quality=Quality.UNCERTAIN_TIME), "uncertain"),
        (a_view(9.0, quality=Quality.UNCERTAIN_SENSOR), "out"),
        (a_view(None, quality=Quality.BAD_SENSOR_FAILURE), "bad"),
        (a_view(5.0, age_s=301), "old"),
        (a_view(0, role="mains"), "out"),
        (a_view(1, role="mains"), "good"),
        (a_view(2, role="state"), "out"),
        (a_view(1, role="door"), "good"),  # an open door is no fault of itself
        (ReadingView(a_point(), None, a_rule(), NOW), "none"),
    ],
)
def test_a_readings_state(view: ReadingView, state: str) -> None:
    assert view.state == state


def test_a_switch_is_told_in_words() -> None:
    assert (a_view(1, role="door").spoken, a_view(1, role="door").unit) == ("open", "")


def test_a_small_curve_breaks_where_nothing_is_known() -> None:
    curve = draw([[5.0, 5.0, None, 6.0, None]], 2, 8)
    assert curve is not None
    assert curve.paths[0].count("M") == 2
    assert curve.band is not None
    assert 0 < curve.band[0] < curve.band[0] + curve.band[1] < HEIGHT


def test_a_small_curve_joins_readings_that_still_hold() -> None:
    curve = draw([[5.0, None, 5.2, None, None, None, 6.0]], 2, 8, reach=2)
    assert curve is not None
    assert curve.paths[0].count("M") == 2
    assert curve.paths[0].count("L") == 1


def test_a_small_curve_ends_where_a_probe_broke_however_soon_it_is_mended() -> None:
    means: list[float | None] = [5.0, 5.0, None, 5.0, 5.0]
    trend = Trend(1, 30, [0] * 5, means, means, means, [3] * 5, [3, 3, 0, 3, 3], [0, 0, 3, 0, 0])
    curve = draw([column(trend)], 2, 8, reach=11)
    assert curve is not None
    assert curve.paths[0].count("M") == 2


def test_a_small_curve_without_limits_does_not_blow_up_noise() -> None:
    curve = draw([[60.0, 60.2, 59.9, 60.1]], None, None)
    assert curve is not None
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", curve.paths[0])]
    assert max(heights) - min(heights) < HEIGHT / 10


def test_a_switch_has_words_in_its_trend_and_no_unit() -> None:
    trend = Trend(1, 60, [0], [1.0], [1.0], [1.0], [1], [1], [0])
    shown = Shown(a_point("door"), "Door", trend, None, {0: "closed", 1: "open"})
    assert (shown.told(1.0), shown.told(None), shown.unit) == ("open", "–", "")


def entry() -> Entry:
    return Entry(
        seq=1,
        at=NOW,
        actor="qa",
        action="deviation.classify",
        entity="deviation",
        entity_id="1",
        before={"status": "draft", "title_en": "a", "title_zh": "b"},
        after={"status": "classified", "title_en": "c", "title_zh": "d", "severity": "minor"},
        reason="",
        prev_hash="",
        hash="",
    )


def test_a_row_of_the_trail_tells_what_changed() -> None:
    told = Reader("zh", catalog("zh").gettext, HAIKOU).told(entry())
    assert [(each.name, each.before, each.after) for each in told.changes] == [
        ("状态", "草稿", "已分级"),
        ("标题（中文）", "b", "d"),
        ("级别", None, "次要"),
    ]
    assert told.raw == (
        ("status", "draft", "classified"),
        ("title_zh", "b", "d"),
        ("severity", "", "minor"),
    )


def test_facts_for_machines_are_among_the_raw_ones_unless_they_changed() -> None:
    before = {"policy_id": 3, "active": True, "roles": ["qa"]}
    after = {"policy_id": 4, "active": False, "roles": ["qa", "qp"], "item_id": 9, "sha256": "ab", "note": "x" * 999}
    row = replace(entry(), entity="person", before=before, after=after | {"valid_from": "2026-01-15T01:20:00+00:00"})
    told = Reader("en", str, HAIKOU).told(row)
    assert [(each.name, each.before, each.after) for each in told.changes] == [
        ("policy id", "3", "4"),
        ("may sign in", "yes", "no"),
        ("Roles", "Quality assurance", "Quality assurance, Qualified person"),
        ("Note", None, "x" * 159 + "…"),
        ("Valid from", None, "2026-01-15 09:20:00"),
    ]
    assert {name for name, _, _ in told.raw} == {*before, *after, "valid_from"}


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("excursion.lot", "Lot exposed"),
        ("deviation.classify", "Classify"),
        ("maintenance_order.verify", "Verify"),
        ("excursion.disposition.refused", "Lots judged (refused)"),
        ("plant.unheard", "plant.unheard"),
    ],
)
def test_an_action_has_a_name(action: str, said: str) -> None:
    assert act(action, str) == said


def test_nothing_known_is_no_curve() -> None:
    assert draw([[None, None]], 2, 8) is None


def test_a_window_is_read_in_the_plants_zone() -> None:
    window = window_of(NOW, None, "2026-01-15T08:00:00", "2026-01-15T10:30:00+09:00", HAIKOU)
    assert window.start == datetime(2026, 1, 15, 0, 0, tzinfo=UTC)
    assert window.end == datetime(2026, 1, 15, 1, 30, tzinfo=UTC)
    assert not window.live


def test_a_window_without_an_end_grows() -> None:
    window = window_of(NOW, None, "2026-01-15T00:00:00Z", None, HAIKOU)
    assert (window.end, window.live, window.name) == (NOW, True, "")


@pytest.mark.parametrize(
    ("name", "from_", "to"), [("2y", None, None), (None, "soon", None), (None, "2027-01-01", None)]
)
def test_a_window_that_is_none(name: str | None, from_: str | None, to: str | None) -> None:
    with pytest.raises(WindowUnreadable):
        window_of(NOW, name, from_, to, HAIKOU)


def test_an_address_can_only_say_what_is_ours() -> None:
    assert from_query(QueryParams("done=<b>paid</b>")) is None
    told = from_query(QueryParams("refused=Refused&guard=comment_given&guard=<script>"))
    assert told is not None
    assert told.guards == ("comment_given",)


def test_without_a_build_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(AssetsNotBuilt, match="make assets"):
        Assets(tmp_path)
    with pytest.raises(AssetUnknown, match="make assets"):
        Assets().url("nothing.js")


def test_a_first_load_brings_less_than_60_kb_of_script() -> None:
    scripts = [Path(DIST / Assets().url(name).rpartition("/")[2]) for name in ("app.js", "trend-chart.js")]
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) < 60_000


def test_pages_load_nothing_from_elsewhere() -> None:
    loading = re.compile(r"""(?:src|href)=["'](?:https?:)?//""")
    assert [path.name for path in TEMPLATES.glob("**/*.html") if loading.search(path.read_text("utf-8"))] == []


def test_every_form_carries_its_token() -> None:
    """A form that changes something and brings no token against forged requests would be refused."""
    wanting = [
        path.name
        for path in TEMPLATES.glob("**/*.html")
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text("utf-8"), re.DOTALL)
        if "csrf_token" not in form and "secrets()" not in form
    ]
    assert set(wanting) <= {"sign-in.html"}  # nobody is signed in there yet
