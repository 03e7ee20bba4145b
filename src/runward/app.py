"""Read what stands in runward.toml, once, for whatever is asked for."""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runward.foundation.config import Config, Settings, find_config, read_config, settings_of
from runward.foundation.errors import Mistake
from runward.foundation.storage.database import Database, parsed_url
from runward.inventory import read as inventory
from runward.inventory.model import Service
from runward.people import read as team
from runward.people.model import People, Person
from runward.people.permit import person_named

SECTIONS = ["runward", *inventory.SECTIONS, *team.SECTIONS]


@dataclass(frozen=True, slots=True)
class App:
    """What stands in runward.toml, read once; opening the database is a step of its own."""

    config: Config
    settings: Settings
    services: Mapping[str, Service]
    people: People

    def me(self, claimed: str = "") -> Person:
        """Who is asking: the operating system's user, or the person that was named explicitly."""
        return person_named(self.people, system_user(), claimed)

    def open_database(self) -> Database:
        """The database, its tables in their newest shape."""
        database = Database(self.settings.database_url)
        database.upgrade()
        return database

    def find_database(self) -> Database | None:
        """The database if there is one already; a SQLite file that is not there is not made by looking."""
        parsed = parsed_url(self.settings.database_url)
        if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
            return None
        return self.open_database()


def open_app(config: Path | None = None, beside: Path | None = None) -> App:
    """Read runward.toml: the one named, or the nearest one above a document or the current folder."""
    found = config or find_config(beside or Path.cwd())
    if config is not None and not config.is_file():
        raise Mistake("there is no such file", file=str(config), hint="`runward init` writes one")
    read = read_config(found)
    read.refuse_unknown(SECTIONS)
    return App(read, settings_of(read), inventory.read_services(read), team.read_people(read))


def system_user() -> str:
    """The operating system's user; behind sudo, the one who called it."""
    if os.geteuid() == 0 and os.environ.get("SUDO_USER"):
        return os.environ["SUDO_USER"]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
