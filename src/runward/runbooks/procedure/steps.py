"""Read the steps of a procedure in order: what is executed, what a person does, and under which condition."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runward.runbooks.model import Block, Kind, Node, NodeKind, Step, StepKind
from runward.runbooks.procedure.cautions import cautions_in, comments_of, is_warning, text_of, warns
from runward.runbooks.procedure.conditions import condition_of, is_last_resort
from runward.runbooks.procedure.flowchart import boxes_of
from runward.runbooks.procedure.instructions import POINTS_ELSEWHERE, is_instruction
from runward.runbooks.procedure.items import LONGEST_TITLE, title_of_item
from runward.runbooks.procedure.procedures import Blocks, Found
from runward.runbooks.procedure.sections import Section, labelled
from runward.runbooks.procedure.titles import Role, case_of, means_work, plain, role_of, step_title
from runward.runbooks.procedure.worklist import RUNNABLE, is_read, is_work, notes_of

_UNDONE = frozenset(
    {
        Role.CONDITION,
        Role.PREREQUISITE,
        Role.EXPECTED,
        Role.ESCALATION,
        Role.AFTERWARDS,
        Role.CAUTION,
        Role.BACKGROUND,
        Role.METADATA,
    }
)
# What such a sentence introduces is not done point by point.
_STATES = re.compile(r"\b(?:should|must|shall|soll(?:te)?|muss|debe)\b")
_WORD = re.compile(r"\w")
_EXPLAINS = re.compile(
    r"(?:look for|identify|determine|key questions|questions|include|watch for|signals?|examples?|for example|e\.g|this (?:shows|includes|means)"
    r"|possible|typical|common|such as|consider|note|record|collect|escalate if|siehe|buscar|suche)\b",
    re.IGNORECASE,
)
_DONE = frozenset({Role.STEPS, Role.VERIFICATION, Role.ROLLBACK, Role.STEP})
_SAYS_NOTHING = frozenset(
    {
        "procedure",
        "commands",
        "command",
        "steps",
        "actions",
        "procedimiento",
        "ablauf",
        "schritte",
        "pasos",
        "script",
        "run",
    }
)


@dataclass(frozen=True, slots=True)
class ReadStep:
    """A step with where and how the document says it; expectations are read from this."""

    step: Step
    line: int  # of the item or paragraph that says it
    within: str  # the title of the section around it
    is_state: bool = False  # an item to be ticked that tells a state, not an act


@dataclass(frozen=True, slots=True)
class Remark:
    """A paragraph that stands below a step's block and may say what it should have shown."""

    after: int  # the step's number
    node: Node


@dataclass(frozen=True, slots=True)
class Reading:
    """The steps of a procedure as read, and the remarks between them."""

    steps: tuple[ReadStep, ...]
    remarks: tuple[Remark, ...]


@dataclass(slots=True)
class _Place:
    """Where the walk is: what the text right above says of the step to come."""

    name: str = ""  # of the section around it
    said: str = ""
    line: int = 0  # of what is said
    title: str = ""
    condition: str = ""
    option: str = ""
    acts: bool = True  # whether lists are things to do here
    works: bool = False  # whether they are, whatever their words
    is_state: bool = False

    def inner(self, **changes: str | int) -> "_Place":
        made = _Place(
            self.name, self.said, self.line, self.title, self.condition, self.option, self.acts, self.works, self.is_state
        )  # fmt: skip
        for name, value in changes.items():
            setattr(made, name, value)
        return made


def steps_of(found: Found, blocks: Blocks, lines: Sequence[str]) -> Reading:
    """The steps of a procedure, numbered from 1; ids and expectations come later."""
    walk = _Walk(blocks, lines)
    walk.pieces(
        found.section.pieces, _Place(name=plain(found.section.title), acts=found.section.role not in _UNDONE)
    )
    for part in found.parts:
        walk.section(part, _Place(name=plain(found.section.title)), found.section.role is Role.ROLLBACK)
    return Reading(tuple(walk.steps), tuple(walk.remarks))


