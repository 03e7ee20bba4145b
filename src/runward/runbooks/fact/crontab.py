"""Read schedules out of code: crontab lines, systemd timers, log rotation, jobs of a cluster."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.fact.recurrences import DAYS, recurrence_of

_FIELD = r"(?:\*|\d{1,2}|[A-Za-z]{3})(?:-(?:\d{1,2}|[A-Za-z]{3}))?(?:/\d{1,2})?(?:,(?:\d{1,2}|[A-Za-z]{3})(?:-(?:\d{1,2}|[A-Za-z]{3}))?)*"
_EXPRESSION = re.compile(rf"[\d*][\d*,/-]*(?:\s+{_FIELD}){{4}}", re.IGNORECASE)
_LINE = re.compile(rf"#?\s*(?P<cron>[\d*][\d*,/-]*(?:[ \t]+{_FIELD}){{4}})[ \t]+(?P<command>\S.*)")
_NICKNAME = re.compile(
    r"@(?P<name>hourly|daily|midnight|weekly|monthly|yearly|annually|reboot)\s+(?P<command>\S.*)"
)
_NICKNAMES: Mapping[str, Mapping[str, object]] = {
    "hourly": {"every": "hour"},
    "daily": {"every": "day", "at": "00:00", "cron": "0 0 * * *"},
    "midnight": {"every": "day", "at": "00:00", "cron": "0 0 * * *"},
    "weekly": {"every": "week", "on": "sunday", "at": "00:00", "cron": "0 0 * * 0"},
    "monthly": {"every": "month", "day": 1, "at": "00:00", "cron": "0 0 1 * *"},
    "yearly": {"every": "year"},
    "annually": {"every": "year"},
    "reboot": {"trigger": "after every reboot"},
}
_USER = re.compile(r"(?:root|postgres|www-data|nobody|deploy|ubuntu)\s+(?=\S)")
_LEADING = re.compile(r"(?:(?:[A-Z_][A-Z0-9_]*=\S+|cd \S+ (?:&&|;))\s+)*")
_ROTATED = re.compile(r"(?P<path>/\S+(?:\s+/\S+)*)\s*\{\s*")
_ROTATES = re.compile(r"\s*(?P<rhythm>hourly|daily|weekly|monthly|yearly)\s*")
_TIMER = re.compile(r"\s*OnCalendar\s*=\s*(?P<when>.+?)\s*")
_CALENDAR = re.compile(
    r"(?:(?P<days>[A-Za-z]{3}(?:,[A-Za-z]{3})*)\s+)?(?:\*-\*-(?P<date>\*|\d{1,2})\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?:\s+(?P<zone>UTC|[A-Z][a-z]+/[A-Za-z_]+))?"
)
_DESCRIPTION = re.compile(r"^\s*Description\s*=\s*(?P<what>.+?)\s*$", re.MULTILINE)
_JOB = re.compile(r"^\s*(?:-\s*)?(?:schedule|cron)\s*:\s*[\"']?(?P<cron>[\d*][^\"'#]+?)[\"']?\s*(?:#.*)?$")
_NAMED = re.compile(r"^\s{0,4}name\s*:\s*[\"']?(?P<name>[^\"'#\n]+)", re.MULTILINE)
_SHORT_DAYS = {day[:3]: day for day in DAYS}
_QUARTERS = frozenset({"*/3", "1,4,7,10"})


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of code that says when something is due: its place among the lines, what, and when."""

    line: int
    task: str
    when: Mapping[str, object]


def planned_in(text: str) -> Iterator[Planned]:
    """What the code of one block plans."""
    lines = text.split("\n")
    if " *" in text or "@" in text:
        yield from _each(lines, lambda line, number: _crontab(line.strip(), number, lines))
    if "OnCalendar" in text:
        yield from _each(lines, lambda line, number: _timer(line, number, text))
    if "cron:" in text or "schedule:" in text:
        yield from _each(lines, lambda line, number: _job(line, number, text))
    if "{" in text and "ly\n" in text:
        yield from _rotations(lines)


def _each(lines: list[str], look: Callable[[str, int], Planned | None]) -> Iterator[Planned]:
    return (found for number, line in enumerate(lines) if (found := look(line, number)))


def _crontab(line: str, number: int, lines: list[str]) -> Planned | None:
    found = _LINE.fullmatch(line)
    if found and _is_command(found["command"]):
        when = cron_of(found["cron"])
        return Planned(number, _task(found["command"], number, lines), when) if when else None
    nickname = _NICKNAME.fullmatch(line)
    if nickname:
        return Planned(number, _task(nickname["command"], number, lines), _NICKNAMES[nickname["name"]])
    return None


def _is_command(words: str) -> bool:
    """Whether what follows five fields is run, and is not the rest of a table or of a sum."""
    return bool(re.match(r"[\w./~\"$({\[-]", words)) and not re.match(r"\d+\s|\*", words)


