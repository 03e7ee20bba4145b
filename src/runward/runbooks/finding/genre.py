"""Tell documents that people carry out from those that plan, teach or look back."""

import re

from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.model import Runbook

_FOLDER = re.compile(
    r"(?:^|/)(?:plans?|planning|adrs?|archived?|rfcs?|proposals?(?:-\w+)?|specs?|roadmaps?|backlogs?|audits?|decisions?|retrospectives?"
    r"|meetings?|exercises?|interview[\w-]*|podcasts?|blog|posts|legacy)/",
    re.IGNORECASE,
)
# A plan for recovery, response or going back is carried out; one for building something is not.
_TITLE = re.compile(
    r"\b(?:adr|rfc|roadmap|backlog|proposal|changelog|release notes|lessons log|work register|implementation plan|project plan"
    r"|retrospectives?|design doc(?:ument)?|audit (?:findings|report)|interview questions|exercise)\b",
    re.IGNORECASE,
)


@once_a_runbook
def is_paper(runbook: Runbook) -> bool:
    """Whether a document speaks of what is to be built, was decided or is to be learnt, and is not carried out."""
    path = runbook.document.path
    stem = path.rpartition("/")[2].rpartition(".")[0].replace("-", " ").replace("_", " ")
    return bool(_FOLDER.search(path) or _TITLE.search(f"{runbook.title} / {stem}"))
