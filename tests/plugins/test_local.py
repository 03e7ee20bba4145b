"""Bash on this machine: observed, bounded, stopped, carried on, found again."""

import asyncio
import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runward.foundation.tape import ERR, OUT, bytes_of
from runward.plugins.contracts import Birth, Bound, Ended, Order, Outcome, Secret, Watch
from runward.plugins.runtimes import local as runtime
from runward.plugins.runtimes.local import Local, find_living, never_started
from runward.plugins.shell.processes import find_process, list_processes


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    runtime = Local()
    yield runtime
    runtime.close()


# A test run that was broken off may have left processes of the same command lines.
BEGAN = int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))


class Bench:
    """Runs orders in numbered folders."""

    def __init__(self, local: Local, folder: Path) -> None:
        self.local, self.folder, self.number = local, folder, 0

    def run(self, script: str, watch: Watch | None = None, **order: object) -> Outcome:
        return self.order(Order(script, **{"first_line": 10, "time_limit_seconds": 20.0} | order), watch)  # type: ignore[arg-type]

    def order(self, order: Order, watch: Watch | None = None) -> Outcome:
        self.number += 1
        return asyncio.run(self.local.perform(order, self.folder / str(self.number), watch))

    def cancelled(self, order: Order, after: float) -> Outcome:
        self.number += 1

        async def both() -> Outcome:
            cancel = asyncio.Event()
            asyncio.get_running_loop().call_later(after, cancel.set)
            return await self.local.perform(order, self.folder / str(self.number), None, cancel)

        return asyncio.run(both())


@pytest.fixture
def bench(local: Local, tmp_path: Path) -> Bench:
    return Bench(local, tmp_path)


def out(outcome: Outcome, section: int | None = None) -> str:
    return bytes_of(Path(outcome.folder) / "tape", section=section, stream=OUT).decode()


def err(outcome: Outcome) -> str:
    return bytes_of(Path(outcome.folder) / "tape", stream=ERR).decode()


FAILS = [
    ("false", 10, "false ended with exit 1"),
    ("echo a\nfalse\necho b", 11, "false ended with exit 1"),
    ("false | gzip > f.gz", 10, "false ended with exit 1"),
    ("sh -c 'exit 4' | cat | cat", 10, "sh ended with exit 4"),
    ("cd /nonexistent && echo there", 10, "cd ended with exit 1"),
    ('for i in 1 2 3; do\n  sh -c "exit $((i == 2 ? 5 : 0))"\ndone', 11, "sh ended with exit 5"),
    ("f() {\n  ls /nonexistent\n  echo on\n}\nf", 11, "ls ended with exit 2"),
    ("nosuchprogram --flag", 10, "nosuchprogram: command not found"),
    ("if nosuchprogram; then echo y; else echo n; fi", 10, "nosuchprogram: command not found"),
    ("touch there\n./there", 11, "there is there but cannot be executed"),
    ('x=$(ls /nonexistent)\necho "$x"', 10, "ls ended with exit 2"),
    ("set -e\necho a\nfalse\necho never", 12, "false ended with exit 1"),
    ("set -e\nfalse | true\ntrue | sh -c 'exit 3'", 11, "false ended with exit 1"),
    ("if false | true; then echo y; fi", 10, "false ended with exit 1"),
    ("grep x /nonexistent", 10, "grep ended with exit 2"),
    ("echo a\nexit 3", 11, "the script ended itself with exit 3"),
    ("kill -KILL $$", 10, "the script ended by signal 9"),
    ("sh -c 'kill -TERM $$'\necho on", 10, "sh was ended by SIGTERM"),
    ("timeout 0.05 sleep 5", 10, "it took longer than its own time limit (exit 124)"),
    ("(cd /; ls nothing_there)\necho on", 10, "ls ended with exit 2"),
    ("set -u\necho $undefined_name\n", 11, "echo ended with exit 1"),
    ("set -x\nfalse\nset +x", 11, "false ended with exit 1"),
    ("{ echo a; false; echo b; } > log", 10, "false ended with exit 1"),
    ("case x in\n  x) false ;;\nesac\necho on", 11, "false ended with exit 1"),
]

