"""What a procedure lacks that its reader needs in an emergency: a check afterwards, a way back, a wanted result, an owner."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import PurePath

from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Procedure, Purpose, Risk, Runbook
from runward.runbooks.shell.options import words_of

_ACTORS = words_of(
    "systemctl service supervisorctl kubectl oc helm docker docker-compose podman nerdctl psql pg_restore pg_ctl pg_ctlcluster mysql mariadb redis-cli mongosh mongo mongorestore"
    " aws gcloud az terraform tofu ansible-playbook certbot nginx apachectl patronictl repmgr pgbackrest rabbitmqctl kafka-topics.sh kafka-configs.sh nomad consul vault etcdctl"
    " cqlsh nodetool zfs zpool ceph iptables nft ufw ip argocd flux velero apt apt-get yum dnf"
)
_SILENT = words_of("echo printf cd export set source read sleep true [ test")
_FIGURES = words_of("df free top uptime vmstat iostat sar mailq du")
_COUNTED = re.compile(r"count\s*\(|_size|lag|\bage\b|\binfo\b|\btop\b|\bstats\b|\| *wc\b", re.IGNORECASE)
_SELECTS = re.compile(
    r"select\([^)]*[<>]|\$\w+\s*[<>]=?\s*\d|-(?:gt|lt|ge|le)\s+\d"
)  # a limit that the command itself knows
_REPLACERS: dict[str, tuple[frozenset[str], ...]] = {
    "kubectl": (words_of("set image"),),
    "oc": (words_of("set image"),),
    "helm": (words_of("upgrade"),),
    "docker": (words_of("compose pull"), words_of("stack deploy"), words_of("service update")),
    "docker-compose": (words_of("pull"),),
    "alembic": (words_of("upgrade"),),
    "flyway": (words_of("migrate"),),
    "liquibase": (words_of("update"),),
    "apt": (words_of("upgrade"), words_of("full-upgrade")),
    "apt-get": (words_of("upgrade"), words_of("dist-upgrade")),
    "dnf": (words_of("upgrade"),),
    "yum": (words_of("update"),),
}
_LIMITS = re.compile(
    r"[<>≥≤]|[<>]=|\d ?%|\bshould|\bexpect|healthy\b(?! check)|\bnormal|\bmust\b|\bnone\b|\bempty\b|\bno (?:errors|failed|pending|active)|threshold|limit|below|above|less than|more than|at least|under \d"
    r"|within|warning|critical|alert if|\bok\b|200|\ball\b[^\n]{0,40}(?:running|ready|up|green)|esperado|erwart|debe|attendu|预期|期待|ожида",
    re.IGNORECASE,
)
_RUNBOOK = re.compile(
    r"runbook|(?<!ansible )playbook|operat(?!or)|procedure|handbook|\bsops?\b|incident|disaster|emergency|on-?call|maintenance|betrieb|notfall|operaci",
    re.IGNORECASE,
)
_CHANGING = frozenset({Purpose.FIX, Purpose.MAINTAIN, Purpose.DEPLOY, Purpose.RESTORE, Purpose.SCALE})
_LOOKS = re.compile(
    r"verif|valid|confirm|check|\btest|monitor|ensure|watch|smoke|sanity|observ|healthy|look|review|should|expect|wait|until|inspect|compare|audit|assert|make sure|status"
    r"|prüf|kontroll|stellen sie sicher|erwart|testen|comprob|asegur|confirma|revis|esper|vérifi|contrôl|检查|验证|确认|確認|検証|провер|убед",
    re.IGNORECASE,
)
_GOES_BACK = re.compile(
    r"roll(?:ed|ing)?[ -]?back|rollback|revert|\bundo\b|downgrade|back[ -]?out|restor|previous (?:version|release|image|revision|tag|config|state)|fail-?back|switch back|abort"
    r"|if (?:it|this|anything|something|the \w+) (?:fails|goes wrong)|point of no return|irreversible|cannot be undone|one-way|no way back|back ?up|snapshot|blue.?green|canary"
    r"|zurück|rückgängig|wiederherstell|revertir|deshacer|restaur|annul|回滚|回退|切り戻|откат",
    re.IGNORECASE,
)
_OWNED = re.compile(
    r"owner|own(?:ed|s) by|maintain(?:ed|er|s)|\bteams?\b|on-?call|contact|escalat|responsib|slack|#[a-z][\w-]{3,}\b(?<!#include)|@[\w.-]+|pagerduty|opsgenie|codeowners|\bsre\b|author|support"
    r"|\bdba\b|engineer|lead\b|manager|stakeholder|prepared by|reviewed by|zuständig|verantwort|ansprechpartner|respons[aá]b|equipo|équipe|контакт|ответствен|负责|联系|担当|連絡",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:step|phase|schritt|paso)?\s*\d+\b", re.IGNORECASE)
_MARKER = re.compile(r"^\s*(?:#+\s*)?(?:\d+[.)]\s*)?")
_SHOWN = 4  # procedures that a sentence names
_LOOKED_UP = re.compile(
    r"\bcli\b|\bapi\b|reference|cheat ?sheet|\bcommands\b|tutorial|workshop|exercise", re.IGNORECASE
)
_BOOKLET = 3  # procedures from which on a document is asked for an owner


def _unverified(case: Case) -> Iterator[Found]:
    yield from _said_of(
        case,
        _is_unverified,
        "Nothing checks afterwards whether it worked: {names} change{s} something, and neither a command nor a sentence looks at the result.",
    )


def _is_unverified(procedure: Procedure, runbook: Runbook) -> bool:
    if not _is_runbook(runbook):
        return False
    if (
        procedure.purpose not in _CHANGING
        or procedure.expects
        or any(step.expects for step in procedure.steps)
    ):
        return False
    changed = [placed.call.command.line for placed in _calls_in(procedure, runbook) if _acts(placed, runbook)]
    if not changed or _LOOKS.search(_with_next(procedure, runbook)):
        return False
    return not any(line > min(changed) for line in _looking_lines(procedure, runbook))


def _acts(placed: Placed, runbook: Runbook) -> bool:
    """Whether a call changes something that runs, and not only files of whoever types it."""
    return placed.call.name in _ACTORS and placed.call.command.line in _risky_lines(runbook)[1]


def _looking_lines(procedure: Procedure, runbook: Runbook) -> Iterator[int]:
    """Where a command of the procedure only looks."""
    read, changed = _risky_lines(runbook)
    for placed in _calls_in(procedure, runbook):
        line = placed.call.command.line
        if line in read and line not in changed and placed.call.name not in _SILENT:
            yield line


@once_a_runbook
def _risky_lines(runbook: Runbook) -> tuple[frozenset[int], frozenset[int]]:
    """The lines with a command that only looks, and those with one that changes something."""
    risks = [risky for block in runbook.blocks for risky in block.risks]
    read = frozenset(risky.line for risky in risks if risky.risk is Risk.READ)
    return read, frozenset(risky.line for risky in risks if risky.risk is not Risk.READ)


def _calls_in(procedure: Procedure, runbook: Runbook) -> Sequence[Placed]:
    lines, calls = _calls_by_line(runbook)
    return calls[bisect_left(lines, procedure.line) : bisect_right(lines, procedure.end)]


@once_a_runbook
def _calls_by_line(runbook: Runbook) -> tuple[list[int], list[Placed]]:
    """The calls in the order of their lines, and those lines, so that a procedure's are found without a search."""
    calls = sorted(list_calls(runbook), key=lambda placed: placed.call.command.line)
    return [placed.call.command.line for placed in calls], calls


