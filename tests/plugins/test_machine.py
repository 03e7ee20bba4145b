"""What this machine has and has not, asked of the machine itself."""

import os
import re
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest

from runward.foundation.errors import Mistake, Unavailable
from runward.plugins.facts import Needs, Reference, find_reference
from runward.plugins.folders import folder_facts, texts_in
from runward.plugins.machine import look, resolved, why_closed
from runward.plugins.programs import command_output, program_version
from runward.plugins.reach import why_unreachable
from runward.plugins.secrets import secret, variables_with_secrets, why_absent


def reference(text: str) -> Reference:
    found = find_reference(text)
    assert found
    return found


def test_programs_paths_and_secrets_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "here.sh").write_text("")
    needs = Needs(
        folder=str(tmp_path),
        programs=frozenset({"bash", "no-such-program"}),
        paths=frozenset({"here.sh", "./gone.sh", "/no/such/path"}),
        references=frozenset({reference("env:HERE"), reference("env:GONE")}),
    )
    found = look(needs, {"PATH": os.environ["PATH"], "HERE": "x"})
    assert found.programs == {"bash": True, "no-such-program": False}
    assert found.paths == {"here.sh": True, "./gone.sh": False, "/no/such/path": False}
    assert {str(one): bool(why) for one, why in found.references.items()} == {
        "env:HERE": False,
        "env:GONE": True,
    }
    assert found.variables == {"PATH", "HERE"}


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("true\nopen a(b", 2),
        ("if true; then", 2),
        ("echo 'a\nb", 1),
        ("EXPLAIN <slow>;", 1),
        ("true\n" * 2000 + ")", 2001),
    ],
)
def test_bash_itself_says_what_it_cannot_read(script: str, line: int) -> None:
    fault = look(Needs(scripts=frozenset({script, "true"}))).syntax
    assert set(fault) == {script}
    assert fault[script].line == line
    assert fault[script].message


def test_checking_syntax_runs_nothing(tmp_path: Path) -> None:
    script = f"touch {tmp_path}/ran; $(touch {tmp_path}/ran2)"
    assert not look(Needs(scripts=frozenset({script}))).syntax
    assert not list(tmp_path.iterdir())


def test_names_are_resolved_side_by_side_and_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(host: str, _port: None) -> list[str]:
        if host == "known":
            return ["address"]
        if host == "silent":
            time.sleep(0.5)
        raise OSError("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    found = resolved(["known", "silent", "x" * 300, "gone"], timedelta(seconds=0.1))
    assert found == {"known": True, "silent": False, "x" * 300: False, "gone": False}
    assert time.monotonic() - began < 0.45


def test_a_port_is_open_or_says_why_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert why_closed("127.0.0.1", port) == ""
        assert why_unreachable("redis", f"redis://127.0.0.1:{port}/0") == ""
    assert why_closed("127.0.0.1", port)
    assert why_unreachable("http", "http://[broken") == "http target says no host"


def test_an_unreachable_database_says_why_and_no_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    why = why_unreachable("postgresql", f"postgresql://app:geheim@127.0.0.1:{port}/x")
    assert why
    assert "geheim" not in why


class TestSecrets:
    def test_from_the_environment_a_file_and_a_command(self, tmp_path: Path) -> None:
        (tmp_path / "pw").write_text("from a file\n")
        assert secret(reference("env:A"), {"A": "from the environment"}) == "from the environment"
        assert secret(reference("file:pw"), {}, tmp_path) == "from a file"
        assert secret(reference("command:printf '%s\\n' 'from a command'"), {}) == "from a command"

    def test_a_part_of_a_url(self) -> None:
        assert secret(reference("env:U#password"), {"U": "postgresql://a:b%20c@h/d"}) == "b c"

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("env:GONE", Mistake),
            ("file:/no/such", Mistake),
            ("command:no-such-program", Mistake),
            ("command:false", Unavailable),
        ],
    )
    def test_what_cannot_be_had_is_said(self, text: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            secret(reference(text), {})

    def test_a_steps_variables_are_filled_and_empty_parts_left_out(self, tmp_path: Path) -> None:
        calls = tmp_path / "calls"
        command = f"command:sh -c 'echo x >> {calls}; echo postgresql://app@h/d'"
        variables = {"PGHOST": f"{command}#host", "PGPASSWORD": f"{command}#password", "PLAIN": "p"}
        found = variables_with_secrets(variables, ("PGHOST", "PGPASSWORD"), {})
        assert found == {"PGHOST": "h", "PLAIN": "p"}
        assert calls.read_text() == "x\n"  # asked once, though two parts were wanted

    @pytest.mark.parametrize(
        ("text", "absent"),
        [("env:A", False), ("env:B", True), ("env:EMPTY", True), ("file:pw", False), ("file:no", True),
         ("command:bash -c x", False), ("command:no-such", True), ("command:'", True)],
    )  # fmt: skip
    def test_whether_a_secret_is_there_without_running_anything(
        self, tmp_path: Path, text: str, absent: bool
    ) -> None:
        (tmp_path / "pw").write_text("x")
        assert bool(why_absent(reference(text), {"A": "x", "EMPTY": ""}, tmp_path)) is absent


def test_a_command_is_bounded() -> None:
    with pytest.raises(Unavailable, match="longer"):
        command_output("sleep 5", timedelta(seconds=0.1))


def test_a_programs_version() -> None:
    assert "version" in program_version(("bash", "--version"))
    assert program_version(("no-such-program", "--version")) == ""


class TestFolders:
    def test_facts(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        facts = folder_facts(tmp_path)
        assert (facts.exists, facts.trouble, facts.private) == (True, "", True)
        assert facts.free_bytes > 0
        tmp_path.chmod(0o755)
        assert not folder_facts(tmp_path).private
        assert folder_facts(tmp_path / "a" / "b").exists is False
        assert not list(tmp_path.iterdir())

    def test_texts_pass_by_what_is_hidden_deep_or_foreign(self, tmp_path: Path) -> None:
        for name in ("a.md", "docs/b.md", ".git/c.md", "node_modules/d.md", "1/2/3/4/5/6/e.md", "f.txt"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(b"text \xff")
        (tmp_path / "big.md").write_bytes(b"x" * (5 * 1024**2 + 1))
        (tmp_path / "loop").symlink_to(tmp_path)
        (tmp_path / "dangling.md").symlink_to(tmp_path / "nothing")
        texts, skipped = texts_in(tmp_path, re.compile(r"\.md$"))
        assert set(texts) == {"a.md", "docs/b.md"}
        assert [line for line in skipped if "big.md" in line]