FINE = [
    "grep nothing /etc/hostname",
    "grep nothing /etc/hostname | wc -l",
    "ps aux | grep -c nothing_like_this_xyz | cat",
    "yes | head -1",
    "seq 1 100000 | head -1 | cat",
    "false || echo handled",
    "if false; then echo y; fi",
    "while false; do :; done",
    "! false",
    "[ -f nothing ]",
    "[ -f nothing ] && rm nothing",
    "[[ a == b ]]",
    "(( 0 ))",
    "diff <(echo a) <(echo b)",
    "pgrep nothing_like_this_xyz",
    "false\nif [ $? -ne 0 ]; then echo looked; fi",
    "sh -c 'exit 3'\nrc=$?\necho $rc",
    "false | true\necho ${PIPESTATUS[0]}",
    "set -e\nif ! false; then echo ok; fi",
    "x=$(false) || x=default\necho $x",
    "f() { false; }\nf || echo handled",
    "f() { [ -f nothing ] && rm nothing; }\nf",
    "f() { grep nothing /etc/hostname; }\nf\nx=$(f)\n(f)",
    "nosuchprogram 2>/dev/null || echo fallback",
    "sleep 10 &\nkill $!",
    "cat <<EOF\ntext\nEOF",
    "read -r -d '' text <<EOF\nx\nEOF\necho $text",
    'sudo() { "$@"; }\nsudo grep nothing /etc/hostname',
    "timeout 0.1 tail -f /dev/null",
    "",
    "# nothing at all",
]


@pytest.mark.parametrize(("script", "line", "why"), FAILS)
def test_what_fails_is_told_with_its_line(
    bench: Bench, tmp_path: Path, script: str, line: int, why: str
) -> None:
    outcome = bench.run(script, working_folder=str(tmp_path))
    assert [(failure.line, failure.why) for failure in outcome.failures][:1] == [(line, why)]


@pytest.mark.parametrize("script", FINE)
def test_what_is_no_failure_is_none(bench: Bench, tmp_path: Path, script: str) -> None:
    outcome = bench.run(script, working_folder=str(tmp_path))
    assert outcome.failures == ()
    assert outcome.ended is Ended.FINISHED


def test_a_failure_counts_once(bench: Bench) -> None:
    outcome = bench.run("f() {\n  x=$(ls /nonexistent)\n}\nf\necho on")
    assert [failure.line for failure in outcome.failures] == [11]


def test_a_failed_producer_is_not_hidden_by_the_loop_that_reads_it(bench: Bench) -> None:
    outcome = bench.run("sh -c 'exit 1' | while read -r key; do\n  echo \"$key\"\ndone\ntrue")
    assert [failure.line for failure in outcome.failures] == [10]


def test_a_failure_within_a_pipeline_counts_at_its_origin(bench: Bench) -> None:
    outcome = bench.run("echo a | while read -r key; do\n  ls /nonexistent\ndone\ntrue")
    assert [failure.line for failure in outcome.failures] == [11]


def test_every_member_of_a_pipeline_is_recorded(bench: Bench) -> None:
    outcome = bench.run("sh -c 'exit 2' | sh -c 'cat; exit 3' | cat")
    assert outcome.commands[0].exits == (2, 3, 0)
    assert outcome.commands[0].members == ("sh -c 'exit 2'", "sh -c 'cat; exit 3'", "cat")


def test_the_end_under_set_e_is_recorded_with_all_members(bench: Bench) -> None:
    outcome = bench.run("set -eo pipefail\nsh -c 'exit 6' | cat\necho never")
    assert [command.exits for command in outcome.commands if command.line == 11] == [(6, 0)]
    assert outcome.not_started == ("line 12: echo never",)
    assert outcome.exit == 6


