"""Every measure that an edge tells of itself, in groups, with what it is called and how it is printed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import NullTranslations

from dashboards.edgewords import OwnWords
from dashboards.language import N_
from dashboards.words import span

MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Figure:
    """`measure` as the edge names it, its English label, and how it is printed: n, s, signed, span, bytes, d."""

    measure: str
    label: str
    form: str


GROUPS: tuple[tuple[str, tuple[Figure, ...]], ...] = (
    (
        N_("Buffer on its disk"),
        (
            Figure("backlog", N_("Blocks that wait for the database"), "n"),
            Figure("backlog-age", N_("The oldest has waited for"), "span"),
            Figure("backlog-bytes", N_("Space on disk"), "bytes"),
            Figure("fsync-p50", N_("Commit, median"), "s"),
            Figure("fsync-p99", N_("Commit, 99 of 100"), "s"),
            Figure("failed-writes", N_("Commits that the disk refused"), "n"),
        ),
    ),
    (
        N_("Readings since its start"),
        (
            Figure("taken", N_("Taken from devices"), "n"),
            Figure("stored", N_("Put into the buffer"), "n"),
            Figure("screened", N_("Need not be told"), "n"),
            Figure("repeated", N_("Delivered twice by a device"), "n"),
            Figure("disbelieved", N_("With a device time that could not be"), "n"),
            Figure("stale", N_("Points without a fresh reading"), "n"),
        ),
    ),
    (
        N_("Given up since its buffer began"),
        (
            Figure("dropped", N_("Readings"), "n"),
            Figure("dropped-cold-chain", N_("of the cold chain"), "n"),
            Figure("dropped-process", N_("of processes"), "n"),
            Figure("dropped-bulk", N_("of bulk"), "n"),
            Figure("gaps", N_("Ranges"), "n"),
        ),
    ),
    (
        N_("Clock, certificates, config"),
        (
            Figure("clock-offset", N_("Ahead of the gateway's clock"), "signed"),
            Figure("clock-step", N_("Last step of its clock"), "signed"),
            Figure("certificate-days", N_("Until a certificate expires"), "d"),
            Figure("config-version", N_("Config from afar, version"), "n"),
            Figure("reload-failures", N_("Configs refused while running"), "n"),
        ),
    ),
    (
        N_("Its process"),
        (
            Figure("cpu", N_("Processor time since its start"), "span"),
            Figure("memory", N_("Memory"), "bytes"),
        ),
    ),
)


def figures(own: OwnWords, texts: NullTranslations) -> list[tuple[str, list[tuple[Figure, str]]]]:
    """By group, what the edge tells, printed; what it does not tell is not there, and a group of nothing neither."""
    told = [
        (label, [(each, spoken(each.form, own.values[each.measure], texts)) for each in group if own.has(each.measure)])
        for label, group in GROUPS
    ]
    return [(label, group) for label, group in told if group]


def spoken(form: str, value: float | None, texts: NullTranslations) -> str:
    """A number with its unit."""
    if value is None:
        return "–"
    if form == "bytes":
        return f"{value / MEGABYTE:.1f} MB"
    if form == "d":
        return f"{value:.0f} {texts.gettext('d')}"
    if form == "signed":
        return f"{value:+.3f} {texts.gettext('s')}"
    if form == "s":
        return _short(value, texts)
    return span(value, texts) if form == "span" else str(int(value))


def _short(seconds: float, texts: NullTranslations) -> str:
    """A time that a machine took: below a second in milliseconds."""
    if seconds < 1.0:
        return f"{seconds * 1e3:.1f} {texts.gettext(MILLISECONDS)}"
    return f"{seconds:.2f} {texts.gettext('s')}"


MILLISECONDS = N_("ms")
