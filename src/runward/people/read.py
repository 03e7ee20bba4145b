"""Read the team and its rules from runward.toml."""

from runward.foundation.config import Config
from runward.people.model import Approvals, Member, People

SECTIONS = ("people", "approvals")


def read_people(config: Config) -> People:
    """The people and approvals of a runward.toml; a Mistake names its line."""
    people = config.sections("people", Member)
    approvals = config.section("approvals", Approvals)
    for name in approvals.approvers:
        _know(config, people, name, "approvals", "approvers")
    for service, own in approvals.services.items():
        for name in own.approvers or ():
            _know(config, people, name, "approvals", "services", service, "approvers")
    return People(people, approvals)


def _know(config: Config, people: dict[str, Member], name: str, *keys: str) -> None:
    roles = {role for member in people.values() for role in member.roles}
    known = name.removeprefix("role:") in roles if name.startswith("role:") else name in people
    if people and not known:
        hint = "add them under [people], or mend the name"
        raise config.mistake(f"the approver “{name}” is not among the people", *keys, hint=hint)
