"""When a script is taken to ask for ever, and when it only prints the same thing again."""

import pytest

from runward.plugins.shell.asking import Asked, Asking, asked_of, question_left

ASKS = [
    ("Password: \n", "Password:"),
    ("Password for user reader: \n", "Password for user reader:"),
    ("Enter passphrase for key '/root/.ssh/id': ", "Enter passphrase for key '/root/.ssh/id':"),
    ("Name of the shelf: ", "Name of the shelf:"),
    ("Drop 12 tables? ", "Drop 12 tables?"),
    ("Choose [1-3]> ", "Choose [1-3]>"),
    ("Please answer yes or no.\n", "Please answer yes or no."),
    ("Is this right? [y/N] \nSorry, I did not understand that.\n", "Is this right? [y/N]"),
    ("shelf: error: no answer after 0.31 s\nUser name: \n", "User name:"),
    ("Press any key to continue . . .\n", "Press any key to continue . . ."),
    ("Invalid option\n", "Invalid option"),
]
DOES_NOT = [
    ".",
    ". ",
    "waiting...\n",
    "waiting for the password: \n",
    "y\n",
    "12 %\r",
    "Progress: 12 %\r",
    "still not ready: ",
    "127.0.0.1:5432 - no response\n",
    "HTTP/1.1 503: \n",
    "SELECT title FROM books WHERE shelf = ?\n",
    "ERROR: it failed\n",
    "state:\n",
    "-> \n",
    "",
]


@pytest.mark.parametrize(("unit", "prompt"), ASKS)
def test_a_question_again_and_again(unit: str, prompt: str) -> None:
    asked = asked_of("first some words\n" + unit * 40)
    assert asked
    assert asked.prompt == prompt
    assert asked.times >= 20


@pytest.mark.parametrize("unit", DOES_NOT)
def test_what_only_repeats_itself(unit: str) -> None:
    assert asked_of("first some words\n" + unit * 400) is None


@pytest.mark.parametrize(
    "text",
    [
        "Password: \n" * 19,
        "Password: \n" * 40 + "accepted\n",
        "".join(f"Password for {name}: \n" for name in "abcdefghijklmnopqrstuvwxyz"),
        ("Password: \n" + "a line of a report\n" * 60) * 20,
    ],
)
def test_asked_too_seldom_or_answered_or_something_else_between(text: str) -> None:
    assert asked_of(text) is None


def test_the_numbers_of_a_question_may_differ() -> None:
    text = "".join(f"attempt {number} of 99, Password: \n" for number in range(40))
    assert asked_of(text) == Asked(
        "attempt 39 of 99, Password:", 40, 40 * len("attempt 0 of 0, Password: \n")
    )


def test_words_that_the_divided_output_carries_are_no_answer() -> None:
    assert asked_of("Password: \n" * 30 + "\x1eword:3\x1e" + "Password: \n") == Asked(
        "Password:", 31, 31 * 11
    )


class TestTime:
    """It must be seen to go on: what is printed once and at once may be a file."""

    def test_certain_only_after_it_went_on(self) -> None:
        asking = Asking()
        seen = []
        for tenth in range(10):
            asking.heard("err", b"Password: \n" * 30)
            asking.look(10 + tenth / 10)
            seen.append(asking.asked is not None)
        assert seen.index(True) * 0.1 >= 0.5
        assert asking.asked
        assert asking.asked.prompt == "Password:"

    def test_never_certain_of_what_was_printed_at_once(self) -> None:
        asking = Asking()
        asking.heard("out", b"Password: \n" * 1000)
        for tenth in range(100):
            asking.look(10 + tenth / 10)
            assert asking.asked is None

    def test_an_answer_between_begins_anew(self) -> None:
        asking = Asking()
        for tenth in range(40):
            asking.heard("err", b"Password: \n" * 30)
            if tenth % 4 == 3:
                asking.heard("err", b"welcome\n")
            asking.look(10 + tenth / 10)
            assert asking.asked is None

    def test_reading_in_vain(self) -> None:
        asking = Asking()
        for tenth in range(10):
            asking.read(7, {"0": 3, "1": 100 * (tenth + 1)})
            asking.look(10 + tenth / 10)
        assert asking.asked
        assert (asking.asked.prompt, asking.asked.mark) == ("", 7)

    def test_a_loop_over_files_finds_an_end_as_often(self) -> None:
        asking = Asking()
        for time in range(400):
            asking.read(7, {"0": 3 * time, "1": time})
            asking.look(10 + time / 10)
            assert asking.asked is None


@pytest.mark.parametrize(
    ("printed", "question"),
    [
        (
            "12 shelves will be moved.\nDo you want to continue? [Y/n] Abort.\n",
            "Do you want to continue? [Y/n]",
        ),
        ("Password: ", "Password:"),
        ("Overwrite (yes/no)? ", "Overwrite (yes/no)"),
        ("Password: \nthe server refused\nnothing was done\n", ""),
        ("3 of 4 done\n", ""),
        ("", ""),
    ],
)
def test_what_was_asked_before_it_gave_up(printed: str, question: str) -> None:
    assert question_left(printed) == question