def _without_way_back(case: Case) -> Iterator[Found]:
    yield from _said_of(
        case,
        _has_no_way_back,
        "There is no way back: {names} replace{s} what runs, and nothing in the document says how to return to what ran before.",
    )


def _has_no_way_back(procedure: Procedure, runbook: Runbook) -> bool:
    if not _is_runbook(runbook) or procedure.purpose not in {Purpose.DEPLOY, Purpose.MAINTAIN}:
        return False
    return any(map(_replaces, _calls_in(procedure, runbook))) and not _speaks_of_return(runbook)


@once_a_runbook
def _speaks_of_return(runbook: Runbook) -> bool:
    return bool(_GOES_BACK.search(runbook.document.text))


def _replaces(placed: Placed) -> bool:
    """Whether a call puts another version where one is running."""
    words = {word.text for word in placed.call.arguments}
    wanted = _REPLACERS.get(placed.call.name, ())
    return any(given <= words for given in wanted) and not words & {"--dry-run", "--help", "plan"}


def _without_result(case: Case) -> Iterator[Found]:
    yield from _said_of(
        case,
        _has_no_result,
        "{names} look{s} at figures and never say{s} which of them are good.",
    )


def _has_no_result(procedure: Procedure, runbook: Runbook) -> bool:
    if (
        procedure.purpose is not Purpose.CHECK
        or procedure.expects
        or any(step.expects for step in procedure.steps)
    ):
        return False
    calls = _calls_in(procedure, runbook)
    figures = {placed.call.command.line for placed in calls if _shows_figures(placed)}
    if len(figures) < 2 or any(_SELECTS.search(placed.call.command.text) for placed in calls):
        return False
    return not _LIMITS.search(_prose_of(procedure, runbook))


