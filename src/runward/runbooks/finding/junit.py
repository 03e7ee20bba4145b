"""Write findings as JUnit XML, which every build server shows: a suite a document, a case a finding."""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from runward.runbooks.finding.report import Shown

_CONTROLS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_of(by_path: Mapping[str, Sequence[Shown]], unread: Mapping[str, str]) -> str:
    """The document; a runbook without findings is one case that passed, one that cannot be read an error."""
    suites = [
        *(_suite(path, shown) for path, shown in by_path.items()),
        *(_unread(*one) for one in unread.items()),
    ]
    tests = sum(max(len(shown), 1) for shown in by_path.values()) + len(unread)
    failures = sum(len(shown) for shown in by_path.values())
    head = f'<testsuites name="runward lint" tests="{tests}" failures="{failures}" errors="{len(unread)}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>", ""])


def _suite(path: str, shown: Sequence[Shown]) -> str:
    name = quoteattr(_clean(path))
    head = f'  <testsuite name={name} tests="{max(len(shown), 1)}" failures="{len(shown)}" errors="0">'
    if not shown:
        return f'{head}\n    <testcase classname={name} name="lint"/>\n  </testsuite>'
    return "\n".join([head, *(_case(one, name) for one in shown), "  </testsuite>"])


def _case(shown: Shown, name: str) -> str:
    finding = shown.finding
    title = quoteattr(f"{finding.rule.id}:{finding.line}")
    said = quoteattr(_clean(finding.found.said))
    text = escape(
        _clean(f"{finding.path}:{finding.line}: {shown.text.strip()}\nRight today: {finding.rule.right}")
    )
    return (
        f"    <testcase classname={name} name={title}>\n"
        f"      <failure type={quoteattr(finding.rule.severity.value)} message={said}>{text}</failure>\n"
        "    </testcase>"
    )


def _unread(path: str, why: str) -> str:
    name, said = quoteattr(_clean(path)), quoteattr(_clean(why))
    return (
        f'  <testsuite name={name} tests="1" failures="0" errors="1">\n'
        f'    <testcase classname={name} name="read"><error message={said}/></testcase>\n  </testsuite>'
    )


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
