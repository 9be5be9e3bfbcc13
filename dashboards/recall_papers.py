"""Papers of a recall: the notice to a consignee, and the report. A4, as a page for a browser or as PDF."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.render import environment
from dashboards.reports.printing import print_html

STYLE = Path(__file__).parent / "static" / "css" / "print.css"


async def paper(template: str, language: str, name: str, *, as_pdf: bool, **view: object) -> Response:
    """A document. Raises PrintingLibrariesMissing where a PDF is asked for and can't be made."""
    html = (
        environment(language).get_template(template).render(style=STYLE.read_text("utf-8"), language=language, **view)
    )
    if not as_pdf:
        return HTMLResponse(html)
    made = await asyncio.to_thread(print_html, html)
    named = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(made.pdf, media_type="application/pdf", headers=named)
