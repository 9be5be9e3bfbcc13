"""A form that is given back keeps what was typed and tells the fault at its field; the rest of its page stays."""

from __future__ import annotations

from dashboards import fields
from dashboards.form_page import FormPage
from dashboards.message import titles
from dashboards.words import GUARDS

PAGE = """<!doctype html>
<p title="a > b">&lt;before&gt; &amp; 温度</p><svg><path d="M1 1"/></svg>
<details class="act"><summary>One</summary>
<form method="post" action="/lots/1"><input type="hidden" name="kind" value="a"><input name="note"></form></details>
<details class="act"><summary>Two</summary>
<form method="post" action="/lots/1" hx-boost="true"><input type="hidden" name="kind" value="b">
<input type="hidden" name="version" value="8">
<label>Note<textarea name="note" required>old</textarea></label>
<label>Due<input name="due_on" type="date" value="2026-01-01"></label>
<input name="password" type="password">
<select name="severity"><option value="">-</option>
<option value="minor" selected>minor</option><option>major</option></select>
<input type="checkbox" name="dep" value="qa" checked><input type="checkbox" name="dep" value="eng">
</form></details>
<form method="get" action="/search"><input name="q"></form>
"""
SENT = {
    "kind": ["b"],
    "version": ["7"],
    "note": ["\n<b>thawed</b>"],
    "due_on": ["2026-02-02"],
    "password": ["secret"],
    "severity": ["major"],
    "dep": ["eng"],
}


def given_back() -> str:
    found = FormPage.found(PAGE, "/lots/1", SENT)
    assert found is not None
    return found.given_back(SENT, {"note": "<p>say more</p>"}, "<div>refused</div>", "/lots?b=1&c=2")


def test_every_field_holds_what_was_typed_and_no_password() -> None:
    html = given_back()
    assert (
        'aria-describedby="fault-note" autofocus>\n\n&lt;b&gt;thawed&lt;/b&gt;</textarea></label><p>say more</p>'
        in html
    )
    assert '<input name="due_on" type="date" value="2026-02-02">' in html
    assert '<input name="password" type="password">' in html
    assert "secret" not in html
    assert '<option value="minor">minor</option><option selected>major</option>' in html
    assert '<input type="checkbox" name="dep" value="qa"><input type="checkbox" name="dep" value="eng" checked>' in html


def test_only_the_form_that_was_sent_is_opened_and_its_record_is_as_it_is_now() -> None:
    html = given_back()
    assert '<details class="act"><summary>One' in html
    assert '<details class="act" open><summary>Two' in html
    assert '<input type="hidden" name="version" value="8">' in html
    assert html.count("<div>refused</div>") == 1
    assert html.count('<input type="hidden" name="stood_on" value="/lots?b=1&amp;c=2">') == 2
    assert html.startswith(PAGE[: PAGE.index("<form")])
    assert html.endswith(PAGE[PAGE.index("</form></details>\n<form") :])


def test_a_page_without_the_form_gives_nothing_back() -> None:
    assert FormPage.found(PAGE, "/lots/2", SENT) is None
    assert FormPage.found(PAGE, "/lots/1", SENT | {"kind": ["c"]}) is None


def test_guards_and_errors_that_are_told_at_a_field_exist() -> None:
    assert set(fields.GUARD_FIELDS) <= set(GUARDS)
    assert set(fields.ERROR_FIELDS) <= set(titles())
