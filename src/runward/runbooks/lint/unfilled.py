"""Words in commands that were to be replaced once, when the document was adopted, and never were."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.phrases import named
from runward.runbooks.finding.places import found_at
from runward.runbooks.model import Kind, Placeholder

_RUN = (Kind.COMMAND, Kind.TRANSCRIPT)
# What stands for the same thing each time; <pod-name> and $VERSION are asked for anew at every run.
_ONCE = re.compile(
    r"(?<![a-z])your[-_.]?(?:domain|org|organi[sz]ation|company|registry|bucket|project|app|db|database|repo|repository|host|server|table|account|site)"
    r"|replace[-_](?:me|with)|fill[-_]?in|company\.com",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"token|key|secret|passw|credential|webhook", re.IGNORECASE
)  # those never belong into a document
_FEWEST = 2  # procedures from which on a document is used and not only shown


def _never_replaced(case: Case) -> Iterator[Found]:
    if case.surroundings.service or len(case.runbook.procedures) < _FEWEST:
        return  # what a bound document leaves open is asked for when a run is planned
    if "template" in f"{case.runbook.title} {case.runbook.document.path}".lower():
        return
    open_ones = [one for block in case.runbook.blocks if block.kind in _RUN for one in block.placeholders]
    found = [one for one in open_ones if _is_once(one)]
    names = list(dict.fromkeys(one.name for one in found))
    if names:
        stands = "stands for a value that is" if len(names) == 1 else "stand for values that are"
        said = f"{named(names)} {stands} the same each time and never put in."
        yield found_at(case, found[0].line, found[0].name, said)


def _is_once(placeholder: Placeholder) -> bool:
    """Whether a word stands for one and the same thing, and for no secret."""
    if (
        placeholder.form not in {"domain", "word"}
        or "@" in placeholder.name
        or _SECRET.search(placeholder.name)
    ):
        return False
    return bool(_ONCE.search(placeholder.name))


RULES = (
    Rule(
        id="never-filled-in",
        severity=Severity.NOTE,
        title="Looks for commands with words such as yourdomain.com or YOUR_REGISTRY that were to be replaced when the document was adopted.",
        why="A command that speaks to example.com answers for somebody else's server, or not at all; in an emergency nobody knows which value belongs there.",
        right="The value itself, or a binding of the word in runward.toml, which then holds for every run.",
        bad="# Shop\n\n## Check the shop\n\n```bash\ncurl -fsS https://shop.yourdomain.com/health\n```\n\n## Restart the shop\n\n```bash\nsystemctl restart shop\n```\n",
        good="# Shop\n\n## Check the shop\n\n```bash\ncurl -fsS https://shop.internal/health\n```\n\n## Restart the shop\n\n```bash\nsystemctl restart shop\n```\n",
        look=_never_replaced,
    ),
)
