"""Write findings as SARIF 2.1.0, which code hosts show beside the lines of a change."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from runward.runbooks.finding.model import Finding, Mend, Rule, Severity
from runward.runbooks.finding.report import Shown

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def sarif_of(
    shown: Sequence[Shown], rules: Sequence[Rule], version: str, unread: Iterable[tuple[str, str]] = ()
) -> dict[str, object]:
    """One run over some documents; paths are written relative to where it was started."""
    places = {rule.id: place for place, rule in enumerate(rules)}
    problems = [
        {
            "level": "error",
            "message": {"text": why},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(path)}}}],
        }
        for path, why in unread
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "runward", "version": version, "rules": [_rule(one) for one in rules]}
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {"executionSuccessful": not problems, "toolExecutionNotifications": problems}
                ],
                "results": [_result(one, places) for one in shown],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\nToday: {rule.right}",
            "markdown": f"{rule.why}\n\n**Right today:** {rule.right}",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["misleads"] if rule.misleads else []},
    }


def _result(shown: Shown, places: Mapping[str, int]) -> dict[str, object]:
    finding = shown.finding
    made: dict[str, object] = {
        "ruleId": finding.rule.id,
        "ruleIndex": places[finding.rule.id],
        "level": _LEVELS[finding.rule.severity],
        "message": {"text": finding.found.said},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.path)},
                    "region": _region(finding, shown.text),
                }
            }
        ],
        "partialFingerprints": {"runwardLine/v1": _print_of(finding, shown.text)},
    }
    if finding.found.mend:
        made["fixes"] = [_fix(shown, finding.found.mend)]
    return made


def _region(finding: Finding, text: str) -> dict[str, object]:
    found = finding.found
    region: dict[str, object] = {"startLine": max(found.line, 1)}
    if found.end > found.line:
        region["endLine"] = found.end
    elif found.column:
        region |= {"startColumn": found.column, "endColumn": found.column + max(found.width, 1)}
    if text:
        region["snippet"] = {"text": text}
    return region


def _fix(shown: Shown, mend: Mend) -> dict[str, object]:
    """One line is replaced within itself; several up to the beginning of the line after them."""
    last, text = max(mend.end, mend.line), mend.text
    if last == shown.finding.line == mend.line and shown.text:
        region = {"startLine": last, "startColumn": 1, "endLine": last, "endColumn": len(shown.text) + 1}
    else:
        region = {"startLine": mend.line, "startColumn": 1, "endLine": last + 1, "endColumn": 1}
        text += "\n"
    return {
        "description": {"text": shown.finding.rule.right},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": _uri(shown.finding.path)},
                "replacements": [{"deletedRegion": region, "insertedContent": {"text": text}}],
            }
        ],
    }


def _print_of(finding: Finding, text: str) -> str:
    words = f"{finding.rule.id}\0{' '.join(text.split())}"
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def _uri(path: str) -> str:
    safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-~"
    return "".join(
        character
        if character in safe
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
        for character in path.replace("\\", "/")
    )
