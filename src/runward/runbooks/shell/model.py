"""What shell text is made of: words, redirections, feeds, commands, scripts and calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command as bash would see it."""

    text: str  # without quotes; expansions stand as written: "$HOST:80"
    line: int = 0
    fixed: bool = True  # holds no expansion
    crafted: bool = False  # the document itself computes a part of it, and could hide anything there
    loose: bool = False  # could become several words or a flag, by such a part outside quotes


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection of a descriptor to or from a file."""

    sign: str  # > >> < >| &> <> >&
    target: Word
    line: int


@dataclass(frozen=True, slots=True)
class Feed:
    """What a command finds on its standard input, other than the terminal."""

    kind: str  # pipe | file | text
    text: str | None = None  # where it is known from the script itself
    name: str = ""  # the file, or the program before the pipe


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command of a script."""

    words: tuple[Word, ...]
    line: int
    end: int
    text: str
    redirects: tuple[Redirect, ...] = ()
    assignments: tuple[tuple[str, Word], ...] = ()
    feed: Feed | None = None
    piped: bool = False  # its output goes to another command or a substitution
    function: str = ""  # the function whose body it stands in
    nested: bool = False  # inside a substitution, function, loop or condition
    background: bool = False  # sent away with &


@dataclass(frozen=True, slots=True)
class Use:
    """A variable that is read."""

    name: str
    line: int
    defaulted: bool = False  # ${NAME:-value} needs nobody to supply it
    function: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A stretch of shell text, read."""

    commands: tuple[Command, ...]
    functions: frozenset[str] = frozenset()
    assigned: Mapping[str, str | None] = field(default_factory=dict)  # None: not known from the text
    uses: tuple[Use, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()  # lines that bash would not accept
    loops: tuple[tuple[int, str], ...] = ()  # loops without an end
    comments: tuple[tuple[int, str], ...] = ()  # that stand alone on their line, outside of everything


@dataclass(frozen=True, slots=True)
class Call:
    """A program being called, seen through the wrappers around it."""

    name: str  # the program without its folder; "" where it cannot be known
    arguments: tuple[Word, ...]
    command: Command  # the command of the script it belongs to
    through: tuple[str, ...] = ()  # the wrappers, outermost first
    feed: Feed | None = None
    more: bool = False  # more arguments are added at run time, as xargs does
    terminal: bool = False  # a wrapper gave it a terminal
    local: bool = True  # runs on this machine, so its program must be installed here
    doubt: str = ""  # why it is at least a change, whatever the program
    risk_of_doubt: str = "change"

    def has(self, *flags: str) -> bool:
        """Whether one of these stands among the arguments as a word of its own."""
        return any(word.text in flags for word in self.arguments)

    def inner(self, name: str, arguments: tuple[Word, ...]) -> "Call":
        """The call that this one wraps."""
        return replace(self, name=name, arguments=arguments, through=(*self.through, self.name))
