"""Write values into a shell script."""

import re
from collections.abc import Iterable

from runward.inventory.shell_layers import Layer, fed_layers, is_piped_to_reader, layers_of
from runward.inventory.shell_places import Place, Quote, shell_places
from runward.inventory.shell_shape import shape_of
from runward.inventory.spots import CannotWrite, Spot
from runward.inventory.sql_places import SqlPlace, sql_places, written_in_sql

_SAFE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_KEYWORDS = frozenset({
    "if", "then", "elif", "else", "fi", "case", "esac", "for", "select", "while", "until", "do", "done",
    "in", "function", "time", "coproc", "{", "}", "!", "[[",
})  # fmt: skip


def put_in_shell(text: str, spots: tuple[Spot, ...]) -> Iterable[str | CannotWrite]:
    """What to write at each spot, or why nothing can be written there."""
    solid = {spot.start: spot.end for spot in spots}
    places = shell_places(text, solid)
    pieces = [_piece(text, spot, _place(places, spot)) for spot in spots]
    return _agreed(text, spots, pieces)


def _place(places: tuple[Place, ...], spot: Spot) -> Place | None:
    return next((place for place in places if place.start <= spot.start and spot.end <= place.end), None)


def _piece(text: str, spot: Spot, place: Place | None) -> str | CannotWrite:
    if place is None:
        return CannotWrite("it stands where it cannot be told apart from the words around it")
    if place.quote is Quote.COMMENT:
        return text[spot.start : spot.end]
    try:
        if spot.bound.reference:
            return _secret(text, spot, place)
        return _value(text, spot, place)
    except CannotWrite as problem:
        return problem


def _value(text: str, spot: Spot, place: Place) -> str:
    value = spot.bound.text
    if _CONTROL.search(value):
        raise CannotWrite("it holds control characters")
    if (
        not _is_option(text, spot)
        and _begins_word(text, spot, place)
        and re.match(r"-(?!\d+(\.\d+)?$)", value)
    ):
        raise CannotWrite("it begins with “-” and would be read as an option")
    if _layers(place) == (Layer.SQL,) and place.quote is not Quote.BARE:
        return _quoted(_in_sql(text, spot, place), text, spot, place)
    if _SAFE.fullmatch(value) and not (_is_program(place) and ("=" in value or value in _KEYWORDS)):
        return _safe_value(value, place)
    return _quoted(_for_layers(text, spot, place), text, spot, place)


def _safe_value(value: str, place: Place) -> str:
    """A value of harmless letters, which still must not end a here-document or be computed."""
    if place.quote is Quote.ARITHMETIC and not re.fullmatch(r"-?\d+", value):
        raise CannotWrite("it stands in arithmetic and is not a whole number")
    if place.delimiter and value == place.delimiter:
        raise CannotWrite("it would end the here-document")
    return value


def _is_option(text: str, spot: Spot) -> bool:
    return text[spot.start] == "-"


def _begins_word(text: str, spot: Spot, place: Place) -> bool:
    if place.quote in {Quote.BARE, Quote.BACKTICK}:
        return not place.prefix
    return (
        place.quote in {Quote.SINGLE, Quote.DOUBLE}
        and text[spot.start - 1] in "'\""
        and not place.prefix.strip("\0")
    )


def _is_program(place: Place) -> bool:
    return place.quote in {Quote.BARE, Quote.BACKTICK} and not place.words and not place.prefix


def _for_layers(text: str, spot: Spot, place: Place) -> str:
    """The value as the languages behind the shell must see it."""
    layers = _layers(place)
    if is_piped_to_reader(text[spot.end :]):
        raise CannotWrite("the output is piped into a program that would read it as its own language")
    if not layers:
        return spot.bound.text
    if layers == (Layer.SHELL,) and place.quote is Quote.BARE and not place.prefix:
        return _single_quoted(spot.bound.text)
    raise CannotWrite(
        f"it stands inside the {'program' if Layer.CODE in layers else layers[0]} text of another program"
    )


def _layers(place: Place) -> tuple[Layer, ...]:
    if place.quote in {Quote.HEREDOC, Quote.RAW_HEREDOC}:
        return fed_layers(place.words)
    return layers_of(place.words, place.prefix)


def _in_sql(text: str, spot: Spot, place: Place) -> str:
    """The value for SQL inside quotes or a here-document of the shell."""
    start, end = _whole(text, spot, place)
    inner = sql_places(text[start:end], {spot.start - start: spot.end - start})
    where = inner.get(spot.start - start, SqlPlace("comment", 0, 0, (), ""))
    if where.kind == "comment":
        raise CannotWrite("it stands in a comment of SQL")
    return written_in_sql(spot.bound.text, where, spot.name)


