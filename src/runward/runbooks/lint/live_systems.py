"""Rules about commands that do more to a running system than they are meant to."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import headings_of, line_of, list_named, marked, text_around, text_before
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Kind

_DAEMON = re.compile(
    r"daemon\.json|live-restore|docker\.service\.d|install\w* docker|docker-ce|data-root|nvidia-ctk|registry-mirrors|daemon config",
    re.IGNORECASE,
)
_PLAYGROUND = re.compile(
    r"\b(?:playground|lab|tutorial|workshop|quick ?start|getting started|sandbox)\b", re.IGNORECASE
)
_PROFILERS = {
    "memory_profiler",
    "cProfile",
    "profile",
    "scalene",
    "kernprof",
    "line_profiler",
    "pyinstrument",
    "yappi",
    "memray",
    "tracemalloc",
}
_ATTACHING = {"attach", "stats", "flamegraph", "summary", "tree", "table"}
_INSIDE = {"kubectl", "oc", "docker", "docker-compose", "podman"}


def _daemon_restarted(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "systemctl", "service"):
        words = [
            word.text.removesuffix(".service")
            for word in placed.call.arguments
            if not word.text.startswith("-")
        ]
        if words[:2] not in (["restart", "docker"], ["docker", "restart"]):
            continue
        if not placed.call.has("--user") and not _DAEMON.search(text_around(case.runbook, line_of(placed))):
            said = "It stops every container of the machine, databases included, unless live-restore is switched on."
            yield marked(
                case.runbook, line_of(placed), " ".join(word.text for word in placed.call.arguments), said
            )


def _second_copy(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "python", "python3"):
        words = [word.text for word in placed.call.arguments]
        if (
            words[:1] != ["-m"]
            or len(words) < 3
            or words[1] not in _PROFILERS
            or not _INSIDE & set(placed.call.through)
        ):
            continue
        if words[2] in _ATTACHING or not any(one.endswith(".py") for one in words[2:]):
            continue
        script = next(one for one in words[2:] if one.endswith(".py"))
        said = f"It starts {script} a second time beside the one that serves, with its ports, jobs and memory, and measures that one only."
        yield marked(case.runbook, line_of(placed), f"-m {words[1]}", said)


def _slept(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "sleep"):
        call = placed.call
        if call.command.nested or call.command.background or not call.arguments or call.through:
            continue
        seconds = _seconds(call.arguments[0].text)
        following = [
            one
            for one in placed.block.calls
            if one.command.line > call.command.line and one.name not in {"echo", "printf"}
        ]
        before = [
            one
            for one in placed.block.calls
            if one.command.line < call.command.line and one.name not in {"echo", "printf", "sleep"}
        ]
        if seconds < 5 or not following or not before or not _starts(before[-1].command.text):
            continue
        if _WAITS.search(following[0].command.text) or (
            following[0].command.nested and _WAITS.search(placed.block.text)
        ):
            continue
        did = _brief(before[-1].command.text)
        said = f"After “{did}” it waits {call.arguments[0].text} seconds and goes on, ready or not: too short on a bad day, too long on every other."
        yield marked(case.runbook, line_of(placed), f"sleep {call.arguments[0].text}", said)


_WAITS = re.compile(r"\bwait\b|rollout\s+status|--wait|until\b|pg_isready|is-active|--retry")
_STARTS = re.compile(
    r"\b(?:up\s+(?:.*\s)?-d|up\s+--detach|restart|start|apply|run\s+(?:.*\s)?-d|install|upgrade|scale|create(?!-)|promote|failover|reboot)\b",
    re.IGNORECASE,
)


def _starts(text: str) -> bool:
    return (
        bool(_STARTS.search(text))
        and "replicas=0" not in text
        and not re.search(r"pip3?\s+install|apt\S*\s+install|npm\s+(?:ci|install)", text)
    )


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]] if found else 0


def _brief(text: str) -> str:
    words = " ".join(text.replace("\\\n", " ").split())
    return words if len(words) <= 60 else f"{words[:57]}..."


def _applied_unseen(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "terraform", "tofu"):
        words = [word.text for word in placed.call.arguments]
        if (
            "apply" not in words
            or placed.block.form == "inline"
            or placed.block.kind is not Kind.COMMAND
            or {"-destroy", "-help"} & set(words)
        ):
            continue
        if _PLAYGROUND.search(f"{case.runbook.title} {headings_of(case.runbook, line_of(placed))}"):
            continue
        after = words[words.index("apply") + 1 :]
        saved = [one for one in after if not one.startswith("-") and "=" not in one]
        if saved or any(one.startswith(("-target", "--target", "-refresh-only")) for one in after):
            continue
        before = text_before(case.runbook, line_of(placed))
        approved = any(one.lstrip("-") == "auto-approve" for one in after)
        if re.search(r"(?:terraform|tofu)\b.*\bplan\b", case.runbook.document.text) and not approved:
            continue
        if approved and (
            re.search(r"\bplan\b.*-out|(?:terraform|tofu) plan", before)
            or re.search(r"dev|test|stag|sandbox|local", " ".join(after))
        ):
            continue
        how = (
            "-auto-approve changes the infrastructure without anybody having seen the plan."
            if approved
            else "Nothing is planned and reviewed first: what it will destroy or replace is seen only at its prompt."
        )
        yield marked(case.runbook, line_of(placed), "apply", how)


RULES = (
    Rule(
        id="docker-daemon-restarted",
        severity=Severity.WARNING,
        title="The Docker daemon is restarted to mend a service.",
        why="All containers stop and start together, in no order and with the database among them; most faults sit in one of them.",
        right="Restart the one service (`docker compose restart SERVICE`); where the daemon itself hangs, `live-restore: true` keeps containers running (Docker 1.12 and later).",
        bad=example("Site is down", "bash", "systemctl restart docker"),
        good=example("Site is down", "bash", "docker compose restart web"),
        look=_daemon_restarted,
    ),
    Rule(
        id="profiler-starts-second-copy",
        severity=Severity.WARNING,
        title="A profiler is given the application's start script inside a running container.",
        why="A second application starts in production, within the first one's memory limit, and the process that has the trouble is not looked at.",
        right="Attach to the running process: `py-spy dump --pid 1`, `memray attach 1`, or a tracemalloc endpoint.",
        bad=example(
            "Memory grows", "bash", "kubectl exec deploy/api -n shop -- python -m cProfile app/main.py"
        ),
        good=example("Memory grows", "bash", "kubectl exec deploy/api -n shop -- py-spy dump --pid 1"),
        look=_second_copy,
    ),
    Rule(
        id="sleep-for-readiness",
        severity=Severity.NOTE,
        title="A fixed sleep stands where it matters that something is ready.",
        why="The time was right once, on one machine: when it is too short the next command fails or, worse, works on half of it.",
        right="Ask until it answers, with a deadline: `timeout 120 sh -c 'until pg_isready; do sleep 2; done'`, `kubectl rollout status --timeout`, `docker compose up -d --wait` (Compose 2.1.1 and later).",
        bad=example("Start", "bash", "docker compose up -d db", "sleep 60", "./restore.sh newest"),
        good=example("Start", "bash", "docker compose up -d --wait db", "./restore.sh newest"),
        look=_slept,
    ),
    Rule(
        id="applied-without-plan",
        severity=Severity.WARNING,
        title="Infrastructure is changed without a plan that somebody has read.",
        why="The state may have drifted since the last time: apply then destroys or replaces what nobody expected, in the middle of an emergency.",
        right="`terraform plan -out=FILE`, read it, then `terraform apply FILE`: exactly that is done, or nothing (every version).",
        bad=example("Rebuild", "bash", "terraform apply -auto-approve"),
        good=example("Rebuild", "bash", "terraform plan -out=rebuild.plan", "terraform apply rebuild.plan"),
        look=_applied_unseen,
    ),
)
