"""Links and named files that lead nowhere."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import unquote

from runward.runbooks.finding.anchors import Anchors, anchors_of
from runward.runbooks.finding.commands import list_calls
from runward.runbooks.finding.genre import is_paper
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity, Surroundings
from runward.runbooks.finding.places import found_at, line_of
from runward.runbooks.markdown import parse_document
from runward.runbooks.model import Document, Node, Span
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import words_of

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|/|[\\{<$%@]|.*(?:\{\{|\$\{|\{%|<[a-z])", re.IGNORECASE)
_MARKDOWN = (".md", ".markdown", ".mdown")
_PAPER = re.compile(r"(?:\.{1,2}/)*(?:[\w.-]+/)+[\w.-]+\.(?:md|markdown|rst|adoc|pdf|docx?)")
_FICTION = re.compile(r"example|your|\bfoo\b|path/to|<|\*|xxx|yyyy", re.IGNORECASE)
_SCRIPT = re.compile(r"(?:\./)?(?:[\w-][\w.-]*/)+[\w.-]+\.(?:sh|py|sql|ya?ml|js|ts|rb|pl|ps1)")
_TO_COME = re.compile(
    r"\b(?:creat|add|writ|introduc|generat|produc|output|emit|sav|stor|draft|plann|propos|remov|delet|retir|renam|replac|supersed|archiv|mov|upload|copy|copi|install|ship)\w*"
    r"|\b(?:will|e\.g\.|for example|upstream|belongs?|each|optional(?:ly)?|new|no longer|former(?:ly)?|was|were|missing|not yet|not exist|todo|tbd|template|pending|becomes?)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"^\s*(?:[-*+]|\d+[.)])\s+\**`|^\s*`[^`]+`\s*$|\b(?:see|refer|read|follow|consult|described|documented|documentation|details|stands?|found|runbook|playbook|guide)\b",
    re.IGNORECASE,
)
_INTERPRETERS = words_of("bash sh zsh python python3 node ruby perl ansible-playbook")
_READERS = words_of("kubectl oc helm psql docker docker-compose ansible-playbook")
_HIGHEST = 6  # folders above the document in which the root of its repository is looked for


def _dead_anchors(case: Case) -> Iterator[Found]:
    document = case.runbook.document
    for link, anchor, anchors in _inner_links(case):
        if anchors.find_elsewhere(anchor) is not None or _is_routed(anchor):
            continue
        near = anchors.find_unnumbered(anchor)
        meant = f"; the nearest is #{near}" if near else ""
        said = f"“{link.text}” links to #{anchor}, and no heading of this document has that anchor{meant}."
        yield found_at(case, link.line, f"#{anchor}", said, _linked(document, link, near))


def _linked(document: Document, link: Span, anchor: str | None) -> Mend | None:
    """The line with the link led to this anchor, where the link's target stands in it just once."""
    line = document.lines[link.line - 1]
    written = f"({link.target})"
    if anchor is None or line.count(written) != 1:
        return None
    return Mend(link.line, link.line, line.replace(written, f"(#{anchor})"))


def _unlike_github(case: Case) -> Iterator[Found]:
    for link, anchor, anchors in _inner_links(case):
        meant = anchors.find_elsewhere(anchor)
        if meant is not None:
            said = f"GitHub gives the heading that “{link.text}” means the anchor #{meant}; #{anchor} leads nowhere there."
            yield found_at(case, link.line, f"#{anchor}", said)


def _inner_links(case: Case) -> Iterator[tuple[Span, str, Anchors]]:
    """The links within the document that GitHub does not follow, each with the anchor it names and those there are."""
    document = case.runbook.document
    inner = [link for link in _links_of(document.nodes) if link.target.startswith("#")]
    anchors = anchors_of(document) if inner else Anchors(frozenset(), {}, {})
    for link in inner:
        anchor = unquote(link.target[1:])
        if not anchors.has(anchor):
            yield link, anchor, anchors


def _dead_links(case: Case) -> Iterator[Found]:
    has_file = case.surroundings.has_file
    if has_file is None:
        return
    for link in _links_of(case.runbook.document.nodes):
        path, _, anchor = link.target.partition("#")
        path = unquote(path.partition("?")[0])
        if not path or _ELSEWHERE.match(link.target):
            continue
        if not has_file(path):
            if _is_rendered(case.surroundings, path) or _is_made(case, path):
                continue
            said = f"“{link.text}” links to {path}, and there is no such file."
            yield found_at(case, link.line, path, said)
        elif anchor and not _leads_on(case.surroundings, path, anchor):
            said = f"“{link.text}” links to {path}, which has no heading with the anchor #{anchor}."
            yield found_at(case, link.line, f"#{anchor}", said)


