"""Say in words when a schedule is due: "every month on the first monday at 09:00"."""

from collections.abc import Mapping, Sequence

_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}


def when_words(value: Mapping[str, object]) -> str:
    """A schedule in words: "every month on the first monday at 09:00"."""
    if "trigger" in value:
        return str(value["trigger"])
    if "relative_to" in value:
        return _relative(value)
    words = [_every(value)] if "every" in value else []
    if "on" in value or "day" in value:
        words.append(_day(value))
    if "at" in value:
        words.append(f"at {value['at']}{' ' + str(value['zone']) if 'zone' in value else ''}")
    return " ".join(words) or f"cron {value.get('cron', '')}".strip()


def _every(value: Mapping[str, object]) -> str:
    interval = value.get("interval", 1)
    if "times" in value:
        return f"{value['times']} times every {value['every']}"
    return f"every {value['every']}" if interval == 1 else f"every {interval} {value['every']}s"


def _day(value: Mapping[str, object]) -> str:
    if "day" in value:
        return f"on day {value['day']}"
    on = value["on"]
    days = (
        " and ".join(str(day) for day in on)
        if isinstance(on, Sequence) and not isinstance(on, str)
        else str(on)
    )
    nth = value.get("nth")
    return f"on the {_NTH.get(nth, nth)} {days}" if isinstance(nth, int) else f"on {days}"


def _relative(value: Mapping[str, object]) -> str:
    event = value["relative_to"]
    if "week" in value:
        return f"in week {value['week']} from the {event}"
    offset = str(value.get("offset", ""))
    if offset in {"before", "during", "after"}:
        return f"{offset} the {event}"
    return f"{offset[1:]} before the {event}" if offset.startswith("-") else f"{offset} after the {event}"
