"""Write the pages of the rules: one for each, and the list of all."""

import sys
from collections.abc import Sequence

from runward.runbooks.finding.model import Rule, Severity

_MEANS = {
    Severity.ERROR: "it fails, destroys or leaks when it is carried out as written",
    Severity.WARNING: "it misleads, or something that matters in an emergency is missing",
    Severity.NOTE: "it would be better otherwise",
}


def rule_page(rule: Rule) -> str:
    """The page of one rule: what, why, what is right today, an example that is found and one that is not."""
    misleads = (
        "\nThe command runs and answers wrongly: what it says proves nothing.\n" if rule.misleads else ""
    )
    instead = f"\nOur own procedure does it right: `{rule.instead}`.\n" if rule.instead else ""
    return (
        f"# {rule.id}\n\n{rule.title}\n\n**{rule.severity.value.capitalize()}**: {_MEANS[rule.severity]}.\n{misleads}\n"
        f"## Why\n\n{rule.why}\n\n## Right today\n\n{rule.right}\n{instead}\n"
        f"## Found\n\n{_shown(rule.bad)}\n## Not found\n\n{_shown(rule.good)}\n"
        f"## To keep it as it is\n\n```\n# runward: ignore={rule.id} the reason\n```\n"
    )


def _shown(document: str) -> str:
    return f"~~~~markdown\n{document.strip()}\n~~~~\n"


def rules_page(rules: Sequence[Rule]) -> str:
    """The list of all rules, by the file that holds them."""
    groups: dict[str, list[Rule]] = {}
    for rule in rules:
        groups.setdefault(rule.look.__module__, []).append(rule)
    parts = [_group(module, groups[module]) for module in sorted(groups)]
    return (
        "# Rules\n\n`runward lint` holds a runbook against these. Each page says why, what is right today and since which"
        " version, and shows an example.\n\n" + "\n".join(parts)
    )


def _group(module: str, rules: Sequence[Rule]) -> str:
    said = (sys.modules[module].__doc__ or "").split("\n", 1)[0].removesuffix(".")
    rows = "".join(
        f"| [{rule.id}](../rules/{rule.id}.md) | {rule.severity.value} | {_cell(rule.title)} |\n"
        for rule in rules
    )
    return f"## {said}\n\n| rule | severity | holds that |\n|---|---|---|\n{rows}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