def test_bash_names_the_document_and_its_line(bench: Bench) -> None:
    outcome = bench.run("echo a\nnosuchprogram", first_line=40, document="RUNBOOK.md")
    assert err(outcome) == "RUNBOOK.md: line 41: nosuchprogram: command not found\n"


def test_a_syntax_error_starts_nothing_and_names_its_line(bench: Bench, tmp_path: Path) -> None:
    outcome = bench.run(f"touch {tmp_path}/made\necho (", first_line=40)
    assert outcome.ended is Ended.REFUSED
    assert outcome.failures[0].line == 41
    assert "syntax error" in outcome.failures[0].why
    assert not (tmp_path / "made").exists()


def test_a_working_folder_that_is_not_there_starts_nothing(bench: Bench) -> None:
    outcome = bench.run("echo a", working_folder="/nonexistent")
    assert outcome.ended is Ended.REFUSED
    assert "/nonexistent" in outcome.failures[0].why


def test_a_folder_that_cannot_be_made_starts_nothing(local: Local, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    outcome = asyncio.run(local.perform(Order(f"touch {tmp_path}/made"), tmp_path / "file" / "step"))
    assert outcome.ended is Ended.REFUSED
    assert "cannot be used" in outcome.failures[0].why
    assert not (tmp_path / "made").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk of its own needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_does_not_stop_the_command(local: Local, tmp_path: Path, small_disk: Path) -> None:
    script = f"seq 1 500000\ntouch {tmp_path}/done"
    outcome = asyncio.run(local.perform(Order(script, first_line=10), small_disk / "step"))
    assert outcome.ended is Ended.FINISHED
    assert outcome.failures == ()
    assert any("No space left" in doubt for doubt in outcome.doubts)
    assert out(outcome, 10).startswith("1\n2\n")
    assert outcome.sections[0].dropped_bytes > 1_000_000
    assert (tmp_path / "done").exists()


def test_each_statement_has_its_own_output(bench: Bench) -> None:
    outcome = bench.run("echo one\necho two >&2\nfor i in 1 2; do\n  echo $i\ndone\nprintf end")
    assert [(section.line, section.end, section.lines) for section in outcome.sections] == [
        (10, 10, 1),
        (11, 11, 1),
        (12, 14, 2),
        (15, 15, 0),
    ]
    assert out(outcome, 12) == "1\n2\n"
    assert out(outcome, 15) == "end"


def test_output_is_heard_while_the_script_runs(bench: Bench) -> None:
    heard: list[tuple[float, bytes]] = []
    began: list[int] = []
    watch = Watch(heard=lambda frame: heard.append((time.monotonic(), frame.data)), began=began.append)
    bench.run("echo first\nsleep 0.5\necho second", watch)
    assert [data for _, data in heard] == [b"first\n", b"second\n"]
    assert heard[1][0] - heard[0][0] > 0.3
    assert began == [10, 11, 12]


def test_state_is_carried_from_step_to_step(bench: Bench, tmp_path: Path) -> None:
    first = bench.run(
        "export A='x y'\nb=local\nlist=(1 'two words')\ndeclare -A map=([k]='v w')\nunset HOME\ncd /usr\n"
        "greet() { echo \"hi $1\"; }\nexport MULTI=$'a\\nb'"
    )
    assert first.environment == {"A": "x y", "MULTI": "a\nb"}
    assert first.working_folder == "/usr"
    assert "HOME" in first.removed
    second = bench.run(
        'echo "$A|$b|${list[1]}|${map[k]}|${HOME-none}|$PWD|$MULTI"\ngreet you\nunset A; exit 0',
        environment=first.environment,
        removed=first.removed,
        variables=first.variables,
        functions=first.functions,
        working_folder=first.working_folder,
    )
    assert out(second) == "x y|local|two words|v w|none|/usr|a\nb\nhi you\n"
    assert second.environment == {"MULTI": "a\nb"}
    assert "HOME" in second.removed
    assert set(second.functions) == {"greet"}


def test_state_survives_exit_and_the_scripts_own_trap(bench: Bench) -> None:
    outcome = bench.run("trap 'echo bye' EXIT\nexport A=1\nif true; then exit 0; fi")
    assert outcome.environment == {"A": "1"}
    assert out(outcome) == "bye\n"


def test_a_script_that_becomes_another_program_leaves_no_state(bench: Bench) -> None:
    outcome = bench.run("export A=1\nexec true")
    assert outcome.environment is None
    assert outcome.exit == 0


def test_secrets_are_masked_and_never_on_the_disk(bench: Bench, tmp_path: Path) -> None:
    secret = Secret("DB_PASSWORD", "s3cr3t/va+lue")
    first = bench.run(
        'echo "is $DB_PASSWORD"\nprintf %s "$DB_PASSWORD" | base64\nexport URL="postgres://u:$DB_PASSWORD@h/db"\n'
        'copy=$DB_PASSWORD\ncoded=$(printf %s "$DB_PASSWORD" | base64)',
        secrets=(secret,),
    )
    assert out(first) == "is ***\n***\n"
    assert first.environment is not None
    assert "s3cr3t" not in repr(first)
    assert first.withheld == ("coded",)
    second = bench.run(
        '[ "$URL" = "postgres://u:$DB_PASSWORD@h/db" ] && [ "$copy" = "$DB_PASSWORD" ] && echo "same $URL"',
        secrets=(secret,),
        environment=first.environment,
        variables=first.variables,
    )
    assert out(second) == "same postgres://u:***@h/db\n"
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"s3cr3t" not in path.read_bytes()
            assert path.stat().st_mode & 0o077 == 0


def test_secrets_stand_on_no_command_line(bench: Bench) -> None:
    outcome = bench.run(
        "ps -ef ww | grep -c 'very-[s]ecret-word'", secrets=(Secret("S", "very-secret-word"),)
    )
    assert out(outcome) == "0\n"


def test_answers_reach_read_and_then_the_input_ends(bench: Bench) -> None:
    outcome = bench.run(
        'read -p "Sure? " a\nread b\nread c || echo "end"\necho "$a-$b"', answers=("yes", "two words")
    )
    assert "end\nyes-two words\n" in out(outcome)


def test_nothing_can_ask_a_terminal(bench: Bench) -> None:
    outcome = bench.run("read x < /dev/tty\ncat\ntty\necho done")
    assert "done" in out(outcome)
    assert outcome.took_seconds < 5


def test_the_time_limit_stops_the_whole_family(bench: Bench) -> None:
    outcome = bench.run(
        "echo a\nsleep 321 | sleep 322\necho never", time_limit_seconds=0.5, grace_seconds=1.0
    )
    assert outcome.ended is Ended.TIMED_OUT
    assert outcome.failures[-1].code == "timed_out"
    assert any("sleep 321" in text for text in outcome.running)
    assert outcome.running[0].startswith("line 11: ")
    assert outcome.not_started == ("line 12: echo never",)
    assert not _running("sleep 32")


def test_what_ignores_term_is_killed(bench: Bench) -> None:
    outcome = bench.run(
        "trap '' TERM\nwhile :; do sleep 0.05; done", time_limit_seconds=0.3, grace_seconds=0.3
    )
    assert outcome.ended is Ended.TIMED_OUT
    assert outcome.signal == signal.SIGKILL


def test_cancel_reaches_those_who_left_the_session(bench: Bench) -> None:
    order = Order("setsid sleep 331 &\nsleep 332\necho never", first_line=10, grace_seconds=1.0)
    outcome = bench.cancelled(order, 0.5)
    assert outcome.ended is Ended.CANCELLED
    assert not _running("sleep 33")


def test_cancel_lets_the_script_clean_up(bench: Bench) -> None:
    order = Order("trap 'echo cleaned; exit 1' TERM\nsleep 30\n", first_line=10, grace_seconds=5.0)
    outcome = bench.cancelled(order, 0.4)
    assert outcome.ended is Ended.CANCELLED
    assert out(outcome) == "cleaned\n"
    assert outcome.took_seconds < 4


def test_an_endless_command_is_ended_and_the_rest_goes_on(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("slow 1\nfast\nslow 2\n")
    outcome = bench.run(
        f"tail -f {tmp_path}/app.log | grep slow\necho next",
        bounds=(Bound(10, seconds=0.3),),
        time_limit_seconds=10,
    )
    assert outcome.ended is Ended.FINISHED
    assert outcome.failures == ()
    assert outcome.commands[0].bounded
    assert out(outcome) == "slow 1\nslow 2\nnext\n"


def test_bounding_spares_what_was_started_before(bench: Bench) -> None:
    outcome = bench.run(
        "sleep 381 > /dev/null 2>&1 &\nsleep 0.1\nsh -c 'trap \"\" INT; sleep 382'\necho next",
        bounds=(Bound(12, seconds=0.3),),
    )
    assert out(outcome) == "next\n"
    assert [one.command for one in outcome.left_running] == ["sleep 381"]
    os.kill(outcome.left_running[0].pid, signal.SIGKILL)


def test_enough_lines_end_an_endless_command(bench: Bench) -> None:
    outcome = bench.run(
        "while :; do echo x; sleep 0.01; done | cat\necho next", bounds=(Bound(10, seconds=10, lines=5),)
    )
    assert outcome.failures == ()
    assert out(outcome).endswith("next\n")
    assert outcome.took_seconds < 8


def test_the_line_limit_of_the_whole_is_an_end_and_no_failure(bench: Bench) -> None:
    outcome = bench.run("yes", line_limit=1000)
    assert outcome.ended is Ended.BOUNDED
    assert outcome.failures == ()


def test_what_is_left_running_is_told_and_lives(bench: Bench) -> None:
    outcome = bench.run("sleep 341 &\necho started")
    assert outcome.ended is Ended.FINISHED
    assert outcome.took_seconds < 3
    assert [one.command for one in outcome.left_running] == ["sleep 341"]
    left = outcome.left_running[0]
    assert find_process(left.pid)
    os.kill(left.pid, signal.SIGKILL)


def test_who_still_writes_after_the_end_is_not_broken_off(bench: Bench, tmp_path: Path) -> None:
    outcome = bench.run(f"(sleep 1; echo late; touch {tmp_path}/lived) &\necho started")
    assert out(outcome) == "started\n"
    assert _until((tmp_path / "lived").exists, 5)


def test_a_daemon_with_its_own_output_holds_nobody_up(bench: Bench) -> None:
    outcome = bench.run("sleep 351 >/dev/null 2>&1 &\necho started")
    assert outcome.took_seconds < 0.4
    os.kill(outcome.left_running[0].pid, signal.SIGKILL)


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = int(self.path.strip("/") or 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/200")
        self.end_headers()
        self.wfile.write(b"body\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("script", "status", "fails"),
    [
        ("curl -s {site}/200", 200, False),
        ("curl -s {site}/500", 500, True),
        ("curl -s {site}/503 | cat", 503, True),
        ("curl -sL {site}/302", 200, False),
        ("curl -sf {site}/500", 500, True),
        ("curl -sf {site}/500 || echo down", 500, False),
        ("curl -s -o /dev/null -w '%{{http_code}}' {site}/404", 404, True),
        ("code=$(curl -s -o /dev/null -w '%{{http_code}}' {site}/404)\necho $code", 404, False),
        ("if curl -s {site}/500 > /dev/null; then echo up; fi", 500, True),
        ("body=$(curl -s {site}/500 2>/dev/null)", 500, True),
        ("timeout 5 curl -s {site}/500", 500, True),
        ("echo {site}/500 | xargs curl -s", 500, True),
    ],
)
def test_what_a_server_answered_is_known(
    bench: Bench, site: str, script: str, status: int, fails: bool
) -> None:
    outcome = bench.run(script.format(site=site))
    assert [command.http_status for command in outcome.commands if command.http_status] == [status]
    assert bool(outcome.failures) == fails


def test_the_body_of_an_answer_is_untouched_and_own_settings_hold(
    bench: Bench, site: str, tmp_path: Path
) -> None:
    (tmp_path / ".curlrc").write_text('silent\nwrite-out = "<%{http_code}>"\n')
    outcome = bench.run(f"curl {site}/500", environment={"HOME": str(tmp_path)})
    assert out(outcome) == "body\n<500>"
    assert outcome.commands[0].http_status == 500


def test_errors_that_end_with_exit_0_are_noticed(bench: Bench, tmp_path: Path) -> None:
    for name, script in {
        "psql": "#!/bin/sh\necho 'psql:x.sql:3: ERROR:  relation \"a\" does not exist' >&2\necho rows\n",
        "redis-cli": "#!/bin/sh\necho 'NOAUTH Authentication required.'\n",
    }.items():
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    asked = bench.run("psql -f x.sql\nredis-cli INFO", environment=path)
    assert [(failure.line, "and yet says" in failure.why) for failure in asked.failures] == [
        (10, True),
        (11, True),
    ]


def test_a_hundred_thousand_turns_of_a_loop_cost_little(bench: Bench) -> None:
    outcome = bench.run("for ((i=0; i<100000; i++)); do\n  true && [ $i -ge 0 ]\n  x=$i\ndone\necho $x")
    assert out(outcome) == "99999\n"
    assert outcome.took_seconds < 15
    folder = Path(outcome.folder)
    assert (folder / "ended.json").stat().st_size < 20_000


def test_failures_in_a_long_loop_are_counted(bench: Bench) -> None:
    outcome = bench.run(
        "for ((i=0; i<3000; i++)); do\n  f $i\ndone\nf() { :; }".replace(
            "f $i", "cd /nonexistent_$i 2>/dev/null"
        )
    )
    failed = [command for command in outcome.commands if command.failed]
    assert [(command.line, command.times) for command in failed] == [(11, 3000)]


def _running(command: str) -> bool:
    return any(
        _line(process.pid).startswith(command) for process in list_processes() if process.started >= BEGAN
    )


def _line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _until(holds: object, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


_WORKER = """
import asyncio, json, sys
from pathlib import Path
from runward.plugins.contracts import Order, Watch
from runward.plugins.runtimes import local as runtime
from runward.plugins.runtimes.local import Local

folder, script = Path(sys.argv[1]), sys.argv[2]

def born(birth):
    (folder / "birth").write_text(json.dumps([birth.pid, birth.started, birth.boot, birth.folder]))
    if len(sys.argv) > 3:
        import os
        os.kill(os.getpid(), 9)

asyncio.run(Local().perform(Order(script, first_line=10), folder / "step", Watch(born=born)))
"""


def _worker(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(folder), *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def _birth(folder: Path) -> Birth:
    assert _until(lambda: (folder / "birth").exists() and (folder / "birth").stat().st_size, 10)
    return Birth(*json.loads((folder / "birth").read_text()))


def test_a_script_outlives_kill_9_and_is_found_again(local: Local, tmp_path: Path) -> None:
    script = f"echo one\nsleep 1.2\nexport A=1\necho two\necho x >> {tmp_path}/times"
    worker = _worker(tmp_path, script)
    birth = _birth(tmp_path)
    assert _until((tmp_path / "step" / "started.json").exists, 5)
    worker.kill()
    worker.wait()
    assert find_living(birth)
    heard: list[bytes] = []
    watch = Watch(heard=lambda frame: heard.append(frame.data))
    outcome = asyncio.run(local.rejoin(Order(script, first_line=10), birth, watch))
    assert outcome.ended is Ended.FINISHED
    assert outcome.exit == 0
    assert b"".join(heard) == b"one\ntwo\n"
    assert outcome.environment == {"A": "1"}
    assert (tmp_path / "times").read_text() == "x\n"
    assert not find_living(birth)


def test_a_worker_killed_before_its_go_has_started_nothing(local: Local, tmp_path: Path) -> None:
    worker = _worker(tmp_path, f"touch {tmp_path}/made", "die")
    birth = _birth(tmp_path)
    worker.wait()
    assert _until(lambda: not find_living(birth), 5)
    assert never_started(tmp_path / "step")
    assert not (tmp_path / "made").exists()
    assert local.collect(Order("x"), tmp_path / "step").ended is Ended.LOST


def test_a_keeper_killed_with_its_script_is_lost_and_says_so(local: Local, tmp_path: Path) -> None:
    worker = _worker(tmp_path, "echo one\nsleep 361\necho two")
    birth = _birth(tmp_path)
    assert _until(lambda: _running("sleep 361"), 5)
    os.kill(birth.pid, signal.SIGKILL)
    worker.wait(10)
    assert not _running("sleep 361")  # its worker has seen to that
    outcome = local.collect(Order("echo one\nsleep 361\necho two", first_line=10), tmp_path / "step")
    assert outcome.ended is Ended.LOST
    assert outcome.failures
    assert not find_living(birth)


def test_a_script_whose_worker_and_keeper_are_dead_is_still_known_to_live(
    local: Local, tmp_path: Path
) -> None:
    worker = _worker(tmp_path, "sleep 391 > /dev/null")
    birth = _birth(tmp_path)
    assert _until(lambda: _running("sleep 391"), 5)
    worker.kill()
    os.kill(birth.pid, signal.SIGKILL)
    worker.wait()
    assert find_living(birth)

    async def both() -> Outcome:
        cancel = asyncio.Event()
        cancel.set()
        return await local.rejoin(Order("sleep 391 > /dev/null", first_line=10), birth, None, cancel)

    assert asyncio.run(both()).ended is Ended.LOST
    assert not find_living(birth)


def test_a_script_whose_keeper_dies_first_does_nothing(tmp_path: Path) -> None:
    recorder = Path(runtime.__file__).parent.parent / "shell" / "record.bash"
    script = f"source {recorder} {tmp_path} word document recorded; touch {tmp_path}/made"
    done = subprocess.run(["bash", "-c", script], env=os.environ | {"__runward_keeper": "1"}, check=False)
    assert done.returncode == 125
    assert not (tmp_path / "made").exists()
    assert (tmp_path / "shell").read_text().isdigit()


def test_a_script_found_again_can_be_cancelled(local: Local, tmp_path: Path) -> None:
    worker = _worker(tmp_path, "echo one\nsleep 371\necho two")
    birth = _birth(tmp_path)
    assert _until(lambda: _running("sleep 371"), 5)
    worker.kill()
    worker.wait()

    async def both() -> Outcome:
        cancel = asyncio.Event()
        cancel.set()
        return await local.rejoin(Order("echo one\nsleep 371\necho two", first_line=10), birth, None, cancel)

    outcome = asyncio.run(both())
    assert outcome.ended is Ended.CANCELLED
    assert not _running("sleep 371")


def test_another_process_of_the_same_number_is_not_taken_for_ours() -> None:
    own = find_process(os.getpid())
    assert own
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    birth = Birth(own.pid, own.started, boot, "/")
    assert find_living(birth)
    assert not find_living(replace(birth, started=own.started - 1))
    assert not find_living(replace(birth, boot="another"))


def test_many_scripts_at_once(local: Local, tmp_path: Path) -> None:
    async def all_of_them() -> list[Outcome]:
        orders = [local.perform(Order(f"sleep 0.1; echo {n}"), tmp_path / str(n)) for n in range(20)]
        return await asyncio.gather(*orders)

    assert [out(outcome) for outcome in asyncio.run(all_of_them())] == [f"{n}\n" for n in range(20)]