class _Walk:
    """Goes through a procedure's pieces and collects its steps."""

    def __init__(self, blocks: Blocks, lines: Sequence[str]) -> None:
        self._blocks = blocks
        self._lines = lines
        self.steps: list[ReadStep] = []
        self.remarks: list[Remark] = []
        self._cautions: list[str] = []  # said since the last step, for the next one

    def section(self, section: Section, place: _Place, rolls_back: bool) -> None:
        """The steps of a part; its title may be a condition, an option or the name of a step."""
        inner = _place_of(section.title, section.role, place)
        if section.role is Role.ROLLBACK and not rolls_back and not inner.condition:
            inner.condition = "a rollback is needed"
        inner.acts = section.role not in _UNDONE
        inner.works = inner.works or section.role in _DONE or means_work(section.title)
        self.pieces(section.pieces, inner)
        for part in section.sections:
            self.section(part, inner, rolls_back)

    def pieces(self, nodes: Sequence[Node], place: _Place) -> None:
        """The steps in a run of pieces; a fence takes its title from the item or paragraph right above."""
        outer, here = place.inner(), place.inner()
        for number, node in enumerate(nodes):
            following = nodes[number + 1] if number + 1 < len(nodes) else None
            label = _label_on(node, self._lines)
            if label:
                here = self._opened(label, outer, place)
            elif node.kind is NodeKind.LIST:
                here = self._list(node, place, here, following)
            elif node.kind is NodeKind.PARAGRAPH:
                here = self._paragraph(node, place, here, following)
            elif is_warning(node):
                self._cautions.append(_said_in(node))
                self.pieces([child for child in node.children if child.kind is not NodeKind.PARAGRAPH], here)
            else:
                self._other(node, here)

    def _other(self, node: Node, here: _Place) -> None:
        if node.kind is NodeKind.FENCE:
            self._fence(node, here)
        elif node.kind is NodeKind.TABLE:
            self._inline(node.line, node.end, here)
        elif node.children:
            self.pieces(node.children, here)

    def _paragraph(self, node: Node, place: _Place, here: _Place, following: Node | None) -> _Place:
        text = " ".join(node.text.split())
        if warns(text) and len(text) < 400:
            self._cautions.append(text)
            return here
        if self.steps:
            self.remarks.append(Remark(len(self.steps), node))
        inner = here.inner(said=text, line=node.line)
        if self._inline(node.line, node.end, inner):
            return place.inner()
        leads_on = following is not None and following.kind in {NodeKind.FENCE, NodeKind.LIST}
        if place.acts and not leads_on and is_instruction(text) and not POINTS_ELSEWHERE.match(text):
            self._manual(node.line, node.end, inner)
            return place.inner()
        return inner

    def _opened(self, name: str, outer: _Place, place: _Place) -> _Place:
        """A label inside a list item changes the condition or option for what follows it."""
        opened = _place_of(name, role_of(name), outer)
        place.condition, place.option, place.title = opened.condition, opened.option, opened.title
        place.name, place.said, place.line = opened.name, "", 0
        place.acts = role_of(name) not in _UNDONE
        return place.inner()

    def _list(self, node: Node, place: _Place, here: _Place, following: Node | None) -> _Place:
        """A list of things to do, or one that only explains what stands above it."""
        items = [item for item in node.children if item.kind is NodeKind.ITEM]
        if not self._is_done(node, place, here):
            return self._explained(node, items, place, here)
        after = place.inner()
        for item in items:
            last = item is items[-1] and following is not None and following.kind is NodeKind.FENCE
            titles_fence = last and (node.form == "ordered" or item.text.rstrip().endswith((":", "：")))
            after = self._item(item, place, titles_fence)
            after = after if titles_fence else place.inner()
        return after

    def _is_done(self, node: Node, place: _Place, here: _Place) -> bool:
        if is_read(node) or (_EXPLAINS.match(here.said) and here.said.endswith((":", "："))):
            return False
        if _acts((node,), self._blocks) or (
            node.form == "ordered" and not all(_is_name(item) for item in node.children)
        ):
            return True
        return place.works or is_work(node, place.name, self._blocks.inline_lines)

    def _explained(self, node: Node, items: Sequence[Node], place: _Place, here: _Place) -> _Place:
        """Points to look for are one thing to do where a sentence says so; their blocks are executed all the same."""
        said = f"{here.said} {'; '.join(text_of(item) for item in items)}".strip()
        if place.acts and here.said and is_instruction(here.said):
            self._manual(
                here.line or node.line, node.end, here.inner(said=said, title=here.said.rstrip(":："))
            )
        for item in items:
            self.pieces([child for child in item.children if child.kind is not NodeKind.PARAGRAPH], place)
        return place.inner()

    def _item(self, item: Node, place: _Place, followed: bool) -> _Place:
        """One item: a command in it, commands below it, smaller items, or something a person does."""
        text = " ".join(item.text.split())
        title, condition = title_of_item(item), condition_of(text)
        inner = place.inner(
            said=text, line=item.line, title=title, condition=_both(place.condition, condition)
        )
        inner.is_state = item.checked is not None and not is_instruction(text)
        role = role_of(item.bold) if item.bold else Role.NAME
        if role is Role.OPTION:
            inner.option = plain(text if len(text) < LONGEST_TITLE else item.bold)
        if role is Role.ROLLBACK and not inner.condition:
            inner.condition = "a rollback is needed"
        if warns(text) and not is_instruction(text) and not _acts(item.children, self._blocks):
            self._cautions.append(text)
            return inner
        before = len(self.steps)
        first = min([child.line for child in item.children], default=item.end + 1)
        self._inline(item.line, first - 1, inner)
        acts = _acts(item.children, self._blocks)
        if acts:
            self.pieces(item.children, inner)
        if len(self.steps) == before and place.acts and not followed and text:
            details = "; ".join(text_of(child) for child in item.children)
            self._manual(item.line, item.end, inner.inner(said=f"{text} {details}".strip()))
        return inner

    def _fence(self, node: Node, place: _Place) -> None:
        block = self._blocks.fences.get(node.line)
        if block is None or block.kind is Kind.OUTPUT:
            return
        boxes = boxes_of(block) if block.kind not in RUNNABLE else ()
        notes = notes_of(block)
        if boxes:
            for box in boxes:
                said = "; ".join(note for note, _ in box.notes)
                self._manual(
                    box.line, box.end, place.inner(title=box.title, said=said, line=box.line), block.number
                )
        elif notes:
            for line, note in notes:
                condition = _both(place.condition, condition_of(note))
                self._manual(
                    line,
                    line,
                    place.inner(said=note, line=line, title=step_title(note), condition=condition),
                    block.number,
                )
        elif block.kind in RUNNABLE:
            self._command(block, place)
        elif place.acts:
            self._manual(block.line, block.end, place, block.number)

    def _inline(self, first: int, last: int, place: _Place) -> bool:
        """Command steps for the inline commands on these lines; whether there are any."""
        found = [block for line in range(first, last + 1) for block in self._blocks.inline.get(line, ())]
        for block in found:
            if place.acts and block.kind in RUNNABLE:
                self._command(block, place)
        return bool(found) and place.acts

    def _command(self, block: Block, place: _Place) -> None:
        title = _short(_block_title(block, place))
        cautions = cautions_in(block)
        self._add(
            Step("", 0, block.line, block.end, title, StepKind.COMMAND, block.number, cautions=cautions),
            place,
        )

    def _manual(self, line: int, end: int, place: _Place, block: int | None = None) -> None:
        shown = self._blocks.numbers.get(block or 0)
        title = place.title or place.said or (_block_title(shown, place) if shown else place.name)
        self._add(Step("", 0, line, end, _short(title), StepKind.MANUAL, block), place)

    def _add(self, step: Step, place: _Place) -> None:
        said = f"{place.option} {place.said} {place.title}"
        whole = replace(
            step,
            number=len(self.steps) + 1,
            instruction=place.said,
            condition=place.condition,
            option=place.option,
            last_resort=is_last_resort(said),
            cautions=(*self._cautions, *step.cautions),
        )
        self._cautions.clear()
        self.steps.append(ReadStep(whole, place.line or step.line, place.name, place.is_state))


