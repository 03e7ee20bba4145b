"""No text, however odd, makes the reading of blocks fail or never end."""

import string

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runward.runbooks.blocks import list_blocks
from runward.runbooks.classify import Piece, meaning_of
from runward.runbooks.markdown import parse_document
from runward.runbooks.model import Risk
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

LANGUAGES = [
    "bash",
    "sql",
    "mysql",
    "python",
    "powershell",
    "bat",
    "yaml",
    "json",
    "text",
    "",
    "redis",
    "mongodb",
    "console",
    "cron",
    "js",
    "diff",
]
PIECES = [
    "ls", "rm -rf x", "$(", ")", "`", "'", '"', "|", "&&", ";", "\n", " ", "<<EOF", "EOF", "<a b>", "{{ x }}", "${", "}", "if", "then", "fi", "do", "done", "case", "esac",
    "SELECT 1;", "DROP TABLE a", "/*", "*/", "--", "$$", "\\", "\\gexec", "\\!", "Get-Item", "Remove-Item", ">>> ", "$ ", "mysql> ", "x = 1", "def f(:", "#", "=", ":", "\t", "-",
    "1. ", "- ", "> ", "```", "~~~", "    ", "| a |", "<details>", "</details>", "<!--", "-->", "[!NOTE]", "!!! note", ":::x", "---", "<br>", "\x0c", "\u2028", "ü", "‚ö", "ðŸ", "🚨",
    "sudo", "ssh h", "docker exec c", "xargs", "find . -exec", "python -c", "psql -c", "echo", "> f", "awk '{", "sed s/", "0 0 * * *", "[x]", "name: v", "{", "(",
]  # fmt: skip
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(LANGUAGES))
@example("$(" * 500, "bash")
@example("'" * 501, "sql")
@example("(" * 501, "python")
@example("{" * 500, "json")
@example("\x00\ud800"[:1], "bash")
def test_pieces_of_code_never_fail(text: str, lang: str) -> None:
    meaning = meaning_of(Piece(text, lang))
    assert all(1 <= line.line <= text.count("\n") + 1 for line in meaning.risks)
    assert all(line.risk.rank <= meaning.risk.rank for line in meaning.risks)


@SLOW
@given(st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join))
def test_documents_never_fail(text: str) -> None:
    document = parse_document(text, "RUNBOOK.md")
    for block in list_blocks(document):
        assert 1 <= block.line <= block.end <= len(document.lines)


@SLOW
@given(st.text(max_size=300))
@example("\ud83d")
@example("\x00")
@example("\r\r\n\n\r")
def test_any_text_at_all_is_a_document(text: str) -> None:
    assert list_blocks(parse_document(text, "RUNBOOK.md")) is not None


@SLOW
@given(st.text(alphabet=string.printable, max_size=120))
def test_a_command_that_destroys_is_found_after_any_complete_line(text: str) -> None:
    """Whatever stands before it in a comment, a line of its own is run and is seen."""
    before = "".join(f"# {line}\n" for line in text.split("\n") if not line.endswith("\\")).replace("\r", " ")
    assert meaning_of(Piece(f"{before}rm -rf /x\n", "bash")).risk is Risk.DESTROY


def test_a_break_that_is_written_as_an_entity_is_no_line_of_the_file() -> None:
    assert policy_of(parse_runbook("- a&#10;b&#10;c&#10;d", "RUNBOOK.md")).facts == ()