def _whole(text: str, spot: Spot, place: Place) -> tuple[int, int]:
    """The ends of the quoted text around a spot, which its place knows only for undivided stretches."""
    if place.quote is not Quote.DOUBLE:
        return place.start, place.end
    start = max(text.rfind('"', 0, spot.start), -1) + 1
    end = text.find('"', spot.end)
    return start, len(text) if end < 0 else end


def _quoted(value: str, text: str, spot: Spot, place: Place) -> str:
    if _follows(text, spot.start, "\\") or (place.quote is Quote.BARE and _follows(text, spot.start, "$")):
        raise CannotWrite("a character before it changes how quotes are read")
    if place.quote is Quote.BARE and not place.delimiter:
        if _in_test(place):
            raise CannotWrite("it stands in [[ ]], which computes with what it finds")
        return _single_quoted(value)
    if place.quote is Quote.SINGLE:
        return value.replace("'", "'\\''").replace("\n", "'$'\\n''")
    if place.quote is Quote.DOUBLE:
        return re.sub(r'([\\"$`])', r"\\\1", value).replace("\n", "\"$'\\n'\"")
    if place.quote is Quote.ANSI:
        return value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return _in_document(value, text, place)


def _in_document(value: str, text: str, place: Place) -> str:
    if place.quote not in {Quote.HEREDOC, Quote.RAW_HEREDOC}:
        raise CannotWrite(f"it stands in {_WHERE[place.quote]} and holds characters that need quotes")
    if "\n" in value or value.strip("\t") == place.delimiter:
        raise CannotWrite("it could end the here-document")
    if place.quote is Quote.RAW_HEREDOC:
        return value
    if re.search(r"\$[({]|`", text[place.start : place.end]):
        raise CannotWrite("it stands in a here-document that runs commands")
    return re.sub(r"([\\$`])", r"\\\1", value)


_WHERE = {
    Quote.PARAMETER: "${...}",
    Quote.ARITHMETIC: "arithmetic",
    Quote.BACKTICK: "backticks",
}


def _in_test(place: Place) -> bool:
    return bool(place.words) and place.words[0] == "[["


def _follows(text: str, at: int, letter: str) -> bool:
    count = 0
    while at - count > 0 and text[at - count - 1] == letter:
        count += 1
    return count % 2 == 1


def _single_quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''").replace("\n", "'$'\\n''") + "'"


def _secret(text: str, spot: Spot, place: Place) -> str:
    """A reference to the variable that carries the secret, quoted so that the shell neither splits nor globs it."""
    if _layers(place) or is_piped_to_reader(text[spot.end :]):
        raise CannotWrite("a secret inside the text of another program cannot be quoted for it")
    if _follows(text, spot.start, "\\"):
        raise CannotWrite("a character before it changes how quotes are read")
    name = spot.bound.variable
    if place.quote is Quote.BARE:
        return f'"${name}"' if not _follows(text, spot.start, "$") else f'"${{{name}}}"'
    if place.quote is Quote.SINGLE:
        return f"'\"${name}\"'"
    if place.quote in {Quote.DOUBLE, Quote.HEREDOC}:
        return f"${{{name}}}"
    raise CannotWrite("a secret cannot be written there")


def _agreed(
    text: str, spots: tuple[Spot, ...], pieces: list[str | CannotWrite]
) -> Iterable[str | CannotWrite]:
    """The pieces, unless a second, independent reading finds that a value changes the script's commands."""
    if not any(isinstance(piece, str) and re.search(r"[^\w@%+=:,./$-]", piece) for piece in pieces):
        return pieces
    neutral = ["x1" if _harms(piece, spot) else piece for piece, spot in zip(pieces, spots, strict=True)]
    if shape_of(_with(text, spots, pieces)) == shape_of(_with(text, spots, neutral)):
        return pieces
    return [
        CannotWrite("it would change which commands are run") if _harms(piece, spot) else piece
        for piece, spot in zip(pieces, spots, strict=True)
    ]


def _harms(piece: str | CannotWrite, spot: Spot) -> bool:
    return isinstance(piece, str) and not spot.bound.reference


def _with(text: str, spots: tuple[Spot, ...], pieces: list[str | CannotWrite]) -> str:
    out, at = [], 0
    for spot, piece in zip(spots, pieces, strict=True):
        out += [text[at : spot.start], piece if isinstance(piece, str) else "x1"]
        at = spot.end
    return "".join([*out, text[at:]])
