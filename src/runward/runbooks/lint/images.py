"""Rules about container images: which one runs, whether it was tested, and when it is looked through."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import (
    calls_between,
    line_of,
    list_named,
    marked,
    stretch_of,
    text_around,
)
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of

_LATEST = re.compile(r"(?:^|=)[\w./$%{}-]*[\w}]:latest$")
_SCANNERS = ("trivy", "grype", "snyk", "clair-scanner")
_PRODUCTION = re.compile(r"prod", re.IGNORECASE)
_TRYING = re.compile(
    r"\b(?:local|locally|develop(?:ment)?|dev|playground|minikube|kind|try it)\b", re.IGNORECASE
)
_PUBLISHED = re.compile(
    r"prod|deploy|releas|\bpush\b|staging|rollback|roll back|\bset image\b", re.IGNORECASE
)
_COMPOSE = words_of(
    "-f --file -p --project-name --profile --env-file --project-directory --scale --timeout -t"
)


def _latest(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "docker", "podman", "kubectl", "oc", "helm"):
        tagged = _tagged_latest(placed.call)
        if not tagged or _has_other_tag(case, placed, tagged) or _TRYING.search(_title(case, placed)):
            continue
        if "/" not in tagged and not _PUBLISHED.search(text_around(case.runbook, line_of(placed))):
            continue  # built where it is tried
        said = f"{tagged} is whatever was pushed last: which version runs cannot be told, and there is nothing to go back to."
        yield marked(case.runbook, line_of(placed), tagged, said)


def _tagged_latest(call: Call) -> str:
    """The image with the tag "latest" that a call makes, publishes or deploys, "" if there is none."""
    words = [word.text for word in call.arguments]
    verb = next((one for one in words if not one.startswith("-")), "")
    if call.name in {"docker", "podman"} and verb in {"build", "buildx", "push", "tag"}:
        named = words[-1:] if verb == "tag" else words
        at = [one for one in named if _LATEST.search(one)]
        return at[-1].partition("=")[2] or at[-1] if at else ""
    if call.name in {"kubectl", "oc"} and verb == "set" and "image" in words:
        return next((one.rpartition("=")[2] for one in words if _LATEST.search(one)), "")
    if call.name == "helm" and verb in {"upgrade", "install"}:
        return next((one for one in words if re.search(r"(?:^|\.)tag=latest$", one)), "")
    return ""


def _has_other_tag(case: Case, placed: Placed, tagged: str) -> bool:
    """Whether the same image gets a tag of its own too, in the same place."""
    image = tagged.removesuffix(":latest").rpartition("=")[2]
    around = calls_between(case.runbook, *stretch_of(case.runbook, line_of(placed)))
    mine = [one for one in around if one.call.name in {"docker", "podman"}]
    others = [
        word.text
        for one in mine
        for word in one.call.arguments
        if word.text.startswith(f"{image.rpartition('/')[2]}:") or f"{image}:" in word.text
    ]
    return any(not one.endswith(":latest") for one in others)


def _title(case: Case, placed: Placed) -> str:
    return " ".join((case.runbook.title, *placed.block.heading))


def _rebuilt(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "docker", "docker-compose"):
        words = [word.text for word in placed.call.arguments]
        if "up" not in words or "--build" not in words:
            continue
        files = options_of(placed.call.arguments, _COMPOSE).values("-f", "--file")
        production = next((one.text for one in files if _PRODUCTION.search(one.text)), "")
        if production:
            said = f"up --build makes a new image for {production}: not the one that was tested, and not the same again when it must come back."
            yield marked(case.runbook, line_of(placed), "--build", said)


def _scanned_late(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_SCANNERS):
        if placed.call.name in {"trivy", "snyk"} and not placed.call.has("image", "container"):
            continue
        before = calls_between(case.runbook, placed.block.first_line, line_of(placed) - 1)
        scanned = any(one.call.name in _SCANNERS for one in before)
        deployed = next((one for one in before if _deploys(one.call)), None)
        if deployed and not scanned:
            did = deployed.call.command.text.split("\n")[0].strip(" \\")
            said = f"It looks for known weaknesses when the image already runs (line {line_of(deployed)}: {did})."
            yield marked(case.runbook, line_of(placed), placed.call.name, said)


def _deploys(call: Call) -> bool:
    words = [word.text for word in call.arguments]
    verbs = [one for one in words if not one.startswith("-")]
    if call.name in {"docker-compose", "docker", "podman"}:
        return (
            "up" in words
            or (call.name != "docker-compose" and verbs[:1] == ["run"] and "-d" in words)
            or verbs[:2] == ["stack", "deploy"]
        )
    if call.name in {"kubectl", "oc"}:
        return (verbs[:1] == ["apply"] and "://" not in " ".join(words)) or verbs[:2] in (
            ["set", "image"],
            ["rollout", "restart"],
        )
    return call.name == "helm" and verbs[:1] in (["upgrade"], ["install"])


def _scaled_by_name(case: Case) -> Iterator[Found]:
    names = dict(reversed(tuple(_container_names(case))))
    for placed in list_named(case, "docker", "docker-compose"):
        words = [word.text for word in placed.call.arguments]
        if "up" not in words and "scale" not in words:
            continue
        for at, word in enumerate(words):
            given = (
                word.partition("=")[2]
                if word.startswith("--scale=")
                else words[at + 1]
                if word == "--scale" and at + 1 < len(words)
                else ""
            )
            service, _, count = given.partition("=")
            near = (
                abs(names.get(service, -9_999) - line_of(placed)) <= 600
            )  # a book of many parts speaks of others
            if near and service in names and service[0].isalnum() and count.isdigit() and int(count) > 1:
                said = (
                    f"Line {names[service]} speaks to a container named {service}: with that container_name Compose refuses a second one, and without"
                    f" it no container is called {service}. A fixed host port would refuse too."
                )
                yield marked(case.runbook, line_of(placed), f"--scale {given}", said)


def _container_names(case: Case) -> Iterator[tuple[str, int]]:
    for placed in list_named(case, "docker"):
        words = [word.text for word in placed.call.arguments]
        if words[:1] and words[0] in {"logs", "exec", "restart", "inspect", "stop", "stats"}:
            options = options_of(
                placed.call.arguments[1:],
                words_of("-u -e -w --tail --since --until -n -f --format -t"),
                stop=words[0] == "exec",
            )
            if options.rest:
                yield options.rest[0].text, line_of(placed)


RULES = (
    Rule(
        id="image-tagged-latest",
        severity=Severity.WARNING,
        title="An image is built, published or deployed under the tag latest.",
        why="The tag moves: two machines run different images under one name, and a rollback has no name to go back to.",
        right="A tag that never moves (the commit, the version) or the digest, promoted unchanged from test to production.",
        bad=example(
            "Release",
            "bash",
            "docker build -t registry.shop.example/api:latest .",
            "docker push registry.shop.example/api:latest",
        ),
        good=example(
            "Release", "bash", "docker build -t registry.shop.example/api:$(git rev-parse --short HEAD) ."
        ),
        look=_latest,
    ),
    Rule(
        id="image-rebuilt-for-production",
        severity=Severity.WARNING,
        title="Production starts an image that is built there and then.",
        why="A build fetches whatever its sources hold that day: what was tested in staging is another image.",
        right="Build once, test that image, push it, and start it in production by tag or digest (`docker compose pull` and `up -d --no-build`).",
        bad=example("Release", "bash", "docker compose -f compose.prod.yml up -d --build"),
        good=example(
            "Release",
            "bash",
            "docker compose -f compose.prod.yml pull",
            "docker compose -f compose.prod.yml up -d --no-build",
        ),
        look=_rebuilt,
    ),
    Rule(
        id="image-scanned-late",
        severity=Severity.WARNING,
        title="An image is scanned after it was deployed.",
        why="The scan's exit code stops nothing any more: what it finds is already running.",
        right="Pull or build, scan the very digest, back up, deploy, look at its health.",
        bad=example(
            "Update",
            "bash",
            "docker compose pull",
            "docker compose up -d",
            "trivy image --exit-code 1 shop/api:1.4",
        ),
        good=example(
            "Update",
            "bash",
            "docker compose pull",
            "trivy image --exit-code 1 shop/api:1.4",
            "docker compose up -d",
        ),
        look=_scanned_late,
    ),
    Rule(
        id="scaled-by-name",
        severity=Severity.WARNING,
        title="A Compose service is scaled that the same document calls by a container's name.",
        why="Copies of a service cannot share a container_name or a host port, and commands by container name find nothing once there are several.",
        right="No container_name and no fixed host port on what is scaled, a proxy in front, and `docker compose logs SERVICE` (Compose 2) for all copies.",
        bad=example("More load", "bash", "docker logs --tail 50 api", "docker compose up -d --scale api=3"),
        good=example(
            "More load", "bash", "docker compose logs --tail 50 api", "docker compose up -d --scale api=3"
        ),
        look=_scaled_by_name,
    ),
)