def _is_rendered(surroundings: Surroundings, path: str) -> bool:
    """Whether a page that a site generator makes has its source there: "a.html" or "a" of "a.md" or "a.html.md"."""
    bare = path.rstrip("/")
    sources = (f"{bare}{end}" for end in (".md", ".mdx", ".erb", ".html.md", ".html.md.erb"))
    inner = bare.removeprefix("../") if bare.startswith("../") else ""  # a page is a folder there
    names = (bare.removesuffix(".html"), *([inner] if inner else ()))
    made = (
        f"{name}{end}"
        for name in names
        for end in (".md", ".mdx", "/index.md", "/_index.md", "/index.html.md")
    )
    has_file = surroundings.has_file
    return has_file is not None and any(
        map(has_file, (*sources, *made, *([inner] if inner and not bare.endswith(_MARKDOWN) else ())))
    )


def _is_made(case: Case, path: str) -> bool:
    """Whether a page of a site that is generated leads to another without a file's name: that one may be made of data."""
    return ".html." in PurePosixPath(case.runbook.document.path).name and not PurePosixPath(path).suffix


def _leads_on(surroundings: Surroundings, path: str, anchor: str) -> bool:
    """Whether the anchor is found in that document, or cannot be looked for."""
    if surroundings.text_of is None or not path.lower().endswith(_MARKDOWN):
        return True
    text = surroundings.text_of(path)
    if text is None:
        return True
    anchors = _anchors_in(text)
    return anchors.has(anchor) or anchors.find_elsewhere(anchor) is not None or _is_routed(anchor)


@lru_cache(maxsize=64)
def _anchors_in(text: str) -> Anchors:
    return anchors_of(parse_document(text, ""))


def _missing_papers(case: Case) -> Iterator[Found]:
    has_file = case.surroundings.has_file
    if has_file is None or is_paper(case.runbook):
        return
    linked = {(link.line, link.text.strip()) for link in _links_of(case.runbook.document.nodes)}
    for code in _codes_of(case.runbook.document.nodes):
        name = code.text.strip()
        if not _PAPER.fullmatch(name) or _FICTION.search(name) or _is_anywhere(case.surroundings, name):
            continue
        if (code.line, name) not in linked and _is_referred(case, code.line, name):
            said = f"The document refers to {name}, and there is no such file, neither beside it nor from the folders above."
            yield found_at(case, code.line, name, said)


def _is_referred(case: Case, line: int, name: str) -> bool:
    """Whether a line sends its reader to this paper, and does not speak of one to come, gone or in another place."""
    text = line_of(case.runbook, line)
    if _TO_COME.search(text):
        return False
    folder = next(part for part in PurePosixPath(name).parts if part != "..")
    return _REFERS.search(text) is not None or _is_anywhere(case.surroundings, folder)


def _missing_scripts(case: Case) -> Iterator[Found]:
    """Files of the repository that commands are to use, where their folder is there and they are not."""
    if case.surroundings.has_file is None or is_paper(case.runbook):
        return
    seen: set[str] = set()
    moved: set[int] = set()  # blocks that go to another folder first
    for placed in list_calls(case.runbook):
        if placed.call.name in {"cd", "pushd"}:
            moved.add(placed.block.number)
        for path in () if placed.block.number in moved else _files_used(placed.call):
            if path not in seen and not _FICTION.search(path) and _is_lost(case.surroundings, path):
                seen.add(path)
                said = f"The command uses {path}: its folder is there, and no such file in it."
                yield found_at(case, placed.call.command.line, path, said)


def _files_used(call: Call) -> Iterator[str]:
    """Relative paths that a call runs or reads: the program itself, a script for an interpreter, what follows -f."""
    words = [word.text for word in call.command.words if word.fixed]
    if call.local and words and _SCRIPT.fullmatch(words[0]):
        yield words[0]
    if call.name in _INTERPRETERS and call.local:
        yield from (word.text for word in call.arguments[:1] if word.fixed and _SCRIPT.fullmatch(word.text))
    if call.name in _READERS and call.local:
        pairs = pairwise(word.text for word in call.arguments)
        yield from (
            after
            for flag, after in pairs
            if flag in {"-f", "--filename", "--values"} and _SCRIPT.fullmatch(after)
        )


def _is_lost(surroundings: Surroundings, path: str) -> bool:
    """Whether the folder that a path begins with is there, beside the document or above, and the file is not."""
    if surroundings.has_file is None:
        return False
    bare = str(PurePosixPath(path))
    folder = bare.partition("/")[0]
    places = ["../" * up for up in range(_HIGHEST + 1)]
    there = [place for place in places if surroundings.has_file(place + folder)]
    return bool(there) and not any(surroundings.has_file(place + bare) for place in places)


