"""A secret is hidden in every form in which programs print it, however the stream is cut."""

import base64
import html
import json
import re
import shlex
import subprocess
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runward.foundation.masking import MASK, Masker

SECRET = "p@ss w0rd/+=$'\"é!&<x>"
MULTI = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSj+/AgEA\n-----END KEY-----\n"


def _base64(prefix: bytes) -> str:
    return base64.b64encode(prefix + SECRET.encode() + b"tail").decode()


FORMS = {
    "itself": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 with a line end": base64.b64encode(SECRET.encode() + b"\n").decode(),
    "base64 for addresses": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "base64 without filling": base64.b64encode(SECRET.encode()).decode().rstrip("="),
    "quoted": quote(SECRET),
    "quoted whole": quote(SECRET, safe=""),
    "quoted for forms": quote_plus(SECRET),
    "quoted in small letters": re.sub("%..", lambda found: found[0].lower(), quote(SECRET, safe="")),
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON in UTF-8": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "shell": shlex.quote(SECRET)[1:-1],
    "hexadecimal": SECRET.encode().hex(),
    "HEXADECIMAL": SECRET.encode().hex().upper(),
    "HTML": html.escape(SECRET),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_each_form_is_hidden_at_every_cut(form: str) -> None:
    masker = Masker({"s": SECRET})
    data = f"before {form} after\n".encode()
    whole = masker.masked(data)
    assert form.encode() not in whole
    assert whole.startswith(b"before ***")
    assert whole.endswith(b" after\n")
    for cut in range(len(data)):
        stream = masker.stream()
        assert stream.feed(data[:cut]) + stream.feed(data[cut:]) + stream.finish() == whole


@pytest.mark.parametrize("prefix", [b"", b"a", b"ab"])
def test_base64_is_hidden_at_each_of_its_three_places(prefix: bytes) -> None:
    masked = Masker({"s": SECRET}).masked(_base64(prefix).encode())
    assert MASK in masked
    assert len(masked.replace(MASK, b"")) <= len(base64.b64encode(prefix + b"tail")) + 6


def test_bash_own_quoting_is_hidden() -> None:
    for command in ('printf %q "$S"', "declare -p S", 'echo "${S@Q}"', 'set -x; : "$S"'):
        done = subprocess.run(
            ["bash", "-c", command], env={"S": "a$b'c`d\"e x"}, capture_output=True, check=True
        )
        printed = done.stdout + done.stderr
        masked = Masker({"s": "a$b'c`d\"e x"}).masked(printed)
        assert MASK in masked, (command, printed)


def test_every_line_of_a_long_secret_is_hidden() -> None:
    masked = Masker({"key": MULTI}).masked(f"key: {MULTI} and {json.dumps(MULTI)}".encode())
    for line in MULTI.split():
        assert line.encode() not in masked


def test_the_password_within_an_address_is_hidden() -> None:
    masker = Masker({"url": "postgres://app:pa%2Fss-word@db/x", "dsn": "host=db password='se cret' user=u"})
    assert masker.text("password pa/ss-word or pa%2Fss-word, se cret") == "password *** or ***, ***"


def test_secrets_that_overlap_leave_nothing_over() -> None:
    masker = Masker({"a": "abcdefgh", "b": "efghijkl", "c": "cdef"})
    assert masker.text("<abcdefghijkl>") == "<***>"


def test_a_value_too_short_is_named_and_not_masked() -> None:
    masker = Masker({"pin": "123", "word": "1234"})
    assert masker.too_short == ("pin",)
    assert masker.text("123 1234") == "123 ***"


def test_nothing_to_hide_changes_nothing() -> None:
    masker = Masker({})
    stream = masker.stream()
    assert stream.feed(b"\xff\x00anything") == b"\xff\x00anything"
    assert stream.finish() == b""


def test_output_is_not_held_back_without_need() -> None:
    stream = Masker({"s": "secret-word"}).stream()
    assert stream.feed(b"Password: ") == b"Password: "
    assert stream.feed(b"half a sec") == b"half a "
    assert stream.feed(b"ond") == b"second"
    assert stream.feed(b"secret-wo") == b""
    assert stream.finish() == MASK


def test_the_beginning_of_a_secret_is_never_shown_at_the_end() -> None:
    assert Masker({"s": "secret-word"}).masked(b"secret-wor") == MASK


@settings(max_examples=300, deadline=None)
@given(
    secrets=st.lists(st.text("abc", min_size=4, max_size=9), min_size=1, max_size=4),
    data=st.text("abc ", max_size=80),
    cuts=st.lists(st.integers(0, 80), max_size=6),
)
def test_no_cut_ever_shows_more(secrets: list[str], data: str, cuts: list[int]) -> None:
    masker = Masker({str(number): secret for number, secret in enumerate(secrets)})
    raw = data.encode()
    stream = masker.stream()
    edges = sorted({min(cut, len(raw)) for cut in cuts} | {0, len(raw)})
    shown = b"".join(stream.feed(raw[start:end]) for start, end in pairwise(edges)) + stream.finish()
    assert not any(secret.encode() in shown for secret in secrets)
    assert shown == masker.masked(raw)
