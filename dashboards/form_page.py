"""A page's form in its HTML: which elements belong to it, and where. Pure.

Used to give a refused form back without scripts: with what was typed in it, and the refusal at its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from itertools import accumulate

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_OWN = frozenset({"hidden", "password", "file", "submit", "button", "image", "reset"})
"""Kinds of inputs that keep what the page gives them; a password is never given back."""
_FRESH = frozenset({"csrf_token", "idempotency_key", "version", "stood_on", "seen"})
"""Hidden fields that are new each time; the others say which of two forms with one address it is."""

Sent = Mapping[str, Sequence[str]]  # by field: what was sent, in order
Edit = tuple[int, int, str]  # what stands between two offsets becomes this


@dataclass(slots=True, eq=False)
class Tag:
    """One element: offsets of its start tag, of its end tag and behind that."""

    name: str
    attributes: dict[str, str | None]
    start: int
    inside: int
    parent: Tag | None
    ends: int = 0
    behind: int = 0

    def above(self) -> Iterator[Tag]:
        """What it stands in, inmost first."""
        tag = self.parent
        while tag is not None:
            yield tag
            tag = tag.parent

    @property
    def kind(self) -> str:
        """Of an input."""
        return (self.attributes.get("type") or "text").lower()

    def rewritten(self, **changed: str | bool | None) -> str:
        """Its start tag with attributes changed: False takes one away, None leaves it without a value."""
        kept = {name: value for name, value in (self.attributes | changed).items() if value is not False}
        told = "".join(
            f" {name}" if value is None else f' {name}="{escape(str(value))}"' for name, value in kept.items()
        )
        return f"<{self.name}{told}>"


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[Tag] = []
        self._open: list[Tag] = []
        self._html = html
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)
        self.close()

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start, parent = self._at(), self._open[-1] if self._open else None
        inside = start + len(self.get_starttag_text() or "")
        made = Tag(tag, dict(attrs), start, inside, parent, inside, inside)
        self.tags.append(made)
        if tag not in _VOID:
            self._open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A shape within a picture: nothing that a form has."""

    def handle_endtag(self, tag: str) -> None:
        if all(each.name != tag for each in self._open):
            return
        at = self._at()
        while (ended := self._open.pop()).name != tag:
            pass
        ended.ends, ended.behind = at, self._html.index(">", at) + 1


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page, and the form in it that was sent."""

    html: str
    tags: Sequence[Tag]
    form: Tag
    fields: Sequence[Tag] = field(default=())

    @classmethod
    def found(cls, html: str, action: str, sent: Sent) -> FormPage | None:
        """The form with this address that brought these hidden fields along; None: the page has none."""
        tags = _Reader(html).tags
        for form in tags:
            if form.name == "form" and (form.attributes.get("action") or "").partition("?")[0] == action:
                own = [tag for tag in tags if form in tag.above() and tag.attributes.get("name")]
                if all(_is_as_sent(tag, sent) for tag in own if tag.kind == "hidden"):
                    return cls(html, tags, form, own)
        return None

    def given_back(self, sent: Sent, faults: Mapping[str, str], message: str, stood_on: str) -> str:
        """The page again: the form open, filled as it was sent, with `message` above its fields.

        `faults`: HTML by the name of the field that it is told at. `stood_on`: the page's address, for the next try.
        """
        hidden = f'<input type="hidden" name="stood_on" value="{escape(stood_on)}">'
        posts = [t for t in self.tags if t.name == "form" and (t.attributes.get("method") or "").lower() == "post"]
        edits: list[Edit] = [(t.inside, t.inside, hidden + (message if t is self.form else "")) for t in posts]
        edits += [(t.start, t.inside, t.rewritten(open=None)) for t in self.form.above() if t.name == "details"]
        first: set[str] = set()
        for tag in self.fields:
            fault = None
            if tag.kind != "hidden" and tag.name != "button" and (name := str(tag.attributes["name"])) not in first:
                fault = faults.get(name)
                first.add(name)
            edits += self._filled(tag, sent, fault, has_focus=fault is not None and len(first & faults.keys()) == 1)
        return _edited(self.html, edits)

    def _filled(self, tag: Tag, sent: Sent, fault: str | None, *, has_focus: bool) -> Iterator[Edit]:
        typed = sent.get(str(tag.attributes["name"]))
        changed: dict[str, str | bool | None] = {}
        if fault is not None:
            changed = {"aria-invalid": "true", "aria-describedby": f"fault-{tag.attributes['name']}"}
            changed |= {"autofocus": None} if has_focus else {}
            at = next((up.behind for up in tag.above() if up.name == "label"), tag.behind)
            yield at, at, fault
        if tag.name == "select":
            yield from self._chosen(tag, typed or ())
        elif tag.name == "textarea" and typed:
            yield tag.inside, tag.ends, "\n" + escape(typed[-1])
        elif tag.name == "input" and tag.kind in {"checkbox", "radio"}:
            is_ticked = (tag.attributes.get("value") or "on") in (typed or ())
            changed["checked"] = None if is_ticked else False
        elif tag.name == "input" and tag.kind not in _OWN and typed:
            changed["value"] = typed[-1]
        if changed:
            yield tag.start, tag.inside, tag.rewritten(**changed)

    def _chosen(self, select: Tag, typed: Sequence[str]) -> Iterator[Edit]:
        options = [tag for tag in self.tags if tag.name == "option" and select in tag.above()]
        if typed and any(self._value(tag) in typed for tag in options):
            for tag in options:
                yield tag.start, tag.inside, tag.rewritten(selected=None if self._value(tag) in typed else False)

    def _value(self, option: Tag) -> str:
        said = option.attributes.get("value", self.html[option.inside : option.ends])
        return said or ""


def _is_as_sent(tag: Tag, sent: Sent) -> bool:
    name = str(tag.attributes["name"])
    return name in _FRESH or (tag.attributes.get("value") or "") in sent.get(name, ())


def _edited(html: str, edits: Sequence[Edit]) -> str:
    parts, at = [], 0
    for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
        parts += [html[at:start], text]
        at = end
    return "".join([*parts, html[at:]])
