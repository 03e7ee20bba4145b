"""Commands for a platform that the rest of the document does not run on."""

import re
from collections.abc import Iterator
from itertools import pairwise

from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_call, verb_of
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import words_of

_TO_CONTAINERS = words_of("logs exec stats restart stop start kill inspect top attach pause unpause port")
_TO_SERVICES = words_of("logs exec restart stop start kill pause unpause up run rm ps top build pull scale")
_COMPOSE_VALUES = words_of(
    "-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel"
)
_CONTAINER_VALUES = words_of(
    "-u --user -w --workdir -e --env -n --tail --since --until --format -f -t --time -s --signal"
)
_CONTAINER_NAME = re.compile(r"container_name:\s*[\"']?([\w.-]+)")
_COMPOSE_FILES = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
_LIVE = words_of("logs exec stats restart stop start kill inspect top ps rm cp")
_KUBERNETES = words_of("kubectl helm oc k9s kubectx kubens stern")
_FEWEST, _SHARE = 4, 5  # commands of the one platform, and how often they outnumber the other's
_HIGHEST = 4  # folders above the document in which a Compose file is looked for
_SELDOM = 3  # calls of Compose for each that goes by a container
_ODD = 2  # more than a command or two are a part of the document in their own right
_NODES = re.compile(r"kind|k3d|k3s|minikube|microk8s|rancher|registry|buildx|control-plane", re.IGNORECASE)


def _bare_container_names(case: Case) -> Iterator[Found]:
    """A Compose service called by its own name, as if it were a container."""
    calls = [
        placed for placed in list_calls(case.runbook) if placed.call.name in {"docker", "docker-compose"}
    ]
    services = {name for placed in calls for name in _services(placed.call)}
    if not services:
        return
    bare = [(placed, *_container(placed.call)) for placed in calls]
    bare = [one for one in bare if one[2]]
    composed = sum(bool(_compose_words(placed.call)) for placed in calls)
    given = _names_given(case) | {name for placed in calls for name in _run_as(placed.call)}
    if composed < _SELDOM * len(bare):  # whoever often goes by containers has given them names
        return
    for placed, verb, name in bare:
        if name in services - given and not _is_supplied(placed, name):
            said = (
                f"“docker {verb} {name}” gives Docker the name of a Compose service; unless container_name is set for it,"
                f" its container is called <project>-{name}-1, and Docker finds none of that name."
            )
            yield found_call(case, placed, f"docker {verb}", said)


def _is_supplied(placed: Placed, name: str) -> bool:
    """Whether the name only stands for one that the reader supplies."""
    bare = name.strip("_<>")
    return any(bare in given.name for given in placed.block.placeholders)


def _names_given(case: Case) -> set[str]:
    """The names that the document, or a Compose file beside it or above, gives to containers."""
    read = case.surroundings.text_of
    paths = [f"{'../' * up}{name}" for up in range(_HIGHEST + 1) for name in _COMPOSE_FILES]
    texts = (case.runbook.document.text, *(read(path) or "" for path in paths if read))
    return {name for text in texts for name in _CONTAINER_NAME.findall(text)}


def _run_as(call: Call) -> list[str]:
    words = [word.text for word in call.arguments]
    return [after for word, after in pairwise(words) if word == "--name"]


def _compose_words(call: Call) -> list[str]:
    """What is said to Compose, without the options before its verb; nothing for any other call."""
    operands = verb_of(call, _COMPOSE_VALUES)
    if call.name == "docker" and operands[:1] != ["compose"]:
        return []
    return operands[1:] if call.name == "docker" else operands


def _services(call: Call) -> list[str]:
    """The Compose services that a call names."""
    operands = _compose_words(call)
    if not operands or operands[0] not in _TO_SERVICES:
        return []
    return operands[1:2] if operands[0] in {"exec", "run"} else operands[1:]


