"""Alerts that nobody is told how to answer, that reach nobody, or that end while the trouble goes on."""

import re
from collections.abc import Iterator, Mapping

from runward.runbooks.finding.likeness import speaks_of
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.phrases import named
from runward.runbooks.finding.stated import (
    facts_of,
    level_of,
    number_of,
    seconds_of,
    spoken,
    word_of,
    words_in,
)
from runward.runbooks.model import Fact, FactType, Procedure, Purpose

_URGENT = re.compile(r"critical|emergency|\bpage\b|\bp[01]\b|sev-?1", re.IGNORECASE)
_ANSWERING = frozenset({Purpose.FIX, Purpose.RESTORE, Purpose.INVESTIGATE})
_OWN_PLACE = re.compile(r"\s*(?:#|\*\*|\||-?\s*alert:|\d+\.\s+\*\*)")
_FEWEST_ANSWERS = 3  # answers to trouble from which on a document is a book of them
_SLOW = frozenset({"email", "mail", "e-mail"})
_LONGEST_PAUSE = 300  # seconds that Kubernetes waits at most before it starts a crashed container again
_FEWEST = 3  # alerts from which on procedures are expected to be reached by them


def _unanswered(case: Case) -> Iterator[Found]:
    """Alerts that no procedure answers, in a document that answers others."""
    alerts = [fact for fact in _alerts(case) if not _has_place(fact, case)]
    answers = [one for one in case.runbook.procedures if one.purpose in _ANSWERING]
    texts = tuple(text for one in answers for text in (_title_of(one), *one.conditions))
    missing = [
        fact
        for fact in alerts
        if not fact.value.get("answers") and not speaks_of(word_of(fact, "name"), texts)
    ]
    if (
        missing
        and len(missing) < len(alerts)
        and sum(bool(one.conditions) for one in answers) >= _FEWEST_ANSWERS
    ):
        names = list(dict.fromkeys(word_of(fact, "name") for fact in missing))
        yield Found(missing[0].line, f"No procedure of this document answers {named(names)}.")


def _has_place(alert: Fact, case: Case) -> bool:
    """Whether an alert is a sample of a rule, or has a section or a row of its own that may say what to do."""
    line = case.runbook.document.lines[alert.line - 1]
    return bool(_OWN_PLACE.match(line))


def _title_of(procedure: Procedure) -> str:
    return procedure.path[-1] if procedure.path else procedure.heading


def _unreached(case: Case) -> Iterator[Found]:
    """Answers to trouble that none of the document's alerts would lead to, where alerts lead to the others."""
    alerts = _alerts(case)
    if len(alerts) < _FEWEST:
        return
    led_to = {text for fact in alerts for text in words_in(fact, "answers")}
    answers = [one for one in case.runbook.procedures if _answers_trouble(one)]
    unreached = [
        one
        for one in answers
        if _title_of(one) not in led_to and not any(_leads(fact, one) for fact in alerts)
    ]
    if unreached and len(unreached) * 2 < len(answers):
        names = named([_title_of(one) for one in unreached])
        said = f"None of the {len(alerts)} alerts of this document leads to {names}: that trouble has to be noticed by people."
        yield Found(unreached[0].line, said)


def _answers_trouble(procedure: Procedure) -> bool:
    return procedure.purpose is Purpose.FIX and bool(procedure.conditions)


def _leads(alert: Fact, procedure: Procedure) -> bool:
    """Whether an alert speaks of a procedure's trouble, by its name or by what it measures."""
    condition = alert.value.get("condition")
    measure = condition.get("measure", "") if isinstance(condition, Mapping) else ""
    names = (word_of(alert, "name"), str(measure))
    return speaks_of(procedure.heading, names) or any(
        speaks_of(name, (procedure.heading, *procedure.conditions)) for name in names if name
    )


def _past_the_path(case: Case) -> Iterator[Found]:
    """Alerts whose own escalation disagrees with the escalation path of the same document."""
    path = [
        fact
        for fact in facts_of(case.policy, FactType.ESCALATION)
        if word_of(fact, "from") or word_of(fact, "to")
    ]
    first = next((fact for fact in path if seconds_of(word_of(fact, "to"))), None)
    waits = seconds_of(word_of(first, "to")) if first else None
    early = [
        fact
        for fact in _alerts(case)
        if waits and (own := seconds_of(word_of(fact, "escalate_after"))) is not None and own < waits
    ]
    if first is None or not early:
        return
    when = ", ".join(f"“{word_of(fact, 'name')}” {_after(word_of(fact, 'escalate_after'))}" for fact in early)
    path_says = f"the escalation path (line {first.line}) waits {spoken(word_of(first, 'to'))} at “{word_of(first, 'who')}”"
    yield Found(
        early[0].line,
        f"These alerts escalate by themselves: {when}. But {path_says}; which of them holds is not said.",
    )


