"""Read the tables that programs print: kubectl, docker, df, ps, psql, ls."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HEADING = re.compile(r"\S+(?: \S+)*")
_RULE = re.compile(r"[\s\-+|=]+")
_LISTING = re.compile(
    r"^[-dlbcps][-rwxsStTl]{9}[.+@]?\s+\d+\s+\S+\s+\S+\s+(?P<size>[\d.,]+[KMGT]?)\s+(?P<time>\w+\s+\d+\s+[\d:]+|\d{4}-\d\d-\d\d \S+)\s+(?P<name>.+)$"
)
_DIR = re.compile(
    r"^(?P<time>\d[\d./-]+\s+\d\d:\d\d(?:\s*[AP]M)?)\s+(?P<size>[\d.,'’\u202f]+)\s+(?P<name>\S.*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A table as text: its columns and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_in(text: str) -> tuple[Printed, ...]:
    """The tables in a text, however they are drawn."""
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).split("\n")]
    return tuple(table for table in (*_ruled(lines), *_headed(lines), *_listings(lines)) if table.rows)


def _ruled(lines: Sequence[str]) -> list[Printed]:
    """Tables with bars and a rule under their header, as psql and mysql draw them."""
    tables = []
    for number, line in enumerate(lines):
        bare = line.strip()
        above = lines[number - 1].strip() if number else ""
        if (
            number
            and above
            and _RULE.fullmatch(bare)
            and "-" in bare
            and not _RULE.fullmatch(above)
            and len(bare) > 2
        ):
            columns = _cells(above)
            body = []
            for row in lines[number + 1 :]:
                if not row.strip() or row.strip().startswith("(") or _RULE.fullmatch(row.strip()):
                    break
                cells = _cells(row)
                if len(cells) != len(columns):
                    break
                body.append(cells)
            tables.append(Printed(columns, tuple(body)))
    return tables


def _cells(line: str) -> tuple[str, ...]:
    bare = line.strip()
    bare = bare[1:-1] if bare.startswith("|") and bare.endswith("|") else bare
    return tuple(cell.strip() for cell in bare.split("|"))


def _headed(lines: Sequence[str]) -> list[Printed]:
    """Tables whose columns begin where their headings begin, or, failing that, are split at spaces."""
    tables = []
    for number, line in enumerate(lines):
        headings = [
            (found.start(), found[0]) for found in re.finditer(r"\S+(?: (?=\S)(?:of|on|%)\S*)?", line)
        ]
        names = [name for _, name in headings]
        if not _is_header(names) or (number and _is_header(lines[number - 1].split())):
            continue
        body = []
        for row in lines[number + 1 :]:
            if not row.strip():
                break
            body.append(_aligned(row, [start for start, _ in headings]) or _split(row, len(names)))
        tables.append(Printed(tuple(names), tuple(row for row in body if row)))
    return tables


def _is_header(names: Sequence[str]) -> bool:
    """Capitals throughout (kubectl, docker, ps), or df's own words."""
    if len(names) < 2 or any(re.fullmatch(r"[\d.]+[%KMGTi]*", name) for name in names):
        return False
    shouted = sum(name == name.upper() and bool(re.search(r"[A-Z]{2}|%", name)) for name in names)
    return (
        shouted >= max(2, len(names) - 1)
        or {"Use%", "Size"} <= set(names)
        or {"Use%", "Available"} <= set(names)
        or "Mounted on" in names
    )


def _aligned(row: str, starts: Sequence[int]) -> tuple[str, ...]:
    """The cells by the places of the headings; nothing where a cell runs over a border."""
    if any(start > 0 and len(row) > start and row[start - 1] != " " for start in starts[1:]):
        return ()
    ends = [*starts[1:], len(row)]
    return tuple(row[start:end].strip() for start, end in zip(starts, ends, strict=True))


def _split(row: str, count: int) -> tuple[str, ...]:
    cells = row.split(None, count - 1)
    return tuple(cells) if len(cells) == count else ()


def _listings(lines: Sequence[str]) -> list[Printed]:
    """Lists of files by `ls -l` and `dir`."""
    rows = []
    for line in lines:
        found = _LISTING.match(line.strip()) or _DIR.match(line.strip())
        if found:
            rows.append((found["size"], found["time"], found["name"]))
    return [Printed(("size", "time", "name"), tuple(rows))] if rows else []
