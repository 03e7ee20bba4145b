"""Make room by putting logs away, without losing what they say."""

from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PlainValidator

from runward.foundation.errors import Rejected
from runward.plugins.contracts import Action, Table, Tools, in_thread, rows_of, table_of_rows
from runward.plugins.filesystems import Held, held_open
from runward.plugins.rotating import Away, Refused, copied_away, put_back, renamed_away, unpacked

_SHOWN = ("file", "bytes", "changed_at", "written_by", "inode")
_DONE = ("file", "outcome", "bytes", "archive", "archive_bytes", "digest")
_AWAY = "put away"
_BACK = "put back"
_GONE = (
    "left alone: another file has its name since it was approved",
    "left alone: No such file or directory",
)
_UNITS = {"B": 1, "": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Bytes(int):
    """A number of bytes that people read as they write it: 100M."""

    def __str__(self) -> str:
        """With the largest unit that leaves a whole number."""
        unit = max((unit for unit, size in _UNITS.items() if not self % size), key=lambda unit: _UNITS[unit])
        return f"{int(self) // _UNITS[unit]}{unit}"


def _size(text: Any) -> Bytes:
    word = str(text).strip().upper().removesuffix("IB") or "?"
    unit = word[-1] if word[-1].isalpha() else ""
    number = word.removesuffix(unit).strip()
    if unit not in _UNITS or not number.replace(".", "", 1).isdigit():
        raise ValueError(f"“{text}” is not a size; write it like 500K, 100M or 2G")
    return Bytes(float(number) * _UNITS[unit])


Size = Annotated[int, PlainValidator(_size)]


class LogsRotate(Action):
    """Put logs away and keep what they say: exactly those files that were shown and approved.

    `copy` compresses a copy, proves it, and empties the log under its writer, who notices nothing. `rename`
    gives the log another name and a new one its place, for writers that can be told to open their log anew.
    """

    effect: ClassVar = "change"
    targets: ClassVar = ("folder",)
    columns: ClassVar = _DONE
    marks: ClassVar = ("inode",)
    shows: ClassVar = "the logs that would be put away"
    undoes: ClassVar = "puts the lines back at the beginning of their logs, where no process has them open"

    path: str = Field(
        "", description="The folder of the logs on this machine, instead of a target of kind folder."
    )
    match: str = Field("*.log", description="Which files in it, by name.")
    larger_than: Size = Field(
        "100M", validate_default=True, description="Only those larger than this: 500K, 100M, 2G."
    )
    way: Literal["copy", "rename"] = Field(
        "copy", description="copy or rename, as the logs' writer needs it."
    )
    to: str = Field(
        "", description="The folder for what is put away; the logs' own if not given. It must be there."
    )
    at_most: int = Field(50, ge=1, le=500, description="No more than so many files, the largest first.")

    @property
    def needs_target(self) -> bool:
        """Not where a path is given."""
        return not self.path

    async def preview(self, tools: Tools) -> Table:
        """The files, with who writes to them."""
        folder = self._folder(tools)
        return await in_thread(self._listed, folder)

    def _folder(self, tools: Tools) -> Path:
        return _existing(tools.folder / (self.path or tools.address))

    def _listed(self, folder: Path) -> Table:
        files = [
            one
            for one in folder.iterdir()
            if fnmatch(one.name, self.match) and one.is_file() and not one.is_symlink()
        ]
        found = sorted(
            ((one.stat(), one) for one in files), key=lambda pair: (-pair[0].st_size, pair[1].name)
        )
        large = [(stat, one) for stat, one in found if stat.st_size > self.larger_than]
        writers = _writers()
        rows = [
            {"file": str(one), "bytes": stat.st_size, "changed_at": datetime.fromtimestamp(stat.st_mtime, UTC),
             "written_by": _spoken(writers.get((stat.st_dev, stat.st_ino), [])), "inode": stat.st_ino}
            for stat, one in large[: self.at_most]
        ]  # fmt: skip
        remarks = (
            [f"{len(large) - self.at_most} more are left for another time: at_most is {self.at_most}"]
            if len(large) > self.at_most
            else []
        )
        return table_of_rows("logs", _SHOWN, rows, remarks)

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """Put them away, one after the other."""
        away = _existing(tools.folder / self.to) if self.to else self._folder(tools)
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        done = []
        for row in rows_of(approved):
            done.append(await in_thread(self._one, row, away, stamp))
            tools.say(f"{row['file']}: {done[-1]['outcome']}")
        return (table_of_rows("logs", _DONE, done),)

    def _one(self, row: dict[str, Any], away: Path, stamp: str) -> dict[str, Any]:
        log = Path(row["file"])
        try:
            made = self._moved(log, away / f"{log.name}.{stamp}", int(row["inode"]))
        except Refused as refusal:
            return {"file": row["file"], "outcome": f"left alone: {refusal}", "bytes": row["bytes"]}
        return {"file": row["file"], "outcome": _AWAY, "bytes": made.bytes, "archive": str(made.archive),
                "archive_bytes": made.archive.stat().st_size, "digest": made.digest}  # fmt: skip

    def _moved(self, log: Path, archive: Path, inode: int) -> Away:
        if self.way == "rename":
            return renamed_away(log, archive, inode)
        for held in _writers().get((log.stat().st_dev, inode), []) if log.exists() else []:
            if not held.appends:
                raise Refused(
                    f"{held.program} ({held.pid}) does not append to it: emptied, it would become a file full of nothing"
                )
        return copied_away(log, archive.with_name(f"{archive.name}.gz"), inode)

    async def verify(self, tools: Tools, done: tuple[Table, ...]) -> tuple[str, ...]:
        """The archives hold what the logs held."""
        return await in_thread(_proven, rows_of(done[0]))

    async def undo(self, tools: Tools, done: Table) -> tuple[Table, ...]:
        """Put the lines back."""
        rows = [await in_thread(_returned, row) for row in rows_of(done) if row["outcome"] == _AWAY]
        for row in rows:
            tools.say(f"{row['file']}: {row['outcome']}")
        return (table_of_rows("logs", _DONE, rows),)


def _existing(folder: Path) -> Path:
    found = folder.expanduser().resolve()
    if not found.is_dir():
        raise Rejected(f"there is no folder {found}")
    return found


def _writers() -> dict[tuple[int, int], list[Held]]:
    """Who has which file open to write into it."""
    found: dict[tuple[int, int], list[Held]] = {}
    for held in held_open():
        if held.writes:
            found.setdefault((held.device, held.inode), []).append(held)
    return found


def _spoken(writers: list[Held]) -> str:
    return ", ".join(dict.fromkeys(f"{one.program} ({one.pid})" for one in writers))


def _proven(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    troubles = []
    for row in rows:
        if row["outcome"] != _AWAY:
            troubles += [] if row["outcome"] in _GONE else [f"{row['file']}: {row['outcome']}"]
            continue
        archive = Path(row["archive"])
        if row["digest"] and unpacked(archive) != (row["bytes"], row["digest"]):
            troubles.append(f"{archive} does not hold what {row['file']} held")
        elif not archive.is_file():
            troubles.append(f"{archive} is not there")
    return tuple(troubles)


def _returned(row: dict[str, Any]) -> dict[str, Any]:
    log = Path(row["file"])
    was_copied = bool(row["digest"])
    writers = _writers().get((log.stat().st_dev, log.stat().st_ino), []) if log.is_file() else []
    if writers and was_copied:
        return {**row, "outcome": f"left alone: {_spoken(writers)} has it open; its archive stays"}
    try:
        put_back(log, Path(row["archive"]), was_copied=was_copied)
    except Refused as refusal:
        return {**row, "outcome": f"left alone: {refusal}"}
    return {**row, "outcome": _BACK}
