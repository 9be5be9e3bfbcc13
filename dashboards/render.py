"""Templates to answers: one Jinja2 environment a language, with the plant's ways to write times, values and names."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from dashboards import findings, words
from dashboards.edgefigures import spoken
from dashboards.fields import fields_of
from dashboards.frame import Frame
from dashboards.language import catalog
from dashboards.plantview import fixed
from dashboards.trail import Reader, Row, Told
from gateway.csrf import csrf_token
from telemetry import units

TEMPLATES = Path(__file__).parent / "templates"


def page(request: Request, template: str, frame: Frame, /, **view: object) -> HTMLResponse:
    """A page, or a fragment of one, in the reader's language."""
    return HTMLResponse(text(request, template, frame.language, frame=frame, zone=frame.zone, **view))


def text(request: Request, template: str, language: str, /, **view: object) -> str:
    """Render a template. What every template may use: asset(), csrf(), idempotency_key(), word(), filters below."""
    tools = {
        "asset": request.app.state.assets.url,
        "csrf": lambda: csrf_token(request),
        "idempotency_key": secrets.token_urlsafe,
        "language": language,
    }
    return environment(language).get_template(template).render(tools | view)


@cache
def environment(language: str) -> Environment:
    """The environment of a language; templates fail on a name that is not there."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_translations(catalog(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals["act"] = lambda action: words.act(action, catalog(language).gettext)
    made.globals["fields_of"] = fields_of
    made.globals["guard_text"] = lambda name: words.guard(name, catalog(language).gettext)
    made.globals["word"] = lambda kind, code: words.word(kind, code, catalog(language).gettext)
    made.filters |= {"moment": moment, "clock": clock, "local": local, "number": number, "unit": units.shown}
    made.filters |= {"told": told}
    made.filters |= {"found": lambda said: findings.told(said, catalog(language))}
    made.filters |= {"parsed": lambda stamp: datetime.fromisoformat(stamp) if stamp else None}
    made.filters |= {"figure": lambda value, form: spoken(form, value, catalog(language))}
    made.filters |= {"mistake": lambda found: found.text(catalog(language).gettext)}
    made.filters |= {"source": lambda citation: words.source(citation, language, catalog(language).gettext)}
    made.filters |= {"span": lambda seconds: words.span(seconds, catalog(language))}
    return made


@pass_context
def moment(context: Context, at: datetime | None, *, seconds: bool = True) -> Markup:
    """A moment in the plant's zone to read, in UTC for programs."""
    if at is None:
        return Markup("–")
    here = at.astimezone(context["zone"]).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time class="nowrap" datetime="{0}" title="{0}">{1}</time>').format(stamp, here)


@pass_context
def clock(context: Context, at: datetime) -> Markup:
    """The time of day alone, beside a moment that tells the date."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    here = at.astimezone(context["zone"])
    shown = Markup('<time class="nowrap" datetime="{0}" title="{1}">{2}</time>')
    return shown.format(stamp, here.strftime("%Y-%m-%d %H:%M:%S"), here.strftime("%H:%M:%S"))


@pass_context
def told(context: Context, row: Row) -> Told:
    """The facts of a row of the audit trail, in the reader's language and the plant's zone."""
    language = context["language"]
    return Reader(language, catalog(language).gettext, context["zone"]).told(row)


@pass_context
def local(context: Context, row: Any, field: str = "name") -> str:
    """The field in the reader's language: `name_zh` or `name_en`."""
    return str(getattr(row, f"{field}_{context['language']}"))


def number(value: float | Decimal | None, digits: int | None = None) -> str:
    """A number with so many decimals; a Decimal without zeros at its end where none are asked for."""
    if value is None or value != value:  # NaN is what differs from itself
        return "–"
    if digits is None:
        return f"{Decimal(str(value)).normalize():f}"
    return fixed(float(value), digits)