def _is_anywhere(surroundings: Surroundings, name: str) -> bool:
    """Whether a path leads to a file from the document's folder or from one above, where a repository begins."""
    if surroundings.has_file is None:
        return True
    bare = PurePosixPath(name)
    inner = PurePosixPath(*bare.parts[1:])  # without the repository's own name
    names = [str(bare), str(inner)] if len(bare.parts) > 2 and bare.parts[0] != ".." else [str(bare)]
    return any(surroundings.has_file("../" * up + one) for up in range(_HIGHEST + 1) for one in names)


def _is_routed(anchor: str) -> bool:
    """Whether it is no anchor but a route of a page's script: "#/settings", "#!chapter", "#:~:text="."""
    return anchor.startswith(("/", "!", ":~:", "?"))


def _links_of(nodes: Sequence[Node]) -> Iterator[Span]:
    for node in nodes:
        yield from node.links
        yield from _links_of(node.children)


def _codes_of(nodes: Sequence[Node]) -> Iterator[Span]:
    for node in nodes:
        yield from node.codes
        yield from _codes_of(node.children)


def _has_only(*paths: str) -> Surroundings:
    return Surroundings(has_file=lambda path: path in paths)


RULES = (
    Rule(
        id="dead-anchor",
        severity=Severity.WARNING,
        title="Looks for links within the document to a heading that it does not have.",
        why="Whoever follows the link in an emergency stays where they were, and searches by hand.",
        right="The anchor of a heading is its text in lower case, without punctuation, each space a hyphen.",
        bad="# Mail\n\nSee [Drain the queue](#drain-the-queue).\n\n## Empty the queue\n\nAsk the mail team.\n",
        good="# Mail\n\nSee [Empty the queue](#empty-the-queue).\n\n## Empty the queue\n\nAsk the mail team.\n",
        look=_dead_anchors,
    ),
    Rule(
        id="anchor-not-on-github",
        severity=Severity.NOTE,
        title="Looks for links within the document that other renderers follow and GitHub does not.",
        why=(
            "GitHub drops punctuation and keeps the spaces around it as two hyphens, and leaves accents as they"
            " are; other renderers join or replace them. The link works in one place and is dead in the other."
        ),
        right="The anchor as GitHub makes it (“Backup & Restore” is #backup--restore), where GitHub is where people read.",
        bad="# Vault\n\n- [Backup & Restore](#backup-restore)\n\n## Backup & Restore\n\nAsk the storage team.\n",
        good="# Vault\n\n- [Backup & Restore](#backup--restore)\n\n## Backup & Restore\n\nAsk the storage team.\n",
        look=_unlike_github,
    ),
    Rule(
        id="dead-link",
        severity=Severity.WARNING,
        title="Looks for links to files of the repository that do not exist, and to headings that they do not have.",
        why="The procedure that the link promises is needed at the moment when somebody clicks it.",
        right="A path relative to this document's folder, to a file that exists there.",
        bad="# Queue\n\nFollow [the failover guide](failover.md).\n",
        good="# Queue\n\nFollow [the failover guide](guides/failover.md).\n",
        look=_dead_links,
        surroundings=_has_only("guides/failover.md"),
    ),
    Rule(
        id="missing-script",
        severity=Severity.NOTE,
        title="Looks for commands that use a file of the repository which is not there.",
        why="The folder was tidied up, the script renamed, and the runbook was not told. That is found out when the command is run in an emergency.",
        right="The path of a file that exists, from the folder in which the command is run.",
        bad="# Queue\n\n## Drain the queue\n\n```bash\n./scripts/drain.sh --all\n```\n",
        good="# Queue\n\n## Drain the queue\n\n```bash\n./scripts/queue/drain.sh --all\n```\n",
        look=_missing_scripts,
        surroundings=_has_only("scripts", "scripts/queue/drain.sh"),
    ),
    Rule(
        id="missing-document",
        severity=Severity.WARNING,
        title="Looks for documents that are named by their path and are not there.",
        why="A reference that nobody can open is found out when its content is needed.",
        right="The path of a file that exists, from this document's folder or from the root of the repository.",
        bad="# Duty\n\nThe targets stand in `guides/targets.md`.\n",
        good="# Duty\n\nThe targets stand in `guides/objectives.md`.\n",
        look=_missing_papers,
        surroundings=_has_only("guides/objectives.md"),
    ),
)