def _after(length: str) -> str:
    return "at once" if length == "immediate" else f"after {spoken(length)}"


def _only_by_mail(case: Case) -> Iterator[Found]:
    for fact in _alerts(case):
        channels = {one.lower() for one in words_in(fact, "channels")}
        if channels and channels <= _SLOW and _is_urgent(fact):
            said = (
                f"“{word_of(fact, 'name')}” is a critical alert and goes to mail alone, which wakes nobody."
            )
            yield Found(fact.line, said)


def _is_urgent(fact: Fact) -> bool:
    return bool(_URGENT.search(word_of(fact, "class"))) or level_of(word_of(fact, "severity")) in {
        "P0",
        "P1",
        "SEV-1",
    }


def _ends_too_soon(case: Case) -> Iterator[Found]:
    """Alerts on counted restarts that resolve while the container still crashes."""
    for fact in _alerts(case):
        condition = fact.value.get("condition")
        if not _is_of_pods(fact, case):
            continue
        if not isinstance(condition, Mapping) or "restart" not in str(condition.get("measure", "")):
            continue
        window = seconds_of(str(condition.get("within") or condition.get("window") or ""))
        limit = number_of(Fact(fact.type, fact.line, fact.quote, condition), "value")
        if (
            window
            and limit is not None
            and condition.get("op") in {">", ">="}
            and limit >= window / _LONGEST_PAUSE
        ):
            steady = int(window // _LONGEST_PAUSE)
            said = (
                f"“{word_of(fact, 'name')}” needs more than {limit:g} restarts in {spoken(_length(window))}, and a container that keeps"
                f" crashing is started at most {steady} times in that span once its pause has grown to 5 minutes: the alert resolves by itself."
            )
            yield Found(fact.line, said)


def _is_of_pods(alert: Fact, case: Case) -> bool:
    """Whether an alert is about Kubernetes; Docker's pauses between starts are others."""
    return (
        "pod" in f"{word_of(alert, 'name')} {alert.quote}".lower() or "kubectl" in case.runbook.document.text
    )


def _length(seconds: float) -> str:
    return f"{seconds / 3600:g}h" if seconds >= 3600 else f"{seconds / 60:g}m"


def _alerts(case: Case) -> tuple[Fact, ...]:
    """The alerts with a name that want an answer; what only informs wants none."""
    alerts = facts_of(case.policy, FactType.ALERT)
    return tuple(
        fact for fact in alerts if word_of(fact, "name") and not word_of(fact, "class").startswith("info")
    )


RULES = (
    Rule(
        id="alert-without-procedure",
        severity=Severity.WARNING,
        title="Looks for alerts that no procedure answers, in a document that answers others.",
        why="Whoever is called by the alert opens the runbook and finds nothing for it.",
        right="A procedure whose title or condition names the alert, or a sentence that says what to do about it.",
        bad=(
            "# Ferry\n\n## Alerts\n\n### Critical alerts\n\n- Engine stopped (speed < 1 knot)\n- Fuel low (level < 10%)\n\n"
            "## Engine stopped\n\n**Symptoms**:\n- No sound\n\n1. Call the tug\n\n## Problem: radio silent\n\n**Symptoms**:\n- No answer\n\n1. Use the lamp\n\n"
            "## Problem: cabin hot\n\n**Symptoms**:\n- Complaints\n\n1. Open the windows\n"
        ),
        good=(
            "# Ferry\n\n## Alerts\n\n### Critical alerts\n\n- Engine stopped (speed < 1 knot)\n\n"
            "## Engine stopped\n\n**Symptoms**:\n- No sound\n\n1. Call the tug\n\n## Problem: radio silent\n\n**Symptoms**:\n- No answer\n\n1. Use the lamp\n\n"
            "## Problem: cabin hot\n\n**Symptoms**:\n- Complaints\n\n1. Open the windows\n"
        ),
        look=_unanswered,
    ),
    Rule(
        id="procedure-without-alert",
        severity=Severity.NOTE,
        title="Looks for answers to trouble that none of the document's alerts would lead to.",
        why="The procedure is good, and is only opened when a customer has complained.",
        right="An alert for each trouble that has an answer, which names the procedure.",
        bad=(
            "# Ferry\n\n## Alerts\n\n### Critical alerts\n\n- Engine stopped (speed < 1 knot)\n- Fuel low (level < 10%)\n- Cabin hot (temperature > 40%)\n\n"
            "## Engine stopped\n\n**Symptoms**:\n- No sound\n\n1. Call the tug\n\n## Fuel low\n\n**Symptoms**:\n- A lamp\n\n1. Steer for the harbour\n2. Call the depot\n\n"
            "## Fix: water in the hull\n\n**Symptoms**:\n- Wet feet\n\n1. Start the pump\n"
        ),
        good=(
            "# Ferry\n\n## Alerts\n\n### Critical alerts\n\n- Engine stopped (speed < 1 knot)\n- Fuel low (level < 10%)\n- Water in hull (level > 2%)\n\n"
            "## Engine stopped\n\n**Symptoms**:\n- No sound\n\n1. Call the tug\n\n## Fuel low\n\n**Symptoms**:\n- A lamp\n\n1. Steer for the harbour\n2. Call the depot\n\n"
            "## Fix: water in the hull\n\n**Symptoms**:\n- Wet feet\n\n1. Start the pump\n"
        ),
        look=_unreached,
    ),
    Rule(
        id="alert-against-escalation-path",
        severity=Severity.NOTE,
        title="Looks for alerts that escalate sooner than the escalation path of the same document allows.",
        why="Two clocks run for one incident. Either the next level is woken too early, or the first one relies on time that it does not have.",
        right="A sentence that says which of the two holds; best the alert's own.",
        bad=(
            "# Ferry\n\n## Critical alerts\n\n```yaml\nEngine stopped:\n  Condition: speed < 1 knot for 2 minutes\n  Notification: SMS\n  Escalation: 5 minutes\n```\n\n"
            "## Escalation path\n\n```\nLevel 1: On-call engineer (0-30 min)\nLevel 2: Team lead (30-60 min)\n```\n"
        ),
        good=(
            "# Ferry\n\n## Critical alerts\n\n```yaml\nEngine stopped:\n  Condition: speed < 1 knot for 2 minutes\n  Notification: SMS\n  Escalation: 30 minutes\n```\n\n"
            "## Escalation path\n\n```\nLevel 1: On-call engineer (0-30 min)\nLevel 2: Team lead (30-60 min)\n```\n"
        ),
        look=_past_the_path,
    ),
    Rule(
        id="critical-alert-by-mail",
        severity=Severity.WARNING,
        title="Looks for critical alerts that are sent by mail alone.",
        why="Mail is read in the morning.",
        right="A channel that wakes somebody and wants an answer (a pager, a call, an SMS) for every critical alert; or another class for it.",
        bad="# Ferry\n\n## Critical alerts\n\n```yaml\nFuel low:\n  Condition: < 10% left\n  Notification: Email\n```\n",
        good="# Ferry\n\n## Critical alerts\n\n```yaml\nFuel low:\n  Condition: < 10% left\n  Notification: SMS, Email\n```\n",
        look=_only_by_mail,
    ),
    Rule(
        id="restart-alert-resolves",
        severity=Severity.WARNING,
        title="Looks for alerts on a number of restarts that a crashing container does not reach for long.",
        why=(
            "Kubernetes doubles the pause between starts from 10 seconds to 5 minutes. In the first ten minutes there are six"
            " or seven restarts, after that two in ten minutes: the alert ends, and the container still crashes."
        ),
        right="An alert on the waiting reason CrashLoopBackOff as well (kube_pod_container_status_waiting_reason).",
        bad="# Ferry\n\n## Alerts\n\n### PodCrashLooping (P1)\n\n**Trigger**: Pod restart count > 5 in 10 minutes\n\n1. Look at the log\n",
        good="# Ferry\n\n## Alerts\n\n### PodCrashLooping (P1)\n\n**Trigger**: Pod restart count > 1 in 10 minutes\n\n1. Look at the log\n",
        look=_ends_too_soon,
    ),
)
