"""Every form of `expect` that the reference page shows can be written."""

import re
from pathlib import Path

from runward.runbooks.read import parse_runbook

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/expectations.md"


def test_the_forms_on_the_page_are_read() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = page.split("| write | meaning |")[1].split("\n\n")[0]
    forms = [
        form
        for line in rows.splitlines()
        for form in re.findall(r"`([^`]+)`", line.split("|")[1] if "|" in line else "")
    ]
    assert len(forms) > 10
    for form in forms:
        quoted = form.replace('"', '\\"')
        book = parse_runbook(f'## A\n```sh {{expect="{quoted}"}}\nctl\n```\n', "x.md")
        (one,) = book.procedures[0].steps[0].expects
        assert one.why == "the block says so itself", (form, one)
