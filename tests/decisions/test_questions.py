"""What a script would ask its terminal is known before it runs."""

import pytest

from runward.runbooks.block.questions import list_questions
from runward.runbooks.model import Question
from runward.runbooks.shell.calls import calls_of
from runward.runbooks.shell.parse import script_of


def _asked(text: str) -> list[Question]:
    return list(list_questions(calls_of(script_of(text))))


@pytest.mark.parametrize(
    ("text", "prompt", "variable", "secret"),
    [
        ('read -p "Continue? " answer', "Continue?", "answer", False),
        ("read -rsp 'Password: ' PW", "Password:", "PW", True),
        ("read", "", "REPLY", False),
        ("f() { read -p a b; }", "a", "b", False),
        ("if true; then read x; fi", "", "x", False),
    ],
)
def test_read_asks(text: str, prompt: str, variable: str, secret: bool) -> None:
    assert _asked(text) == [Question(1, prompt, variable, secret)]


@pytest.mark.parametrize(
    "text",
    [
        "cat f | while read a; do echo $a; done",
        "while read -r a b; do echo $a; done < f",
        "while IFS= read -r a; do echo $a; done < <(ls)",
        "read a < f",
        "read a <<< x",
        "echo x | read a",
        "read -u 3 a",
        "read -t 0 a",
        "sudo -n ls",
        "ssh -o BatchMode=yes a ls",
        "apt-get install -y a",
        "apt-get -qq upgrade",
        "DEBIAN_FRONTEND=noninteractive apt-get -y install a",
        "terraform apply -auto-approve",
        "mysql -psecret -e 'select 1'",
        "mysql -u a --password=b -e 'select 1'",
        "psql -c 'select 1'",
        "docker system prune -f",
        "git commit -m a",
        "kubectl get pods",
        "ls | less | cat",
        "redis-cli --cluster create a b --cluster-yes",
        "yes | apt-get install a",
    ],
)
def test_nothing_is_asked(text: str) -> None:
    assert _asked(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "sudo systemctl restart a",
        "ssh a ls",
        "scp a b:",
        "psql -W -c 'select 1'",
        "mysql -u root -p",
        "mysqldump -p a",
        "apt install a",
        "apt-get upgrade",
        "yum install a",
        "passwd a",
        "su - a",
        "kubectl edit deploy/a",
        "crontab -e",
        "vi f",
        "less f",
        "man ls",
        "terraform apply",
        "terraform destroy",
        "docker system prune",
        "docker login",
        "git commit",
        "git rebase -i a",
        "rm -i f",
        "redis-cli --cluster create a b",
        "patronictl switchover",
        "python manage.py flush",
        "ssh-keygen",
        "pip uninstall a",
        "sudo -u a psql -W",
    ],
)
def test_something_is_asked(text: str) -> None:
    assert _asked(text)


def test_passwords_are_secret() -> None:
    assert all(question.secret for question in _asked("sudo ls; psql -W; mysql -p"))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question(1, "it asks for a password", secret=True), "for a password"),
        (Question(1, "Really? "), "Really? "),
        (Question(1, "", "answer"), "answer"),
    ],
)
def test_a_question_is_told_in_words_that_follow_asks(question: Question, words: str) -> None:
    assert question.words == words