def _shows_figures(placed: Placed) -> bool:
    """Whether a call prints figures that somebody must judge, and not an answer that speaks for itself."""
    if placed.call.name in _FIGURES:
        return True
    asks = placed.call.name in {"psql", "mysql", "redis-cli", "kubectl", "docker", "wc"}
    return asks and bool(_COUNTED.search(placed.call.command.text))


def _without_owner(case: Case) -> Iterator[Found]:
    runbook = case.runbook
    if len(runbook.procedures) < _BOOKLET or not _is_runbook(runbook) or runbook.document.front_matter:
        return
    if not _OWNED.search(_prose(runbook)):
        said = f"The document does not say whom its {len(runbook.procedures)} procedures belong to, or whom to ask."
        yield Found(1, said)


def _is_runbook(runbook: Runbook) -> bool:
    """Whether a document calls itself one; of a tutorial or a list of commands less is asked."""
    title = f"{runbook.title} {PurePath(runbook.document.path).stem}"
    return bool(_RUNBOOK.search(title)) and not _LOOKED_UP.search(title)


def _said_of(case: Case, lacks: Callable[[Procedure, Runbook], bool], sentence: str) -> Iterator[Found]:
    """One finding for all procedures of a document that lack something, at the first of them."""
    lacking = [one for one in case.runbook.procedures if lacks(one, case.runbook)]
    if lacking:
        s = "s" if len(lacking) == 1 else ""
        yield Found(lacking[0].line, _capital(sentence.format(names=_names(lacking), s=s)))


def _names(procedures: Sequence[Procedure]) -> str:
    shown = [f"“{one.heading}” (line {one.line})" for one in procedures[:_SHOWN]]
    more = len(procedures) - len(shown)
    last = f"{more} more" if more else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _with_next(procedure: Procedure, runbook: Runbook) -> str:
    """The text of a procedure and the title of what may be its verification: the one below, or the next numbered ones."""
    text = runbook.document.lines[procedure.line - 1 : procedure.end]
    lines, headings = _headings_by_line(runbook)
    place = bisect_right(lines, procedure.end)
    steps = takewhile(_NUMBERED.match, headings[place:]) if _NUMBERED.match(procedure.heading) else ()
    return "\n".join((*text, *headings[place : place + 1], *steps))


@once_a_runbook
def _headings_by_line(runbook: Runbook) -> tuple[list[int], list[str]]:
    ordered = sorted(runbook.procedures, key=lambda one: one.line)
    return [one.line for one in ordered], [one.heading for one in ordered]


