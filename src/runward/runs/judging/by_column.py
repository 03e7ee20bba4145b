"""Judge columns of SQL results and of the tables that programs print; every row must do."""

from collections.abc import Sequence

from runward.runbooks.expectation.statements import shared, subjects_of
from runward.runbooks.model import Expectation
from runward.runs.judging.figures import figure_of
from runward.runs.judging.measured import ruling_on
from runward.runs.judging.printed import tables_in
from runward.runs.judging.ruling import Ruling, unknown, worst_of
from runward.runs.model import Met
from runward.runs.outcome import Seen

_FINISHED = frozenset({"completed", "succeeded"})  # a job's pod that has done its work does not run


def column(expectation: Expectation, seen: Seen) -> Ruling:
    """The column that the expectation names, in whatever table the block returned or printed."""
    tables = _tables(expectation, seen)
    if not tables:
        return unknown(f"block {seen.block} returned no table")
    chosen = [
        (columns, rows, found) for columns, rows in tables if (found := _columns(columns, expectation.name))
    ]
    named = [one for one in chosen if expectation.name.lower() in map(str.lower, one[0])]
    chosen = named or chosen  # where one table has the very column, another's that is alike is not meant
    if not chosen:
        names = ", ".join(dict.fromkeys(name for columns, _ in tables for name in columns))
        return unknown(f"no column is named like “{expectation.name}” (block {seen.block} has {names[:120]})")
    several = {columns[place] for columns, _, found in chosen for place in found}
    if len(chosen[0][2]) > 1:
        return unknown(
            f"several columns could be meant by “{expectation.name}”: {', '.join(sorted(several))}"
        )
    rulings = [_of_table(expectation, seen, columns, rows, found[0]) for columns, rows, found in chosen]
    return worst_of(rulings)


def _tables(expectation: Expectation, seen: Seen) -> list[tuple[tuple[str, ...], Sequence[Sequence[object]]]]:
    returned: list[tuple[tuple[str, ...], Sequence[Sequence[object]]]] = [
        (table.columns, table.rows) for table in seen.tables_at(expectation.at) if table.columns
    ]
    if returned:
        return returned
    return [(table.columns, table.rows) for table in tables_in(seen.text_at(expectation.at))]


def _columns(columns: Sequence[str], name: str) -> list[int]:
    """The places of the columns meant: by exact name, else by the most words in common."""
    exact = [place for place, one in enumerate(columns) if one.lower() == name.lower()]
    if exact:
        return exact[:1] if len({columns[place] for place in exact}) == 1 and len(exact) == 1 else exact
    subjects = subjects_of(name)
    scores = [shared(subjects, subjects_of(one)) for one in columns]
    top = max(scores, default=0)
    return [place for place, score in enumerate(scores) if score == top] if top else []


def _of_table(
    expectation: Expectation, seen: Seen, columns: Sequence[str], rows: Sequence[Sequence[object]], place: int
) -> Ruling:
    name = columns[place]
    where = f"block {seen.block}"
    rows = [row for row in rows if not _is_finished(expectation, row[place])]
    if not rows:
        return unknown(f"the result has no row, so {name} says nothing ({where})")
    rulings = [
        ruling_on(row[place], name, expectation, f"{where}, row {number}" if len(rows) > 1 else where)
        for number, row in enumerate(rows, 1)
    ]
    rulings += _ready(expectation, columns, rows, where)
    bad = [(row, one) for row, one in zip([*rows, *rows], rulings, strict=False) if one.met is Met.NOT_MET]
    if bad:
        return max(bad, key=lambda pair: _size(pair[0][place], expectation))[1]
    unsure = next((one for one in rulings if one.met is Met.COULD_NOT_TELL), None)
    if unsure:
        return unsure
    worst = max(range(len(rows)), key=lambda number: _size(rows[number][place], expectation))
    more = f"; it is the worst of {len(rows)} rows" if len(rows) > 1 else ""
    return Ruling(Met.MET, rulings[worst].because + more)


def _ready(
    expectation: Expectation, columns: Sequence[str], rows: Sequence[Sequence[object]], where: str
) -> list[Ruling]:
    """A pod that runs but whose containers are not all ready does not do its work."""
    if expectation.value != "Running" or "READY" not in columns:
        return []
    place = columns.index("READY")
    complete = Expectation(
        expectation.line, expectation.text, expectation.source, operator=expectation.operator, value="n/n"
    )
    return [ruling_on(row[place], f"READY of {row[0]}", complete, where) for row in rows]


def _is_finished(expectation: Expectation, value: object) -> bool:
    return expectation.value == "Running" and str(value).strip().lower() in _FINISHED


def _size(value: object, expectation: Expectation) -> float:
    """How far a value leans to the wrong side; larger is worse."""
    figure = figure_of(value)
    if figure is None:
        return float("-inf")
    return (
        -figure.value if expectation.operator and expectation.operator.value.startswith(">") else figure.value
    )
