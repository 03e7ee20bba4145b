"""What exits and printed dates say, in words."""

from datetime import UTC, datetime

import pytest

from runward.plugins.contracts import CommandResult
from runward.plugins.shell.exits import failure_of
from runward.plugins.shell.programs import complaint_in, expiry_of, meaning_of

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("curl -s https://shop.example/health", 60, "the certificate is not trusted"),
        ("sudo curl -s http://shop.example", 7, "nothing answers there"),
        ("curl http://shop.example", 99, "curl ended with exit 99"),
        ("pg_isready -h db", 2, "nothing answers there"),
        ("psql -c 'SELECT 1'", 2, "no connection"),
        ("pg_top", 127, "pg_top: command not found"),
        ("sudo /opt/tool", 126, "/opt/tool is there but cannot be executed".removeprefix("/opt/")),
        ("docker exec worker celery status", 126, "docker ended with exit 126: it, or what it was to run, cannot be executed there"),
        ("docker compose exec worker celery status", 127, "docker ended with exit 127: it, or what it was to run, is not there"),
        ("sudo kubectl exec api -- pgsql", 127, "kubectl ended with exit 127: it, or what it was to run, is not there"),
        ("ssh web1 restart-it", 127, "ssh ended with exit 127: it, or what it was to run, is not there"),
        ("bash -c restart-it", 127, "bash ended with exit 127: it, or what it was to run, is not there"),
    ],
)  # fmt: skip
def test_an_exit_is_told_in_words(command: str, status: int, said: str) -> None:
    meaning = meaning_of(command, status)
    assert meaning.failed
    assert said in meaning.why


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("pg_top: command not found", "not-found"),
        ("tool is there but cannot be executed", "not-found"),
        ("docker ended with exit 126: it, or what it was to run, cannot be executed there", "exit"),
        ("ssh ended with exit 127: it, or what it was to run, is not there", "exit"),
    ],
)
def test_what_ran_elsewhere_is_told_with_its_own_words(why: str, code: str) -> None:
    """Only an `exit` is given what the command itself said, which here is the true reason."""
    assert failure_of(CommandResult(3, "x", (126,), failed=True, why=why)).code == code


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("notBefore=Jan  1 00:00:00 2027 GMT\nnotAfter=Feb  9 10:00:00 2027 GMT\n", "expired on 2027-02-09 10:00 UTC"),
        ("            Not After : Feb 28 23:59:59 2027 GMT\n", "expired on 2027-02-28 23:59 UTC"),
        ("notAfter=Mar  1 12:00:01 2027 GMT\n", ""),
        ("notAfter=soon GMT\n", ""),
        ("subject=CN = shop.example\n", ""),
    ],
)  # fmt: skip
def test_a_certificate_that_ended_is_told(printed: str, said: str) -> None:
    told = expiry_of(printed, NOW)
    assert said in told
    assert bool(told) == bool(said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            'Trying...\nerror: unknown command "rename"\nSee --help for usage.\n',
            'error: unknown command "rename"',
        ),
        ("  % Total\r100 16\r\nls: /x: No such file or directory\n", "ls: /x: No such file or directory"),
        ("just a note\n\n", "just a note"),
        (
            "npm error enoent Could not read package.json\nnpm error enoent\nnpm error A complete log of this run can be found in: /x.log\n",
            "npm error enoent Could not read package.json",
        ),
        ("ERROR: for api  the name is in use\nEncountered errors while bringing up the project.\n", "ERROR: for api  the name is in use"),
        ("Encountered errors while bringing up the project.\n", "Encountered errors while bringing up the project."),
        ("\x1b[31mError\x1b[0m: it is red\n", "Error: it is red"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_telling_line_of_what_was_said(said: str, told: str) -> None:
    assert complaint_in(said.encode()) == told
