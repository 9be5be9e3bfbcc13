"""From a template and what it shows to a PDF. Slow (about a second): never on the event loop of a server.

`to_html` writes the document with its style in it; `to_pdf` and `print_html` print it. A document loads nothing from
anywhere: no address in it is followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import floor
from pathlib import Path
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from dashboards.charts import DAY_US
from dashboards.language import catalog
from dashboards.render import environment
from telemetry.clock import from_us
from telemetry.errors import Invalid, Unavailable

STYLE = Path(__file__).parents[1] / "static" / "css" / "print.css"
PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-noto-cjk")
"""Debian's packages that printing needs beside WeasyPrint itself."""
TRACES = ("#2b3a45", "#1d7a9c", "#8a5a12", "#5b4b9a", "#3f7a4e", "#96456f")
"""Colours of curves, as on the pages."""


class PrintingLibrariesMissing(Unavailable):
    """PDF needs libraries that this machine lacks: install the Debian packages named here."""


class OutsideAddress(Invalid):
    """A document may not load anything from outside."""


@dataclass(frozen=True, slots=True)
class Printed:
    pdf: bytes
    pages: int


class _Weasyprint(Protocol):
    """What is used of WeasyPrint, which says nothing of its types."""

    HTML: Any


def to_pdf(template: str, language: str, view: Mapping[str, object]) -> bytes:
    """Print a template that extends `reports/sheet.html`; `view` holds `sheet` (a Sheet) and what the template shows.

    Raises PrintingLibrariesMissing.
    """
    return print_html(to_html(template, language, view)).pdf


def to_html(template: str, language: str, view: Mapping[str, object]) -> str:
    """The document as HTML, whole. `zone` is the plant's, UTC unless given."""
    tools = {"language": language, "style": STYLE.read_text("utf-8"), "zone": ZoneInfo("UTC")}
    return _environment(language).get_template(template).render(tools | dict(view))


@cache
def _environment(language: str) -> Environment:
    """The pages' environment, with what only documents write."""
    made = environment(language).overlay()
    made.filters = made.filters | {"chart_time": _chart_time, "trace": _trace, "percent": _percent, "of_us": from_us}
    return made


@pass_context
def _chart_time(context: Context, us: float, step_us: int) -> str:
    """What stands below a tick: a day where ticks are days apart, else the time of day."""
    here = from_us(int(us)).astimezone(context["zone"])
    if step_us >= DAY_US:
        return here.strftime("%m-%d")
    return here.strftime("%m-%d" if (here.hour, here.minute) == (0, 0) else "%H:%M")


def _trace(number: int) -> str:
    """The colour of a curve."""
    return TRACES[number % len(TRACES)]


def _percent(share: float) -> str:
    """A share of what is known in percent, cut and not rounded: what isn't whole never reads as 100."""
    return f"{floor(share * 10_000) / 100:.2f} %"


def translated(language: str, text: str) -> str:
    """A text in the document's language."""
    return catalog(language).gettext(text)


def print_html(html: str) -> Printed:
    """Raises PrintingLibrariesMissing."""
    document = weasyprint().HTML(string=html, url_fetcher=_refuse, base_url=None).render()
    return Printed(document.write_pdf(), len(document.pages))


@cache
def weasyprint() -> _Weasyprint:
    """WeasyPrint, loaded when it is first needed. Raises PrintingLibrariesMissing."""
    try:
        found = import_module("weasyprint")  # takes half a second, and libraries that a bare server lacks
    except OSError as error:  # raised by cffi where a shared library is missing
        raise PrintingLibrariesMissing(packages=" ".join(PACKAGES), reason=str(error).splitlines()[0]) from error
    return cast("_Weasyprint", found)


def _refuse(url: str) -> Any:
    raise OutsideAddress(url=url)
