"""Read the services from runward.toml, and find the one that a document belongs to."""

import re
from collections.abc import Mapping
from fnmatch import fnmatch
from os.path import relpath
from pathlib import Path

from runward.foundation.config import Config
from runward.foundation.errors import Mistake
from runward.inventory.model import Service

SECTIONS = ("services",)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def read_services(config: Config) -> dict[str, Service]:
    """The services of a runward.toml by name; a Mistake names its line."""
    services = config.sections("services", Service)
    for name, service in services.items():
        if not _NAME.fullmatch(name):
            raise config.mistake(
                f"“{name}” cannot be a service's name", "services", name, hint="letters, digits, - and _"
            )
        _check_defaults(config, name, service)
    return {
        name: service.model_copy(
            update={"name": name, "folder": str(config.folder / Path(service.folder).expanduser())}
        )
        for name, service in services.items()
    }


def _check_defaults(config: Config, name: str, service: Service) -> None:
    marked: dict[str, str] = {}
    for target, one in service.targets.items():
        if one.default and one.kind in marked:
            message = f"both {marked[one.kind]} and {target} are the default {one.kind} of {name}"
            raise config.mistake(
                message, "services", name, "targets", target, hint="leave default = true at one of them"
            )
        if one.default:
            marked[one.kind] = target
    for target, one in service.targets.items():
        for called in one.answers_to:
            if called in service.targets and called != target:
                message = f"{target} answers to {called}, which is another target's name"
                raise config.mistake(message, "services", name, "targets", target, "answers_to")


def service_for(services: Mapping[str, Service], document: Path, config: Config, wanted: str = "") -> Service:
    """The service that a document is carried out for: the one wanted, the one that names it, or one without bindings."""
    if wanted:
        if wanted not in services:
            known = ", ".join(services) or "none is there"
            raise Mistake(
                f"there is no service “{wanted}”", file=str(config.path or ""), hint=f"services: {known}"
            )
        return services[wanted]
    naming = [service for service in services.values() if _names(service, document, config.folder)]
    if len(naming) == 1:
        return naming[0]
    if naming:
        names = ", ".join(service.name for service in naming)
        raise Mistake(
            f"{document.name} belongs to {len(naming)} services: {names}", file=str(config.path or ""),
            hint="say which with --service",
        )  # fmt: skip
    folder = str(config.folder if config.path else document.parent)
    return Service(folder=folder)


def _names(service: Service, document: Path, folder: Path) -> bool:
    own = Path(relpath(document.absolute(), folder.absolute())).as_posix()
    return any(own == Path(pattern).as_posix() or fnmatch(own, pattern) for pattern in service.documents)
