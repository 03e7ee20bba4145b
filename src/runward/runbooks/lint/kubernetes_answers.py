"""Rules about questions to Kubernetes and containers that are answered by less than it seems."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import line_of, list_named, marked
from runward.runbooks.finding.claims import said_above
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Runbook
from runward.runbooks.shell.model import Call, Word

_CLIENTS = ("kubectl", "oc")
_SELECTOR = re.compile(r"^(?:-l|--selector)(?:=(.*))?$|^-l(?=.)(.+)$", re.DOTALL)
_ALL_LINES = re.compile(r"^--tail(?:=|$)|^-f$|^--follow(?:=true)?$")
_JOB = re.compile(r"(?:^|,)(?:batch\.kubernetes\.io/)?job-name=(?P<name>[a-z0-9.-]+)(?=,|$)")
_RUN_OF_CRONJOB = re.compile(r"-\d{6,}$")
_JUDGES = re.compile(
    r"\b(?:check|verif\w+|confirm|ensure|validate|test|are|is)\b.{0,60}\b(?:credential|password|key|token|value|correct|secret data)",
    re.IGNORECASE,
)
_ONLY_THERE = re.compile(
    r"\b(?:exist\w*|present|mounted|created|keys? names?|expir\w*|annotation|label|owner|sync\w*|status)\b",
    re.IGNORECASE,
)
_EXPANDED = re.compile(r"\$\{?(?P<name>[A-Z][A-Z0-9_]*)\b")
_OF_THE_POD = re.compile(
    r"^(?:DATABASE|DB|PG|POSTGRES|POSTGRESQL|MYSQL|MARIADB|REDIS|MONGO|MONGODB|RABBITMQ|AMQP)_?(?:\w*_)?(?:URL|URI|DSN|PASSWORD|PASS|HOST|USER|USERNAME|DB|NAME|DATABASE)$"
    r"|^(?:PGUSER|PGPASSWORD|PGHOST|PGDATABASE)$|_(?:DATABASE|DB)_URL$"
)  # fmt: skip
_SOURCED = re.compile(r"(?:^|[;&\s])(?:source|\.)\s+\S*\.?env\b|set -a|\bdotenv\b|\benvsubst\b", re.MULTILINE)


def _verb(call: Call) -> tuple[str, tuple[Word, ...]]:
    """The verb of a client and what follows it."""
    words = call.arguments
    for place, word in enumerate(words):
        if word.text in {"logs", "log", "describe", "exec", "get", "wait", "delete"}:
            return word.text, words[place + 1 :]
        if not word.text.startswith("-") and not (
            place and words[place - 1].text in {"-n", "--namespace", "--context"}
        ):
            return word.text, words[place + 1 :]
    return "", ()


def _selector_of(words: tuple[Word, ...]) -> str:
    for place, word in enumerate(words):
        found = _SELECTOR.match(word.text)
        if found:
            following = words[place + 1].text if place + 1 < len(words) else ""
            return found[1] or found[2] or following
    return ""


def _ten_lines(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_CLIENTS):
        verb, _ = _verb(placed.call)
        words = placed.call.arguments
        selector = _selector_of(words) if verb in {"logs", "log"} else ""
        if selector and not any(_ALL_LINES.match(word.text) for word in words):
            yield marked(
                case.runbook,
                line_of(placed),
                selector,
                f"With a selector {placed.call.name} logs shows the last 10 lines of each pod: what happened before them in {selector} is not shown.",
            )


def _job_of_a_schedule(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_CLIENTS):
        found = _JOB.search(_selector_of(placed.call.arguments))
        if not found or _RUN_OF_CRONJOB.search(found["name"]):
            continue
        name = found["name"]
        if _is_scheduled(case.runbook, placed, name) and not _is_made(case.runbook, name):
            yield marked(
                case.runbook,
                line_of(placed),
                f"job-name={name}",
                f"The jobs of a CronJob are called {name}-<number>: nothing has the label job-name={name}, and “no resources found” ends with exit 0.",
            )


def _is_scheduled(runbook: Runbook, placed: Placed, name: str) -> bool:
    """Whether the document speaks of a CronJob of this name, or of CronJobs in the same block."""
    word = re.escape(name)
    named = rf"cronjobs?(?:\.batch)?[/ ]{word}\b|kind:\s*CronJob\s+metadata:\s+name:\s*{word}\b"
    return bool(re.search(named, runbook.document.text) or re.search(r"\bcronjobs?\b", placed.block.text))


def _is_made(runbook: Runbook, name: str) -> bool:
    """Whether the document makes a job of exactly this name."""
    word = re.escape(name)
    made = rf"create job {word}\b|kind:\s*Job\s+metadata:\s+name:\s*{word}\b|\bjobs?/{word}\b(?!-)|\bget job {word}\b"
    return bool(re.search(made, runbook.document.text))


def _sizes_shown(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_CLIENTS):
        verb, rest = _verb(placed.call)
        if verb != "describe" or not rest or not re.match(r"secrets?(?:/|$)", rest[0].text):
            continue
        said = said_above(case.runbook, line_of(placed))
        if _JUDGES.search(said) and not _ONLY_THERE.search(said):
            yield marked(
                case.runbook,
                line_of(placed),
                "describe secret",
                "describe shows how many bytes each value has: whether the credentials are right, or work at all, does not show.",
            )


def _expanded_here(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_CLIENTS, "docker", "docker-compose", "podman"):
        inner = _inner_words(placed.call)
        for word in inner:
            found = next(
                (one for one in _EXPANDED.finditer(word.text) if _OF_THE_POD.search(one["name"])), None
            )
            if (
                word.fixed
                or found is None
                or found["name"] in _set_here(case.runbook)
                or _is_given(placed.call, found["name"])
            ):
                continue
            name = found["name"]
            yield marked(
                case.runbook,
                line_of(placed),
                found[0],
                f"{name} is filled in by the shell on this machine before {placed.call.name} starts: the value inside is not used,"
                " and where it is not set here, nothing is passed.",
            )
            break


def _is_given(call: Call, name: str) -> bool:
    """Whether a password for a container is meant to be the operator's own."""
    return call.name not in _CLIENTS and name.endswith(("PASSWORD", "PASS"))


