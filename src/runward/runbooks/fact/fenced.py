"""Take a fence apart into its statements: entries with their parents, boxes, comments, lines of code."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from runward.runbooks.fact.boxes import boxes_in, is_drawn
from runward.runbooks.fact.labels import Labelled, labelled
from runward.runbooks.fact.model import Form, Statement, Title
from runward.runbooks.model import Block, Kind, Procedure

_ENTRIES = frozenset(
    {
        "none",
        "yaml",
        "yml",
        "json",
        "jsonc",
        "toml",
        "ini",
        "properties",
        "text",
        "txt",
        "plaintext",
        "markdown",
        "md",
        "conf",
        "env",
    }
)
_COMMENT = re.compile(r"(?:#+(?!!)|--+(?=\s|$)|//+|;+|REM\s)\s?(?P<text>.*)")
_TRAILING = re.compile(r"(?<=\S)\s+(?:#|--|//)\s+(?P<text>\S.*)$")
_BULLET = re.compile(r"(?P<bullet>[-*•]|\d+[.)])\s+(?P<text>.*)")
_LEAST_COMMENT = 2

ProcedureAt = Callable[[int], Procedure | None]


def statements_in(block: Block, above: tuple[Title, ...], procedure_at: ProcedureAt) -> Iterator[Statement]:
    """What a block says, line by line."""
    fence = _Fence(block, above, procedure_at)
    if block.kind not in {Kind.COMMAND, Kind.TRANSCRIPT} and is_drawn(block.text):
        yield from fence.boxes()
    elif block.lang in _ENTRIES and block.kind not in {Kind.COMMAND, Kind.TRANSCRIPT}:
        yield from fence.entries()
    else:
        yield from fence.code()


@dataclass(slots=True)
class _Parents:
    """The keys that hold the next line, by their indentation."""

    base: tuple[Title, ...]
    form: Form
    held: list[tuple[int, Title]] = field(default_factory=list)

    def over(self, indent: int) -> tuple[Title, ...]:
        while self.held and self.held[-1][0] >= indent:
            self.held.pop()
        return (*self.base, *(title for _, title in self.held))

    def add(self, indent: int, text: str, line: int) -> None:
        self.held.append((indent, Title(text, line, self.form)))


@dataclass(frozen=True, slots=True)
class _Fence:
    block: Block
    above: tuple[Title, ...]
    procedure_at: ProcedureAt

    def boxes(self) -> Iterator[Statement]:
        for box in boxes_in(self.block.text, self.block.first_line):
            title = next((one.text for one in box if one.inside), box[0].text)
            yield Statement(
                line=next((one.line for one in box if one.inside), box[0].line),
                end=max(one.line for one in box),
                form=Form.BOX,
                text=title,
                rest=title,
                above=self.above,
                words=box,
                block=self.block,
                procedure=self.procedure_at(box[0].line),
            )

    def entries(self) -> Iterator[Statement]:
        parents = _Parents(self.above, Form.ENTRY)
        marks = self.block.lang not in {"markdown", "md", "text", "txt", "plaintext", "json"}
        for number, raw in enumerate(self.block.text.split("\n"), self.block.first_line):
            text = raw.strip()
            if not text:
                continue
            if marks and text.startswith("#"):
                comment = _COMMENT.fullmatch(text)
                yield self._said(Form.COMMENT, number, comment["text"] if comment else text, parents.over(0))
                continue
            trailing = _TRAILING.search(text) if marks and "#" in text else None
            yield self._entry(number, raw, text[: trailing.start()] if trailing else text, parents)
            if trailing:
                yield self._said(Form.COMMENT, number, trailing["text"], parents.over(0))

    def _entry(self, number: int, raw: str, text: str, parents: _Parents) -> Statement:
        indent = len(raw) - len(raw.lstrip())
        bullet = _BULLET.fullmatch(text)
        if bullet:
            text = bullet["text"].strip()
        above = parents.over(indent)
        said = self._said(Form.ENTRY, number, text, above)
        if said.label and not said.rest:
            parents.add(indent, said.label, number)
        elif bullet and said.label:
            parents.add(indent, said.text, number)
        return said

    def code(self) -> Iterator[Statement]:
        parents = _Parents(self.above, Form.COMMENT)
        above, procedure = self.above, self.procedure_at(self.block.line)
        for number, raw in enumerate(self.block.text.split("\n"), self.block.first_line):
            text = raw.strip()
            if not text:
                parents.held.clear()
                above = self.above
                continue
            comment = _COMMENT.fullmatch(text) if text[0] in "#-/;R" else None
            if comment:
                yield self._comment(number, comment["text"], parents)
                above = (*self.above, *(title for _, title in parents.held))
                continue
            yield Statement(
                number,
                number,
                Form.CODE,
                text,
                rest=text,
                above=above,
                procedure=procedure,
                block=self.block,
            )
            trailing = _TRAILING.search(text) if "# " in text or "-- " in text or "// " in text else None
            if trailing:
                yield self._said(Form.COMMENT, number, trailing["text"], above)

    def _comment(self, number: int, raw: str, parents: _Parents) -> Statement:
        """A comment holds the code after it, up to a blank line, and the comments that are indented below it."""
        indent = len(raw) - len(raw.lstrip())
        bullet = _BULLET.fullmatch(raw.strip())
        depth = indent * 2 + (1 if bullet and not bullet["bullet"][0].isdigit() else 0)
        said = self._said(
            Form.COMMENT, number, bullet["text"] if bullet else raw.strip(), parents.over(depth)
        )
        if said.text:
            parents.add(depth, said.label if said.label and not said.rest else said.text, number)
        return said

    def _said(self, form: Form, number: int, text: str, above: tuple[Title, ...]) -> Statement:
        text = text.replace("**", "").strip()
        parts = labelled(text) if len(text) > _LEAST_COMMENT else Labelled("", "", text)
        return Statement(
            line=number,
            end=number,
            form=form,
            text=text,
            label=parts.label.strip("\"'"),
            mark=parts.mark,
            rest=parts.rest,
            above=above,
            depth=len(above) - len(self.above),
            block=self.block,
            procedure=self.procedure_at(self.block.line),
        )