def _task(command: str, number: int, lines: list[str]) -> str:
    """What the comment above says, else the command up to where it is joined or redirected."""
    above = lines[number - 1].strip() if number else ""
    several = len(set(re.findall(r"\b(?:hourly|daily|weekly|monthly)\b", above.lower()))) > 1
    if (
        above.startswith("#")
        and not several
        and 3 < len(above) < 80
        and not _LINE.fullmatch(above)
        and not re.match(
            r"#\s*(?:add|m h|┌|in |edit|/etc|\*|or|then|example|.*(?:crontab|cron|hinzufügen|добав))",
            above,
            re.IGNORECASE,
        )
    ):
        return above.lstrip("# ").rstrip(":. ")
    if command.endswith("\\") and number + 1 < len(lines):
        command = f"{command[:-1].rstrip()} {lines[number + 1].strip(' #')}"
    words = _LEADING.sub("", _USER.sub("", command, count=1))
    first = re.split(r"\s(?:&&|\|\||\||>>?|2>&1|;|\\$)", words)[0].strip()
    return first if first and first != "\\" else "scheduled command"


@lru_cache(maxsize=1024)
def cron_of(expression: str) -> Mapping[str, object] | None:
    """A cron expression as a schedule; None if it is none."""
    fields = expression.split()
    if len(fields) != 5 or not _EXPRESSION.fullmatch(" ".join(fields)) or not _in_range(fields):
        return None
    minute, hour, date, month, day = fields
    cron = {"cron": " ".join(fields)}
    if not (minute.isdigit() and hour.isdigit()):
        return _short_rhythm(fields) | cron
    at = {"at": f"{int(hour):02d}:{int(minute):02d}"}
    if date == "*" and month == "*":
        on = _days_of(day)
        return (
            (
                {"every": "day"}
                if day == "*"
                else {"every": "day", "on": "weekdays"}
                if day.upper() in {"1-5", "MON-FRI"}
                else {"every": "week"} | on
            )
            | at
            | cron
        )
    if day == "*" and date.isdigit() and month in _QUARTERS | {"*"}:
        return {"every": "month" if month == "*" else "quarter", "day": int(date)} | at | cron
    return at | cron


def _in_range(fields: list[str]) -> bool:
    highest = (59, 23, 31, 12, 7)
    return all(
        int(number) <= most
        for one, most in zip(fields, highest, strict=True)
        for number in re.findall(r"(?<!/)\b\d+", one)
    )


def _short_rhythm(fields: list[str]) -> dict[str, object]:
    """What is due more than once a day."""
    minute, hour, *rest = fields
    if rest != ["*", "*", "*"]:
        return {}
    step = re.fullmatch(r"\*/(\d+)", minute)
    if step and hour == "*":
        return {"every": "minute", "interval": int(step[1])}
    if minute == "*" and hour == "*":
        return {"every": "minute"}
    if not minute.isdigit():
        return {}
    step = re.fullmatch(r"\*/(\d+)", hour)
    return {"every": "hour", "interval": int(step[1])} if step else {"every": "hour"} if hour == "*" else {}


def _days_of(field: str) -> dict[str, object]:
    names = []
    for part in field.split(","):
        if part.isdigit():
            names.append(DAYS[int(part) % 7])
        elif part.lower() in _SHORT_DAYS:
            names.append(_SHORT_DAYS[part.lower()])
        else:
            return {}
    return {"on": names[0] if len(names) == 1 else names}


def _timer(line: str, number: int, text: str) -> Planned | None:
    found = _TIMER.fullmatch(line)
    when = calendar_of(found["when"]) if found else None
    described = _DESCRIPTION.search(text)
    return Planned(number, described["what"] if described else "timer", when) if when else None


@lru_cache(maxsize=256)
def calendar_of(text: str) -> Mapping[str, object] | None:
    """A systemd calendar expression as a schedule; None where it is none that we read."""
    if text.lower() in _NICKNAMES:
        return (
            _NICKNAMES[text.lower()]
            if text.lower() != "weekly"
            else {"every": "week", "on": "monday", "at": "00:00", "cron": "0 0 * * 1"}
        )
    found = _CALENDAR.fullmatch(text)
    if not found:
        return None
    at = f"{int(found['hour']):02d}:{found['minute']}"
    if found["date"] and found["date"] != "*":
        words = f"on the {int(found['date'])}th of the month at {at}"
    elif found["days"]:
        words = f"{' and '.join(found['days'].title().split(','))} at {at}"
    else:
        words = f"daily at {at}"
    when = recurrence_of(words)
    return {**when, **({"zone": found["zone"]} if found["zone"] else {})} if when else None


def _job(line: str, number: int, text: str) -> Planned | None:
    """The schedule of a job of a cluster or of a workflow."""
    found = _JOB.fullmatch(line)
    when = cron_of(found["cron"]) if found else None
    if not when:
        return None
    names = [one["name"].strip() for one in _NAMED.finditer("\n".join(text.split("\n")[:number]))]
    return Planned(number, names[-1] if names else "", when)


def _rotations(lines: list[str]) -> Iterator[Planned]:
    path = ""
    for number, line in enumerate(lines):
        opened = _ROTATED.fullmatch(line.strip())
        rotates = _ROTATES.fullmatch(line) if path else None
        if opened:
            path = opened["path"]
        elif line.strip() == "}":
            path = ""
        elif rotates and (when := recurrence_of(rotates["rhythm"])):
            yield Planned(number, f"log rotation of {path}", when)
