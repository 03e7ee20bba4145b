"""See how full a disk is and what takes the room."""

import time
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from runward.foundation.errors import Rejected
from runward.plugins.contracts import Action, Span, Table, Tools, in_thread, table_of_rows
from runward.plugins.filesystems import fullness, held_open, weighed

_DISK = ("mount", "used_percent", "inodes_percent", "size_bytes", "used_bytes", "free_bytes")
_FOLDERS = ("folder", "folder_bytes", "files")
_HELD = ("deleted", "held_bytes", "pid", "program")


class DiskUsage(Action):
    """See how full the file system of a path is, its largest folders, and what is deleted but still held open.

    The room of a deleted file comes back only when the last process that has it open closes it. Folders are
    weighed on this file system only and for a limited time.
    """

    targets: ClassVar = ("folder",)
    columns: ClassVar = (*_DISK, *_FOLDERS, *_HELD)

    path: str = Field("", description="A folder on this machine, instead of a target of kind folder.")
    depth: int = Field(3, ge=1, le=10, description="Weigh folders so many levels down.")
    at_most: int = Field(10, ge=1, le=200, description="So many of the largest.")
    most_time: Span = Field("30s", validate_default=True, description="Weigh for no longer than this.")

    @property
    def needs_target(self) -> bool:
        """Not where a path is given."""
        return not self.path

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """The disk, its largest folders, what is held open."""
        return await in_thread(self._look, tools.folder / (self.path or tools.address))

    def _look(self, folder: Path) -> tuple[Table, ...]:
        top = folder.expanduser().resolve()
        if not top.is_dir():
            raise Rejected(f"there is no folder {top}")
        found = weighed(top, self.depth, time.monotonic() + self.most_time.total_seconds())
        remarks = (
            []
            if found.whole
            else [f"not all was weighed within {self.most_time.total_seconds():g} s: the sums are too low"]
        )
        rows = [
            {"folder": name, "folder_bytes": room, "files": count}
            for name, (room, count) in found.folders.items()
        ]
        rows.sort(key=lambda row: (-int(str(row["folder_bytes"])), str(row["folder"])))
        device = top.stat().st_dev
        gone = {
            one.inode: one for one in held_open() if one.device == device and one.path.endswith(" (deleted)")
        }
        held = [{"deleted": one.path.removesuffix(" (deleted)"), "held_bytes": one.bytes, "pid": one.pid, "program": one.program}
                for one in sorted(gone.values(), key=lambda one: (-one.bytes, one.pid))]  # fmt: skip
        return (
            table_of_rows("disk", _DISK, [fullness(top)]),
            table_of_rows("largest folders", _FOLDERS, rows[: self.at_most], remarks, len(rows)),
            table_of_rows("deleted but held open", _HELD, held[: self.at_most], count=len(held)),
        )
