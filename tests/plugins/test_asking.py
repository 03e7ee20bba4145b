"""Who asks for what nobody can give ends soon and says so; who only repeats itself goes on."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.postgres import PostgresServer
from runward.plugins.contracts import Ended, Order, Outcome
from runward.plugins.runtimes.local import Local
from runward.plugins.shell.processes import command_of, list_processes

LIMIT = 60.0


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    runtime = Local()
    yield runtime
    runtime.close()


def perform(local: Local, folder: Path, script: str, **order: object) -> Outcome:
    wanted = Order(script, **{"first_line": 10, "time_limit_seconds": LIMIT, "grace_seconds": 2.0} | order)  # type: ignore[arg-type]
    return asyncio.run(local.perform(wanted, folder / "step"))


def reason(outcome: Outcome) -> str:
    return " ".join(f"line {one.line}: {one.why} {one.hint}" for one in outcome.failures)


@pytest.mark.parametrize(
    "program",
    [
        "pg_basebackup -D {folder}/copy",
        "sudo -u postgres pg_basebackup -D /tmp/never",
        "pg_receivewal -D {folder}",
    ],
)
def test_a_server_that_wants_a_password(
    local: Local, tmp_path: Path, postgres: PostgresServer, program: str
) -> None:
    words = program.format(folder=tmp_path).split()
    if not all(shutil.which(word) for word in words if word in {"sudo", "pg_basebackup", "pg_receivewal"}):
        pytest.skip(f"{words[0]} is not installed here")
    script = f"echo before\n{' '.join(words)} -h 127.0.0.1 -p {postgres.port} -U {postgres.user}\necho after"
    outcome = perform(local, tmp_path, script)
    assert outcome.ended is Ended.ASKED
    assert "line 11: it asked “Password:” more than " in reason(outcome)
    assert "nobody can answer" in reason(outcome)
    assert outcome.failures[-1].text.startswith(words[0])
    assert outcome.failures[-1].code == "asked"
    assert outcome.not_started == ("line 12: echo after",)
    assert outcome.took_seconds < 15
    living = [command_of(one.pid) for one in list_processes()]
    assert not any(f"-p {postgres.port} -U {postgres.user}" in text for text in living)


# Each asks in a way of its own; none may last, and each must say why.
ASKERS = [
    pytest.param("psql -W -h 127.0.0.1 -p {port} -U lab -c 'SELECT 1' postgres", "no password supplied", id="psql -W"),
    pytest.param("psql -h 127.0.0.1 -p {port} -U lab -c 'SELECT 1' postgres", "no password supplied", id="psql"),
    pytest.param("pg_dump -h 127.0.0.1 -p {port} -U lab postgres > /dev/null", "no password supplied", id="pg_dump"),
    pytest.param("setpriv --reuid 65534 --clear-groups sudo true", "sudo", id="sudo"),
    pytest.param("ssh -p {port} -o StrictHostKeyChecking=ask nobody@127.0.0.1 true", "exit 255", id="ssh"),
    pytest.param("git -c credential.helper= clone http://127.0.0.1:{port}/shelf.git {folder}/shelf", "exit 128", id="git"),
    pytest.param("ssh-keygen -p -f {folder}/install.sh", "ssh-keygen ended with exit", id="ssh-keygen -p"),
    pytest.param("until read -p 'Go on? ' word; do :; done", "read its input", id="until read"),
    pytest.param("while true; do read -p 'Go on? ' word; case $word in y) break ;; esac; done", "read its input", id="while read"),
    pytest.param("ask() {{ while ! read word; do echo 'Please answer yes or no.'; done; }}\nask", "Please answer yes or no.", id="a function that insists"),
    pytest.param("while [ -z \"$name\" ]; do printf 'Name: '; read -r name; sleep 0.02; done", "it asked “Name:”", id="with a pause between"),
    pytest.param("bash {folder}/install.sh", "Shelf (1-3):", id="a script of its own"),
    pytest.param("echo 9 | bash {folder}/install.sh", "Shelf (1-3):", id="fed with what it does not take"),
    pytest.param("python3 {folder}/ask.py", "Name of the shelf:", id="a program in Python"),
    pytest.param("bash -c 'printf \"Go on? [Y/n] \"; read -r word || {{ echo Abort.; exit 1; }}'", "it asked “Go on? [Y/n]”", id="an abort"),
    pytest.param("passwd lab-of-nobody < /dev/null", "passwd", id="passwd"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "said"), ASKERS)
def test_an_asker_ends_soon_with_a_true_reason(
    local: Local, tmp_path: Path, postgres: PostgresServer, script: str, said: str
) -> None:
    program = script.split(maxsplit=1)[0]
    if program[0].isalpha() and program not in {"until", "while", "ask()"} and not shutil.which(program):
        pytest.skip(f"{program} is not installed here")
    (tmp_path / "install.sh").write_text(
        "until [[ $shelf == [1-3] ]]; do printf 'Shelf (1-3): '; read -r shelf; done\n"
    )
    (tmp_path / "ask.py").write_text(
        "name = ''\nwhile not name:\n    try:\n        name = input('Name of the shelf: ')\n"
        "    except EOFError:\n        continue\n"
    )
    outcome = perform(local, tmp_path, script.format(port=postgres.port, folder=tmp_path))
    assert outcome.took_seconds < 15
    assert outcome.failures, "it asked in vain and yet went well"
    assert said in reason(outcome)


REPEATS = [
    pytest.param("for i in {1..80}; do printf 'a\\na\\n' | sh -c 'printf \"New password: \"; read a; printf \"Retype new password: \"; read b; sleep 0.02; echo changed'; done", id="many who are asked and answered"),
    pytest.param("bash -c 'for i in {1..80}; do printf \"a\\na\\n\" | sh -c \"echo Password: ; read a; read b; sleep 0.02\"; done'", id="the same in a shell of its own"),
    pytest.param("for i in {1..120}; do printf .; sleep 0.02; done", id="dots"),
    pytest.param("for i in {1..60}; do echo waiting...; sleep 0.04; done", id="a polling loop"),
    pytest.param("yes | head -n 400000 | tail -n 1; sleep 1.5", id="yes"),
    pytest.param("timeout 2.5 yes || true", id="yes for a while"),
    pytest.param("for i in {1..60}; do printf 'Waiting for the password store: '; sleep 0.04; done", id="waiting in words"),
    pytest.param("for i in {1..60}; do printf 'Copied: 10 %%\\r'; sleep 0.04; done", id="progress"),
    pytest.param("for i in {1..40}; do echo 'Password: '; done; sleep 1.5", id="a transcript printed at once"),
    pytest.param("mkfifo lines; (for i in {1..60}; do echo line; sleep 0.04; done) > lines & while read -r line; do echo 'Password: '; done < lines; wait", id="what is read from elsewhere"),
    pytest.param("for f in $(seq 300); do : > $f.txt; while read -r line; do :; done < $f.txt; done", id="many empty files"),
    pytest.param("for i in {1..90}; do read -r word || true; done; sleep 1.5", id="many questions that do not matter"),
    pytest.param("until [ -s flag ] && read -r word < flag; do sleep 0.02; n=$((n+1)); [ $n -lt 100 ] || echo x > flag; done", id="a file waited for"),
]  # fmt: skip


@pytest.mark.parametrize("script", REPEATS)
def test_what_repeats_itself_goes_on(local: Local, tmp_path: Path, script: str) -> None:
    outcome = perform(local, tmp_path, script, working_folder=str(tmp_path))
    assert outcome.ended is Ended.FINISHED, reason(outcome)
    assert not outcome.failures, reason(outcome)


def test_answers_that_are_there_are_read(local: Local, tmp_path: Path) -> None:
    script = 'for i in {1..3}; do until read -r word && [ -n "$word" ]; do :; done; echo "$word"; done'
    outcome = perform(local, tmp_path, script, answers=("one", "", "two", "three"))
    assert outcome.ended is Ended.FINISHED
    few = perform(local, tmp_path / "few", script, answers=("one",))
    assert few.ended is Ended.ASKED
