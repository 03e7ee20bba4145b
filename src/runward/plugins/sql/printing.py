"""Print what a statement returned the way people know it from psql."""

from runward.plugins.contracts import Table
from runward.plugins.sql.executing import Returned

_WIDEST = 200
_NUMBERS = frozenset({"int2", "int4", "int8", "oid", "float4", "float8", "numeric", "money"})


def printed(table: Table) -> str:
    """Columns, rows and count, or the tag alone; the notices first."""
    lines = list(table.notices)
    if not table.columns:
        return "\n".join([*lines, table.tag, ""])
    rows = [[_shown(value) for value in row] for row in table.rows]
    widths = [
        min(_WIDEST, max([len(name), *(len(line) for row in rows for line in row[place].split("\n"))]))
        for place, name in enumerate(table.columns)
    ]
    lines.append(
        " | ".join(name.center(width) for name, width in zip(table.columns, widths, strict=True)).rstrip()
    )
    lines.append("-+-".join("-" * width for width in widths))
    for row in rows:
        cells = zip(row, widths, table.types, strict=True)
        lines.append(
            " | ".join(
                cell.rjust(width) if kind in _NUMBERS else cell.ljust(width) for cell, width, kind in cells
            ).rstrip()
        )
    kept = f", the first {len(rows)} shown" if len(rows) < table.count else ""
    lines.append(f"({table.count} row{'' if table.count == 1 else 's'}{kept})")
    return "\n".join([*lines, ""])


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).replace("\n", "↵")


def table_of(
    line: int, statement: str, returned: Returned, notices: tuple[str, ...], *, read_only: bool
) -> Table:
    """The statement's answer as a table."""
    return Table(
        line=line,
        statement=statement,
        columns=returned.columns,
        types=returned.types,
        rows=tuple(returned.rows),
        count=returned.count,
        tag=returned.tag,
        notices=notices,
        took_seconds=round(returned.took, 6),
        read_only=read_only,
    )
