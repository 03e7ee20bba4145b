"""A block is divided into commands as bash and SQL join its lines, whatever is left open for how long."""

import pytest

from lab.planned import a_block
from runward.runbooks.procedure.stretches import stretches_of
from runward.runbooks.programs.rules import _is_said

JOINED = [
    # language, text, the commands with the lines on which they begin
    ("bash", "df -h\nfree", [(11, "df -h"), (12, "free")]),
    ("bash", "curl \\\n  -f x\nfree", [(11, "curl  -f x"), (13, "free")]),
    ("bash", "ls |\n  wc\nfree", [(11, "ls |\n  wc"), (13, "free")]),
    ("bash", "ls \\\n\n  -l\nfree", [(11, "ls  -l"), (14, "free")]),
    ("bash", 'echo "a\nb"\nfree', [(11, 'echo "a\nb"'), (13, "free")]),
    ("bash", "echo 'it is \"\n' \nfree", [(11, "echo 'it is \"\n'"), (13, "free")]),
    ("bash", "echo it\\'s\nfree", [(11, "echo it\\'s"), (12, "free")]),
    ("bash", 'echo "it\'s\nfree"', [(11, 'echo "it\'s\nfree"')]),
    ("bash", 'echo "never\nclosed\nfree', [(11, 'echo "never\nclosed\nfree')]),
    ("sql", "SELECT 1\n, 2;\nSELECT 3; -- last", [(11, "SELECT 1\n, 2;"), (13, "SELECT 3; -- last")]),
    ("sql", "SELECT 1\n, 2", [(11, "SELECT 1\n, 2")]),
]


@pytest.mark.parametrize(("lang", "text", "commands"), JOINED)
def test_lines_that_belong_together_are_one_command(
    lang: str, text: str, commands: list[tuple[int, str]]
) -> None:
    found = stretches_of(a_block(text, lang))
    assert [(one.line, one.text) for stretch in found for one in stretch.commands] == commands


@pytest.mark.parametrize(
    ("said", "verb", "answer"),
    [
        ("get pods", "get", True),
        ("getter pods", "get", False),
        ("describe-instances", "describe-*", True),
        ("describe-instances --all", "describe-*", True),
        ("describe", "describe-*", False),
        ("ec2 terminate-instances i-1", "* terminate-*", True),
        ("terminate-instances", "* terminate-*", False),
        ("kms schedule-key-deletion", "* schedule-key-deletion", True),
        ("kms schedule-key-deletion-now", "* schedule-key-deletion", False),
        ("s3 xabcx", "s3 *a*c*", True),
        ("s3 xcbax", "s3 *a*c*", False),
        ("ab", "ab*b", False),
    ],
)
def test_a_star_stands_for_letters_of_one_word(said: str, verb: str, answer: bool) -> None:
    assert _is_said(said, verb) is answer