def _place_of(title: str, role: Role, place: _Place) -> _Place:
    words = plain(title)
    if role is Role.BRANCH:
        return place.inner(
            condition=_both(place.condition, case_of(title) or condition_of(f"{words}:") or words),
            title="",
            name=words,
        )
    if role is Role.OPTION:
        return place.inner(option=words, title=words)
    if role in {Role.NAME, Role.STEP}:
        return place.inner(title=step_title(title), name=step_title(title))
    return place.inner(title="", name=place.name if words.lower() in _SAYS_NOTHING else words)


def _label_on(node: Node, lines: Sequence[str]) -> str:
    """The name of the label that a paragraph of one line is; "" if it is none."""
    if node.kind is not NodeKind.PARAGRAPH or node.line != node.end:
        return ""
    label = labelled(lines[node.line - 1])
    return label[0] if label and not label[1] else ""


def _both(outer: str, inner: str) -> str:
    """A condition within a condition: both must hold."""
    return f"{outer}, and {inner}" if outer and inner and outer != inner else outer or inner


def _said_in(node: Node) -> str:
    """What a warning says, without the blocks in it."""
    return text_of(
        replace(node, children=tuple(child for child in node.children if child.kind is not NodeKind.FENCE))
    )


def _short(title: str) -> str:
    words = plain(" ".join(title.split()))
    if not _WORD.search(words):
        return "Execute the block"
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rstrip() + "…"


def _is_name(item: Node) -> bool:
    """Whether an item only names something ("0 - started")."""
    return len(item.text.split()) <= 3 and not is_instruction(item.text)


def _states(text: str) -> bool:
    return bool(_STATES.search(text.lower()))


def _acts(children: Sequence[Node], blocks: Blocks) -> bool:
    """Whether what hangs below an item is done step by step, and does not only explain it."""
    for child in children:
        if child.kind is NodeKind.FENCE:
            return True
        if child.kind is NodeKind.LIST:
            items = child.children
            commands = sum(
                any(line in blocks.inline for line in range(item.line, item.end + 1)) for item in items
            )
            told = sum(
                is_instruction(item.text) or item.checked is not None or _states(item.text) for item in items
            )
            if (told + commands) * 2 >= len(items) or any(_acts(item.children, blocks) for item in items):
                return True
        if child.kind in {NodeKind.DETAILS, NodeKind.QUOTE} and _acts(child.children, blocks):
            return True
        if child.kind is NodeKind.PARAGRAPH and any(
            line in blocks.inline for line in range(child.line, child.end + 1)
        ):
            return True
    return False


def _block_title(block: Block, place: _Place) -> str:
    """What to call the step of a block: the text above it, its only comment, the section, its first line."""
    if place.title or place.said:
        return place.title or re.split(r"(?<=[^\d.])\.\s", place.said, maxsplit=1)[0]
    comments = [text for _, text in comments_of(block) if not text.startswith("/")]
    if len(comments) == 1 or (comments and not place.name):
        return comments[0]
    return place.name or block.text.strip().split("\n", 1)[0]
