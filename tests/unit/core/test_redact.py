"""No known secret survives, in any of the forms that tools print it in."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stormproof.core.errors import Refused
from stormproof.core.redact import Redactor

SECRET = 'p"ä/ss+ word\\'
secrets = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Zs", "Cc", "Zl", "Zp")), min_size=8, max_size=40
)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_form_of_a_secret_is_taken_out(form: str) -> None:
    assert "[redacted:pw]" in Redactor({"pw": SECRET}).text(f"before {form} after")


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
def test_base64_of_a_longer_text_does_not_hide_it(before: str, after: str) -> None:
    text = base64.b64encode(f"{before}{SECRET}{after}".encode()).decode()
    clean = Redactor({"pw": SECRET}).text(text)
    assert "[redacted:pw]" in clean
    left = clean.replace("[redacted:pw]", "")
    assert len(left) <= len(text) - len(base64.b64encode(SECRET.encode())) + 6


@given(secrets, st.text("0123456789", max_size=9), st.text("0123456789", max_size=9))
def test_a_document_never_holds_a_secret_as_it_is_or_escaped(secret: str, before: str, after: str) -> None:
    document = {f"{before}{secret}": [f"{before}{secret}{after}", {"x": json.dumps({"y": secret})}, 1, None, True]}
    assume(secret not in f"{before}[redacted:n]{after}")
    clean = Redactor({"n": secret}).document(document)
    leaves = [text for key, (first, nested, *_) in clean.items() for text in (key, first, nested["x"])]
    assert not [text for text in leaves if secret in text or json.dumps(secret)[1:-1] in text]


def test_structure_and_other_values_stay_as_they_are() -> None:
    document = {"a": [1, 2.5, None, True, "text"], "b": {"c": ()}}
    assert Redactor({"pw": SECRET}).document(document) == {"a": [1, 2.5, None, True, "text"], "b": {"c": []}}


def test_a_secret_inside_another_is_named_by_the_longer() -> None:
    redactor = Redactor({"short": "abcdef", "long": "xxabcdefxx"})
    assert redactor.text("xxabcdefxx abcdef") == "[redacted:long] [redacted:short]"


def test_line_ends_around_a_secret_do_not_matter() -> None:
    assert Redactor({"pw": "secret-of-file\n"}).text("got secret-of-file!") == "got [redacted:pw]!"


@pytest.mark.parametrize(("value", "ok"), [("12345", False), ("123456", True), ("  12345  ", False)])
def test_what_is_too_short_to_be_taken_out_is_refused(value: str, ok: bool) -> None:
    if ok:
        assert Redactor({"pw": value}).text(value) == "[redacted:pw]"
        return
    with pytest.raises(Refused) as refused:
        Redactor({"pw": value})
    assert str(refused.value) == (
        "error SP270: secret 'pw' is shorter than 6 characters, so it could not be kept out of logs\n"
        "  where: secret 'pw'\n  fix:   use a secret of at least 6 characters (16 or more are better)"
    )


def test_a_redactor_never_shows_what_it_knows() -> None:
    assert SECRET not in repr(Redactor({"pw": SECRET}))
