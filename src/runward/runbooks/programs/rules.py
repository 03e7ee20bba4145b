"""The forms in which a program's effect is told: always the same, by its flags, or by its verbs."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from runward.runbooks.model import Risk
from runward.runbooks.shell.model import Call, Word
from runward.runbooks.shell.options import options_of

Effect = tuple[Risk, str]
Judge = Callable[[Call], Effect]


def reads(why: str = "it only looks") -> Effect:
    """The effect of something that changes nothing."""
    return Risk.READ, why


def changes(why: str) -> Effect:
    """The effect of something that changes the world, and could be changed back."""
    return Risk.CHANGE, why


def destroys(why: str) -> Effect:
    """The effect of something that cannot be taken back, or ends what others are doing."""
    return Risk.DESTROY, why


def worst(*effects: Effect) -> Effect:
    """The first of the worst effects."""
    return max(effects, key=lambda effect: effect[0].rank) if effects else reads()


def always(effect: Effect) -> Judge:
    """A program whose effect does not depend on how it is called."""
    return lambda _call: effect


def unclear(call: Call) -> str:
    """Why the flags of a call cannot be known before it runs, "" if they can."""
    if call.more:
        return "more arguments are added when it runs"
    loose = next((word.text for word in call.arguments if word.loose), "")
    return f"{loose} could hold flags" if loose else ""


@dataclass(frozen=True)
class Flags:
    """A program that reads unless one of these flags is among its arguments.

    A flag of one letter is found in a cluster (`-xo`), a long one with `=` too. A `positional` limit says
    how many plain words it may have before one of them is a file that it writes.
    """

    changing: str = ""
    destroying: str = ""
    valued: str = ""
    positional: int = -1
    single: bool = False
    why: str = "it only looks"

    @cached_property
    def _sets(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        return (
            frozenset(self.changing.split()),
            frozenset(self.destroying.split()),
            frozenset(self.valued.split()),
        )

    def __call__(self, call: Call) -> Effect:
        """The effect of this call."""
        changing, destroying, valued = self._sets
        if (changing or destroying or self.positional >= 0) and unclear(call):
            return changes(f"{call.name}: {unclear(call)}")
        options = options_of(call.arguments, valued, single=self.single)
        for flag, _ in options.flags:
            if flag in destroying or _begins(flag, destroying):
                return destroys(f"{call.name} {flag} cannot be undone")
        for flag, value in options.flags:
            if (flag in changing or _begins(flag, changing)) and not _to_output(value):
                return changes(f"{call.name} {flag} writes or changes something")
        if 0 <= self.positional < len(options.rest):
            return changes(f"{call.name} writes to {options.rest[self.positional].text}")
        return reads(f"{call.name}: {self.why}")


def _to_output(value: Word | None) -> bool:
    return value is not None and value.text in {"-", "/dev/null", "/dev/stdout", "/dev/stderr"}


def _begins(flag: str, flags: frozenset[str]) -> bool:
    """Whether a long flag is an abbreviation of a listed one, as getopt allows."""
    return flag.startswith("--") and len(flag) > 4 and any(known.startswith(flag) for known in flags)


@dataclass(frozen=True)
class Verbs:
    """A program that is told what to do by its first words: `kubectl get`, `aws s3 rm`.

    Verbs are separated by commas and may hold several words and `*`. The longest that fits decides. What
    is not listed is a change. `dry` are flags that make any verb a look.
    """

    read: str = ""
    change: str = ""
    destroy: str = ""
    valued: str = ""
    dry: str = ""
    changing: str = ""  # flags that make a reading verb a change
    bare: Effect | None = None  # what it does without a verb; where nothing is said, it prints its help
    looks: str = ""  # flags that look by themselves, without a verb
    single: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _verbs(self) -> list[tuple[str, Risk]]:
        """The verbs with what they do, those of most words first, and of these the longest."""
        listed = ((Risk.READ, self.read), (Risk.CHANGE, self.change), (Risk.DESTROY, self.destroy))
        verbs = [
            (" ".join(one.split()), risk) for risk, text in listed for one in text.split(",") if one.strip()
        ]
        return sorted(verbs, key=lambda one: (-one[0].count(" "), -len(one[0])))

    @cached_property
    def _sets(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        return frozenset(self.valued.split()), frozenset(self.dry.split()), frozenset(self.changing.split())

    def __call__(self, call: Call) -> Effect:
        """The effect of this call."""
        valued, dry, changing = self._sets
        options = options_of(call.arguments, valued, single=self.single)
        said = " ".join(word.text for word in options.rest[:5])
        if not options.rest:
            return (
                changes(f"{call.name}: its verb is named at run time") if call.more else self._without(call)
            )
        if self._strange(call, options.rest_at[0]):
            return changes(f"{call.name}: a flag before its verb is not known")
        if options.has("--help") and not call.more:
            return reads(f"{call.name}: it prints its help")
        found = self._found(said)
        if (
            found is None
            and ending_word(options.rest)
            and not any(flag in dry or flag in _DRY for flag, _ in options.flags)
        ):
            return destroys(f"{call.name} {ending_word(options.rest)} takes something away")
        if found is None or not options.rest[0].fixed or options.rest[0].loose:
            return changes(
                f"{call.name} {options.rest[0].text}: nothing is known of it, so it may change something"
            )
        risk, verb = found
        if risk is not Risk.READ and any(flag in dry and _is_yes(value) for flag, value in options.flags):
            return reads(f"{call.name} {verb} only shows what it would do")
        if risk is Risk.READ and any(
            flag in changing and not _to_output(value) for flag, value in options.flags
        ):
            return changes(f"{call.name} {verb} with such a flag writes or changes something")
        return risk, self.notes.get(verb) or f"{call.name} {verb} {_SAYS[risk]}"

    def _without(self, call: Call) -> Effect:
        """A program without a verb prints its help; with flags alone nobody knows what it does."""
        flags = [word.text.partition("=")[0] for word in call.arguments]
        if flags and all(flag in _SHOWS for flag in flags):
            return reads(f"{call.name} prints its version or help")
        if self.bare is not None:
            return self.bare
        if any(flag in self.looks.split() for flag in flags):
            return reads(f"{call.name} {' '.join(flags)} only looks")
        return (
            changes(f"{call.name} acts by its flags alone")
            if flags
            else reads("without a verb it prints its help")
        )

    def _strange(self, call: Call, place: int) -> bool:
        """Whether a flag that we do not know stands before the verb and could have taken it for its value."""
        valued = self._sets[0]
        before = options_of(call.arguments[:place], valued, single=self.single)
        alone = [flag for flag, value in before.flags if value is None]
        return any(flag.startswith("-") and flag not in _SAFE for flag in alone) and not self._flags_known(
            alone
        )

    def _flags_known(self, flags: list[str]) -> bool:
        return all(len(flag) == 2 or flag in _SAFE or flag.startswith("--no-") for flag in flags)

    def _found(self, said: str) -> tuple[Risk, str] | None:
        verbs = self._by_first_word.get(said.partition(" ")[0], self._by_first_word[""])
        return next(((risk, verb) for verb, risk in verbs if _is_said(said, verb)), None)

    @cached_property
    def _by_first_word(self) -> dict[str, list[tuple[str, Risk]]]:
        """The verbs that can be meant by what begins with a word, in their order; those under "" by any other word."""
        made: dict[str, list[tuple[str, Risk]]] = {"": []}
        for one in self._verbs:
            first = one[0].partition(" ")[0]
            if "*" in first:
                for listed in made.values():
                    listed.append(one)
            else:
                made.setdefault(first, list(made[""])).append(one)
        return made


def _is_said(said: str, verb: str) -> bool:
    """Whether what is said begins with the words of a verb, in which a `*` stands for any letters of one word."""
    if "*" not in verb:
        return said.startswith(verb) and said[len(verb) : len(verb) + 1] in {"", " "}
    wanted = verb.split(" ")
    words = said.split(" ", len(wanted))
    return len(words) >= len(wanted) and all(map(_is_like, words, wanted))


def _is_like(word: str, pattern: str) -> bool:
    """Whether a word is of a form; only the first and the last part of a form have their place."""
    first, star, rest = pattern.partition("*")
    if not star:
        return word == pattern
    *middle, last = rest.split("*")
    if len(word) < len(first) + len(last) or not (word.startswith(first) and word.endswith(last)):
        return False
    place, end = len(first), len(word) - len(last)
    for part in middle:
        place = word.find(part, place, end) + len(part)
        if place < len(part):
            return False
    return True


_DRY = {"--dry-run", "--dryrun", "--whatif", "--check", "--simulate"}
_ENDS = re.compile(
    r"(?:^|[-_:])(?:delete|destroy|remove|rm|rmi|rmr|drop|purge|wipe|prune|uninstall|terminate|decommission|unregister|deregister|flushall|flushdb"
    r"|erase|revoke|nuke|truncate|del|drain|evict)(?:$|[-_:])",
)
_ENDING_FLAGS = {
    "-rm",
    "-rmr",
    "-delete",
    "--delete",
    "--remove",
    "--purge",
    "--prune",
    "--destroy",
    "--drop",
    "--wipe",
    "--erase",
}


def ending_word(words: Sequence[Word]) -> str:
    """The first of the leading words that names an ending, in whatever program: delete, job:purge, user-del; "" if none does."""
    for word in words[:4]:
        ends = (
            word.text in _ENDING_FLAGS
            if word.text.startswith("-")
            else _ENDS.search(word.text.partition("=")[0])
        )
        if ends and word.fixed:
            return word.text
    return ""


def _is_yes(value: Word | None) -> bool:
    return value is None or value.text not in {"none", "false", "False"}


_SHOWS = {"--help", "-h", "--version", "-V", "-v", "help", "version", "-version", "-help"}
_SAFE = {
    "--debug", "--verbose", "--quiet", "--json", "--no-pager", "--batch", "--help", "--version", "--insecure", "--yes", "--user",
    "--insecure-skip-tls-verify", "--no-verify-ssl", "--silent", "--no-headers", "--all", "--full", "--tls", "--system",
    "--non-interactive", "--quiet-mode", "--global", "--plain", "--no-legend", "--all-namespaces", "--force", "--raw",
}  # fmt: skip
_SAYS = {Risk.READ: "only looks", Risk.CHANGE: "changes something", Risk.DESTROY: "cannot be undone"}
