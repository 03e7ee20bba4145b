"""Write values into an SQL script."""

from collections.abc import Iterable

from runward.inventory.spots import CannotWrite, Spot
from runward.inventory.sql_places import SqlPlace, sql_places, written_in_sql


def put_in_sql(text: str, spots: tuple[Spot, ...]) -> Iterable[str | CannotWrite]:
    """What to write at each spot, or why nothing can be written there."""
    places = sql_places(text, {spot.start: spot.end for spot in spots})
    for spot in spots:
        place = places.get(spot.start)
        if place is None or place.kind == "comment":
            yield text[spot.start : spot.end]
        elif spot.bound.reference:
            yield _secret(text, spot, place)
        else:
            yield _value(spot, place)


def _value(spot: Spot, place: SqlPlace) -> str | CannotWrite:
    try:
        return written_in_sql(spot.bound.text, place, spot.name)
    except CannotWrite as problem:
        return problem


def _secret(text: str, spot: Spot, place: SqlPlace) -> str | CannotWrite:
    """The secret as a variable in psql's notation, which the one who executes it fills as a quoted literal."""
    if place.kind == "bare":
        return f":'{spot.bound.variable}'"
    if place.kind == "string" and text[place.start : place.end] == f"'{text[spot.start : spot.end]}'":
        return f"\0{spot.bound.variable}\0"  # the quotes around it go too, once the text is whole
    return CannotWrite("a secret must be a whole value of SQL, not a piece of a quoted text")