def _inner_words(call: Call) -> tuple[Word, ...]:
    """What is run inside, with its arguments."""
    texts = [word.text for word in call.arguments]
    if "exec" not in texts:
        return ()
    words = call.arguments[texts.index("exec") + 1 :]
    rest = [word.text for word in words]
    if "--" in rest:
        return words[rest.index("--") + 1 :]
    place = next(
        (
            number
            for number, word in enumerate(words)
            if not word.text.startswith("-") and not _is_value(words, number)
        ),
        len(words),
    )
    return words[place + 1 :]


def _is_value(words: tuple[Word, ...], place: int) -> bool:
    return place > 0 and words[place - 1].text in {
        "-e",
        "--env",
        "-u",
        "--user",
        "-w",
        "--workdir",
        "-n",
        "-c",
        "--index",
        "--env-file",
    }


@once_a_runbook
def _set_here(runbook: Runbook) -> frozenset[str]:
    """The variables that the document sets on this machine; all that are used, where it reads a file of them."""
    text = runbook.document.text
    if _SOURCED.search(text):
        return frozenset(re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", text))
    return frozenset(
        re.findall(r"(?:^|[\s;(])(?:export\s+|read\s+(?:-\w+\s+)*)?([A-Z][A-Z0-9_]*)=", text, re.MULTILINE)
    )


RULES = (
    Rule(
        id="selector-shows-ten-lines",
        severity=Severity.WARNING,
        title="Logs of several pods are asked for by a label, without saying how many lines.",
        why=(
            "With a selector the default of --tail is 10 lines of each pod, also with --since; only for a single pod is it everything."
            " A search in ten lines finds nothing, and that looks like good news."
        ),
        right="`kubectl logs -l app=NAME --tail=-1 --since=15m --prefix --max-log-requests=20` (kubectl 1.17).",
        bad=example("Errors", "bash", "kubectl logs -l app=shop | grep timeout"),
        good=example("Errors", "bash", "kubectl logs -l app=shop --tail=-1 --since=15m | grep timeout"),
        look=_ten_lines,
        misleads=True,
    ),
    Rule(
        id="cronjob-is-no-job",
        severity=Severity.ERROR,
        title="The pods of a CronJob are looked for by the CronJob's own name.",
        why="Each run of a CronJob is a Job with a number behind the name. No pod has the bare name, and the answer is always empty.",
        right=(
            "Take the newest Job whose owner is the CronJob: `kubectl get jobs --sort-by=.metadata.creationTimestamp`, then"
            " `kubectl logs job/NAME-NUMBER` (every version)."
        ),
        bad=example("Backups", "bash", "kubectl get cronjobs", "kubectl logs -l job-name=shop-backup --tail=50"),
        good=example("Backups", "bash", "kubectl get cronjobs", "kubectl logs -l job-name=shop-backup-29391840 --tail=50"),
        look=_job_of_a_schedule,
        misleads=True,
    ),
    Rule(
        id="described-secret-proves-nothing",
        severity=Severity.WARNING,
        title="Credentials are checked by describing their secret.",
        why="describe lists names and sizes. A wrong password is as long as the right one.",
        right="Log in with them from where they are used: `kubectl exec deploy/NAME -- sh -c 'psql \"$DATABASE_URL\" -c \"SELECT 1\"'` (every version).",
        bad=example("Login", "bash", "# Check that the credentials are correct", "kubectl describe secret shop-db"),
        good=example("Login", "bash", "# Check that the secret exists", "kubectl describe secret shop-db"),
        look=_sizes_shown,
        misleads=True,
    ),
    Rule(
        id="variable-of-another-machine",
        severity=Severity.WARNING,
        title="A variable that is set inside a container is filled in outside of it.",
        why=(
            "The shell fills in what stands outside single quotes before the command is sent. On the operator's machine the variable is"
            " empty or names another database."
        ),
        right="Let a shell inside fill it in: `kubectl exec POD -- sh -c 'psql \"$DATABASE_URL\"'`, in single quotes (every version).",
        bad=example("Database", "bash", 'kubectl exec deploy/shop -- psql "$DATABASE_URL" -c "SELECT 1"'),
        good=example("Database", "bash", "kubectl exec deploy/shop -- sh -c 'psql \"$DATABASE_URL\" -c \"SELECT 1\"'"),
        look=_expanded_here,
    ),
)  # fmt: skip
