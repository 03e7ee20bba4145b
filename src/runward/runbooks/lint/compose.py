"""Rules about Docker and Docker Compose as they are today."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity
from runward.runbooks.finding.places import found_call, line_of, verb_of

_OLD = re.compile(r"(?<![\w./-])docker-compose(?=\s)")
_VALUED = frozenset({"-f", "--file", "-p", "--project-name", "--profile", "--env-file", "-t", "--timeout", "-u", "--user", "-w", "--workdir", "-e", "--env", "--index", "--project-directory", "--ansi", "-n", "--namespace", "-c", "--container", "--context", "--kubeconfig"})  # fmt: skip


def _old(case: Case) -> Iterator[Found]:
    """One finding a line, so that each can be mended; the same words, so that they can be shown as one."""
    seen: set[int] = set()
    for one in list_calls(case.runbook):
        line = one.call.command.line
        if one.call.name == "docker-compose" and line not in seen:
            seen.add(line)
            text = line_of(case.runbook, line)
            found = _OLD.search(text)
            if found and one.block.kind == "command":
                mend = Mend(line, line, _OLD.sub("docker compose", text))
                said = "docker-compose is Compose v1, whose support ended in July 2023: today it is `docker compose`."
                yield Found(line, said, column=found.start() + 1, width=len(found[0]), mend=mend)


def _terminal(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        call = one.call
        unattended = _unattended(one)
        if not unattended or call.name not in {"docker-compose", "docker", "podman"}:
            continue
        words = [word.text for word in call.arguments]
        if "exec" not in words:
            continue
        before = words[words.index("exec") + 1 :][:4]
        if call.name == "docker-compose":
            if any(word in {"-T", "--no-TTY", "-d", "--detach"} for word in before):
                continue
            said = f"docker-compose exec wants a terminal, and {unattended}: without -T it ends with “the input device is not a TTY”."
            yield found_call(case, one, "exec", said)
        elif any(re.fullmatch(r"-it|-ti", word) for word in before):
            said = f"{call.name} exec -it wants a terminal, and {unattended}: it ends with “the input device is not a TTY”."
            yield found_call(case, one, "exec", said)


def _unattended(one: Placed) -> str:
    """Why no terminal is there, "" if one may be."""
    feed = one.call.command.feed
    if feed is not None and feed.kind in {"pipe", "file", "text"}:
        return "its input is a " + {"pipe": "pipe", "file": "file", "text": "here-document"}[feed.kind]
    if one.block.text.lstrip().startswith("#!"):
        return "this script may run without one"
    heading = " ".join(one.block.heading[-1:])
    return "this runs from cron" if re.search(r"\bcron\b", heading, re.IGNORECASE) else ""


def _pulled(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        words = verb_of(one.call, _VALUED)
        if one.call.name in {"docker-compose", "podman-compose"}:
            yield from _with_tag(case, one, words)
        elif one.call.name in {"docker", "podman"} and words[:1] == ["compose"]:
            yield from _with_tag(case, one, words[1:])


def _with_tag(case: Case, one: Placed, words: list[str]) -> Iterator[Found]:
    if words[:1] not in (["pull"], ["up"], ["restart"], ["stop"], ["start"]):
        return
    for word in words[1:]:
        if re.fullmatch(r"[\w.-]+:[\w.-]+", word):
            said = f"compose {words[0]} takes the names of services, not image:tag: “no such service: {word}”, and the version stays as it is."
            yield found_call(case, one, word, said)


RULES = (
    Rule(
        "compose-v1",
        Severity.WARNING,
        "Compose is called as the plugin that it is today.",
        "docker-compose, Compose v1, reached the end of its support in July 2023 and is missing on machines that were set up since.",
        "`docker compose` (Compose v2, part of Docker since 20.10.13): same files, nearly the same options; containers are called project-service-1 with dashes instead of underscores.",
        "# Book\n\n## Restart\n\n```bash\ndocker-compose restart web\n```\n",
        "# Book\n\n## Restart\n\n```bash\ndocker compose restart web\n```\n",
        _old,
    ),
    Rule(
        "terminal-in-script",
        Severity.ERROR,
        "What runs without a person asks for no terminal.",
        "Compose v1 gives exec a terminal unless it is told not to, as `docker exec -it` does; from cron, a script or behind a pipe the command then fails before it begins.",
        "`docker compose exec -T`, `docker exec -i` (all versions); Compose v2 leaves the terminal out by itself where none is there.",
        "# Book\n\n## Load\n\n```bash\ncat shop.sql | docker-compose exec db psql shop\n```\n",
        "# Book\n\n## Load\n\n```bash\ncat shop.sql | docker compose exec -T db psql shop\n```\n",
        _terminal,
    ),
    Rule(
        "compose-takes-services",
        Severity.ERROR,
        "Compose is given names of services, not of images.",
        "Which image a service runs stands in the compose file: naming a tag on the command line fails, and the next `up -d` starts the same version again, so nothing was rolled back.",
        "Put the tag or digest into the compose file or its environment (`IMAGE_TAG=1.4.2 docker compose up -d web`), all versions.",
        "# Book\n\n## Back\n\n```bash\ndocker compose pull web:previous\ndocker compose up -d web\n```\n",
        "# Book\n\n## Back\n\n```bash\nIMAGE_TAG=1.4.2 docker compose up -d web\n```\n",
        _pulled,
    ),
)