def _prose_of(procedure: Procedure, runbook: Runbook) -> str:
    """The lines of a procedure that are not in its blocks, its title left out, with the comments in them."""
    inside = _lines_in_blocks(runbook)
    lines = enumerate(runbook.document.lines[procedure.line : procedure.end], procedure.line + 1)
    kept = (text for number, text in lines if number not in inside or "#" in text or "--" in text)
    return "\n".join(_MARKER.sub("", text) for text in kept)


def _prose(runbook: Runbook) -> str:
    inside = _lines_in_blocks(runbook)
    return "\n".join(text for number, text in enumerate(runbook.document.lines, 1) if number not in inside)


@once_a_runbook
def _lines_in_blocks(runbook: Runbook) -> frozenset[int]:
    fenced = (block for block in runbook.blocks if block.form != "inline")
    return frozenset(line for block in fenced for line in range(block.line, block.end + 1))


RULES = (
    Rule(
        id="no-check-after-change",
        severity=Severity.WARNING,
        title="Looks for procedures that change something and never look whether it worked.",
        why="A restart that failed looks like one that worked until users call; the person who did it has gone on to something else.",
        right="After each change one command that shows its effect, with the result that is wanted beside it.",
        bad="# Runbook of the printers\n\n## Restart the queue\n\n```bash\nsudo systemctl restart cups\n```\n",
        good=(
            "# Runbook of the printers\n\n## Restart the queue\n\n```bash\nsudo systemctl restart cups\nsystemctl is-active cups\n```\n\n"
            "It should answer `active`.\n"
        ),
        look=_unverified,
    ),
    Rule(
        id="no-way-back",
        severity=Severity.WARNING,
        title="Looks for deployments and upgrades in documents that say nothing about going back.",
        why="Whoever finds the new version broken invents the way back under pressure, when the old one may be gone.",
        right="The commands that bring back what ran before, written and tried before the change; or the sentence that there is none.",
        bad="# Runbook of the shop\n\n## Deploy a release\n\n```bash\nkubectl set image deployment/web web=registry.internal/web:1.8\nkubectl rollout status deployment/web\n```\n",
        good=(
            "# Runbook of the shop\n\n## Deploy a release\n\n```bash\nkubectl set image deployment/web web=registry.internal/web:1.8\nkubectl rollout status deployment/web\n```\n\n"
            "### Rollback\n\n```bash\nkubectl rollout undo deployment/web\n```\n"
        ),
        look=_without_way_back,
    ),
    Rule(
        id="no-wanted-result",
        severity=Severity.NOTE,
        title="Looks for checks that show figures without saying which of them are good.",
        why="Only somebody who knows the system can tell a good answer from a bad one; the person on call at night may not.",
        right="The wanted result beside each check: a limit, a state, or the output of a good day.",
        bad="# Runbook of the mail\n\n## Health check\n\n1. Look at the queue\n\n```bash\nmailq\n```\n\n2. Look at the disks\n\n```bash\ndf -h\n```\n",
        good=(
            "# Runbook of the mail\n\n## Health check\n\n1. Look at the queue: fewer than 50 messages\n\n```bash\nmailq\n```\n\n"
            "2. Look at the disks: below 80 %\n\n```bash\ndf -h\n```\n"
        ),
        look=_without_result,
    ),
    Rule(
        id="no-owner",
        severity=Severity.NOTE,
        title="Looks for runbooks of several procedures that name nobody who owns them.",
        why="When a procedure is wrong or does not help, there is nobody to ask, and nobody who mends it.",
        right="A team or person with a way to reach them, once for the whole document.",
        bad="# Runbook of the well\n\n## Start the pump\n\n```bash\nsystemctl start pump\n```\n\n## Stop the pump\n\n```bash\nsystemctl stop pump\n```\n\n## Reload the pump\n\n```bash\nsystemctl reload pump\n```\n",
        good="# Runbook of the well\n\nOwner: the water team.\n\n## Start the pump\n\n```bash\nsystemctl start pump\n```\n\n## Stop the pump\n\n```bash\nsystemctl stop pump\n```\n\n## Reload the pump\n\n```bash\nsystemctl reload pump\n```\n",
        look=_without_owner,
    ),
)
