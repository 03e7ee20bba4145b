"""Rules about programs and classes that their makers have replaced."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import line_of, list_named, marked
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity
from runward.runbooks.model import Runbook


def _gitleaks(case: Case) -> Iterator[Found]:
    if case.surroundings.versions.get("gitleaks", (99,)) < (8, 19):
        return
    for placed in list_named(case, "gitleaks"):
        verb = placed.call.arguments[0].text if placed.call.arguments else ""
        if verb in {"detect", "protect"}:
            instead = (
                "gitleaks git --pre-commit --staged"
                if verb == "protect"
                else "gitleaks dir"
                if placed.call.has("--no-git")
                else "gitleaks git"
            )
            said = f"gitleaks {verb} is no longer in its help and will go; {instead} does it."
            yield marked(
                case.runbook, line_of(placed), f"gitleaks {verb}", said, _renamed(case.runbook, placed)
            )


def _renamed(runbook: Runbook, placed: Placed) -> Mend | None:
    """The same line with the new verb, where no flag changed its meaning with it."""
    kept = {"-v", "--verbose", "--redact", "--no-banner", "--no-color", "detect"}
    line = runbook.document.lines[line_of(placed) - 1]
    plain = all(
        word.text in kept
        or re.match(r"--(?:redact|exit-code|report-path|report-format|config|log-opts)=", word.text)
        for word in placed.call.arguments
    )
    if not plain or placed.block.form == "inline" or line.count("gitleaks detect") != 1:
        return None
    return Mend(line_of(placed), line_of(placed), line.replace("gitleaks detect", "gitleaks git"))


def _uvicorn_worker(case: Case) -> Iterator[Found]:
    if case.surroundings.versions.get("uvicorn", (99,)) < (0, 30):
        return
    for placed in list_named(case, "gunicorn"):
        for word in placed.call.arguments:
            found = re.search(r"uvicorn\.workers\.(Uvicorn\w*Worker)", word.text)
            if found:
                said = f"{found[0]} is deprecated by uvicorn itself; the package uvicorn-worker holds it as uvicorn_worker.{found[1]}."
                yield marked(case.runbook, line_of(placed), found[0], said)


RULES = (
    Rule(
        id="gitleaks-verb-retired",
        severity=Severity.NOTE,
        title="gitleaks is called by a verb that was replaced.",
        why="detect and protect were taken out of the help and are kept only for a time: the audit stops working with an update.",
        right="`gitleaks git` for history, `gitleaks dir` for files, `gitleaks git --pre-commit --staged` before a commit (gitleaks 8.19 and later).",
        bad=example("Audit", "bash", "gitleaks detect --redact"),
        good=example("Audit", "bash", "gitleaks git --redact"),
        look=_gitleaks,
    ),
    Rule(
        id="uvicorn-worker-retired",
        severity=Severity.NOTE,
        title="gunicorn is given uvicorn's own worker class.",
        why="uvicorn.workers warns that it will be removed: the next update may refuse to start.",
        right="Install uvicorn-worker and give `uvicorn_worker.UvicornWorker` (from uvicorn 0.30), or `uvicorn --workers N` without gunicorn.",
        bad=example("Start", "bash", "gunicorn shop:app -k uvicorn.workers.UvicornWorker"),
        good=example("Start", "bash", "gunicorn shop:app -k uvicorn_worker.UvicornWorker"),
        look=_uvicorn_worker,
    ),
)