def _container(call: Call) -> tuple[str, str]:
    """The verb of a call to Docker itself and the container it names, "" where it names none."""
    words = [word.text for word in call.arguments]
    if call.name != "docker" or not words or words[0] not in _TO_CONTAINERS:
        return "", ""
    valued = _CONTAINER_VALUES - (
        {"-f", "-t"} if words[0] == "logs" else set()
    )  # to follow and to show times
    operands = verb_of(call, frozenset(valued))
    return (words[0], operands[1]) if len(operands) > 1 else ("", "")


def _foreign(case: Case) -> Iterator[Found]:
    """A command or two for Kubernetes in a document about Docker, or the other way round."""
    calls = list_calls(case.runbook)
    kubernetes = [placed for placed in calls if placed.call.name in _KUBERNETES and placed.call.local]
    docker = [placed for placed in calls if _speaks_to_docker(placed.call)]
    if len(docker) >= max(_FEWEST, _SHARE * len(kubernetes)):
        yield from _strangers(
            case,
            kubernetes,
            "Docker",
            re.compile(r"kubernetes|\bk8s\b|\bk3s\b|\baks\b|\beks\b|\bgke\b|helm|openshift"),
        )
    if len(kubernetes) >= max(_FEWEST, _SHARE * len(docker)):
        yield from _strangers(
            case,
            docker,
            "Kubernetes",
            re.compile(r"\bdocker\b|compose|\bnode(?:s|'s)? runtime"),
        )


def _strangers(case: Case, placed: list[Placed], home: str, spoken: re.Pattern[str]) -> Iterator[Found]:
    """These calls, where no word of the document outside them speaks of their platform."""
    if len(placed) > _ODD:
        return
    theirs = {line for one in placed for line in range(one.call.command.line, one.call.command.end + 1)}
    for number, line in enumerate(case.runbook.document.lines, 1):
        if number not in theirs and spoken.search(line.lower()):
            return
    for one in placed:
        first = " ".join(one.call.command.text.split()[:3])
        if not _NODES.search(one.call.command.text):
            said = f"“{first}” is not for {home}, for which all other commands of this document are written."
            yield found_call(case, one, first, said)


def _speaks_to_docker(call: Call) -> bool:
    words = [word.text for word in call.arguments]
    if call.name == "docker-compose":
        return True
    return call.name == "docker" and call.local and bool(words) and words[0] in {*_LIVE, "compose"}


RULES = (
    Rule(
        id="container-named-as-service",
        severity=Severity.NOTE,
        title="Looks for `docker logs`, `docker exec` and the like that are given the name of a Compose service.",
        why=(
            "Compose names containers after project, service and number. `docker logs web` answers that there is no"
            " such container, in the minute in which the log is needed; a pipe behind it hides even that."
        ),
        right="`docker compose logs web` (Compose 1.27 and later take `stats`, `exec`, `restart` and `stop` as well), or a `container_name`.",
        bad="# Shop\n\n```bash\ndocker compose ps\ndocker compose stop web\ndocker compose start web\ndocker logs --tail 50 web\n```\n",
        good="# Shop\n\n```bash\ndocker compose ps\ndocker compose stop web\ndocker compose start web\ndocker compose logs --tail 50 web\n```\n",
        look=_bare_container_names,
    ),
    Rule(
        id="other-platform",
        severity=Severity.WARNING,
        title="Looks for the odd Kubernetes command in a document about Docker, and the other way round.",
        why="It was copied from another system's runbook: there is nothing here that it could reach.",
        right="One declared platform in a document; a section of its own, with a heading that says so, for another.",
        bad=(
            "# Shop\n\n```bash\ndocker compose ps\ndocker compose logs web\ndocker compose restart web\ndocker compose top web\n"
            "docker compose up -d\nkubectl get pods -n shop\n```\n"
        ),
        good=(
            "# Shop\n\n```bash\ndocker compose ps\ndocker compose logs web\ndocker compose restart web\ndocker compose top web\n"
            "docker compose up -d\ndocker compose ps -a\n```\n"
        ),
        look=_foreign,
    ),
)
