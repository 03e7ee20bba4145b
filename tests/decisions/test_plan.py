"""A plan says what would be executed, where, at what risk, and what is missing: each rule as rows."""

from dataclasses import replace

import pytest

from lab.planned import CACHE, DB, FIRST, KEPT_DB, a_block, a_runbook, blank, only_step, planned
from runward.foundation.errors import Mistake
from runward.inventory.model import Service
from runward.people.model import Approvals, People
from runward.plugins.facts import Machine, SyntaxFault, find_reference
from runward.runbooks.model import Endless, Purpose, Risk, RiskyLine, Runbook, Step, StepKind
from runward.runs.digest import canonical, digest_of
from runward.runs.model import Gap, GapKind, OnInterrupt, Plan
from runward.runs.plan import plan, what_to_look_up, without_steps


def missing(plan: Plan) -> list[tuple[str, int, str]]:
    return [(gap.kind.value, gap.line, gap.what) for gap in plan.gaps]


def nothing_here(**found: dict[str, bool]) -> Machine:
    return Machine(**found)  # type: ignore[arg-type]


class TestPlaceholders:
    def test_an_unbound_one_is_named_with_its_line(self) -> None:
        made = planned(a_block("echo a\nping <primary-ip>", placeholders=(blank("<primary-ip>", FIRST + 2),)))
        assert missing(made) == [("unbound", FIRST + 2, "<primary-ip>")]
        assert "[services.shop.values]" in made.gaps[0].hint

    def test_a_bound_one_is_written_in_and_named(self) -> None:
        made = planned(
            a_block("ping <ip>", placeholders=(blank("<ip>"),)), service={"values": {"<ip>": "a b"}}
        )
        assert made.steps[0].script == "ping 'a b'"
        assert made.values == {"<ip>": "a b"}
        assert not made.gaps

    def test_an_answer_for_this_plan_wins(self) -> None:
        step = only_step(
            a_block("ping <ip>", placeholders=(blank("<ip>"),)),
            service={"values": {"<ip>": "x"}},
            answers={"<ip>": "y"},
        )
        assert step.script == "ping y"

    def test_a_value_that_cannot_be_written_is_a_gap(self) -> None:
        made = planned(
            a_block("true\nrm <f>", placeholders=(blank("<f>"),)), service={"values": {"<f>": "-rf"}}
        )
        ((kind, line, what),) = missing(made)
        assert (kind, line) == ("unbound", FIRST + 2)
        assert "option" in what

    def test_a_longer_literal_binds_the_word_inside_it(self) -> None:
        text = "curl https://yours.example/health"
        made = planned(
            a_block(text, placeholders=(blank("yours.example", form="domain"),)),
            service={"values": {"https://yours.example": "http://localhost:8080"}},
        )
        assert made.steps[0].script == "curl http://localhost:8080/health"
        assert not made.gaps

    def test_an_argument_is_bound_only_where_it_is_one(self) -> None:
        text = "SELECT pid FROM t;\nSELECT pg_cancel_backend(pid);"
        one = blank("pid", FIRST + 2, "argument")
        step = only_step(
            a_block(text, "sql", placeholders=(one,)),
            service={"targets": {"db": DB}, "values": {"pid": 4711}},
        )
        assert step.script == "SELECT pid FROM t;\nSELECT pg_cancel_backend(4711);"

    @pytest.mark.parametrize(
        ("name", "table"),
        [
            ("<ip>", "values"),
            ("$HOST", "environment"),
            ("${HOST}", "environment"),
            ("$1", "values"),
            ("<db-password>", "secrets"),
        ],
    )
    def test_the_mend_names_the_right_table(self, name: str, table: str) -> None:
        (gap,) = planned(a_block(f"ping {name}", placeholders=(blank(name),))).gaps
        assert f"[services.shop.{table}]" in gap.hint

    def test_a_word_inside_another_blank_is_not_named_twice(self) -> None:
        made = planned(
            a_block("ping <new-ip>", placeholders=(blank("<new-ip>"), blank("new-ip", form="word")))
        )
        assert missing(made) == [("unbound", FIRST + 1, "<new-ip>")]

    def test_a_value_that_is_its_own_name_counts(self) -> None:
        made = planned(
            a_block("curl x.example", placeholders=(blank("x.example"),)),
            service={"values": {"x.example": "x.example"}},
        )
        assert not made.gaps

    @pytest.mark.parametrize("section", ["values", "environment"])
    def test_a_variable_reaches_the_step_by_its_name(self, section: str) -> None:
        name = "$HOST" if section == "values" else "HOST"
        made = planned(
            a_block('ping "$HOST"', placeholders=(blank("$HOST"),)), service={section: {name: "10.0.0.5"}}
        )
        assert made.steps[0].script == 'ping "$HOST"'
        assert made.steps[0].variables == {"HOST": "10.0.0.5"}
        assert not made.gaps

    def test_an_earlier_step_may_assign_a_variable(self) -> None:
        first = a_block("POD=$(kubectl get pod -o name)")
        second = a_block("echo $POD", number=2, line=20, placeholders=(blank("$POD", 21),))
        assert not planned(first, second).gaps
        assert missing(planned(replace(second, number=1), replace(first, number=2))) == [
            ("unbound", 21, "$POD")
        ]

    def test_a_positional_argument_is_set_on_the_first_line(self) -> None:
        step = only_step(
            a_block('#!/bin/bash\nls "$1"', placeholders=(blank("$1"),)), service={"values": {"$1": "a b"}}
        )
        assert step.script == "set -- 'a b'; #!/bin/bash\nls \"$1\""

    def test_a_secret_is_never_in_the_plan(self) -> None:
        made = planned(
            a_block("login <pw>", placeholders=(blank("<pw>"),)), service={"secrets": {"<pw>": "env:PW"}}
        )
        (step,) = made.steps
        assert step.script == 'login "$RUNWARD_SECRET_1"'
        assert step.variables == {"RUNWARD_SECRET_1": "env:PW"}
        assert step.references == ("RUNWARD_SECRET_1",)

    def test_a_secret_that_only_other_blocks_name_is_not_needed(self) -> None:
        service = {"environment": {"A": "env:A", "B": "env:B", "PGAPPNAME": "env:C", "PLAIN": "x"}}
        made = planned(a_block("echo $A"), a_block("echo $B", number=2, line=20), service=service)
        assert [step.environment for step in made.steps] == [
            ("A", "PGAPPNAME", "PLAIN"),
            ("B", "PGAPPNAME", "PLAIN"),
        ]

    def test_a_secret_that_cannot_be_had_is_named_at_its_line(self) -> None:
        reference = find_reference("env:PW")
        assert reference
        made = planned(
            a_block("true\nlogin <pw>", placeholders=(blank("<pw>"),)), service={"secrets": {"<pw>": "env:PW"}},
            machine=Machine(references={reference: "set PW"}),
        )  # fmt: skip
        assert missing(made) == [("secret", FIRST + 2, "env:PW")]


class TestMachine:
    def needs(self, text: str, lang: str = "bash", **service: object) -> Plan:
        return planned(a_block(text, lang), service=service)

    def test_a_missing_program_is_named_where_it_stands_even_in_a_pipe(self) -> None:
        made = planned(
            a_block("echo a\ncurl -s x | jq . | grep b"),
            machine=nothing_here(programs={"jq": False, "curl": True}),
        )
        assert missing(made) == [("program", FIRST + 2, "jq")]

    @pytest.mark.parametrize(
        ("text", "programs"),
        [
            ("docker compose exec db psql -c 'select 1'", {"docker"}),
            ("ssh web1 systemctl restart x", {"ssh"}),
            ("sudo systemctl restart x", {"sudo", "systemctl"}),
            ("find . -name x -exec gzip {} \\;", {"find", "gzip"}),
            ("ls | xargs -n1 rm", {"ls", "xargs", "rm"}),
            ("cd /tmp && echo $X && export Y=1; [ -f a ]", set()),
            ("f() { tar c; }; f", {"tar"}),
            ("if command -v jq; then jq .; fi", set()),
            ("bash -c 'jq .'", {"bash", "jq"}),
            ("# curl\ntrue", set()),
            ("A=$(date +%s)", {"date"}),
        ],
    )
    def test_the_programs_that_this_machine_must_have(self, text: str, programs: set[str]) -> None:
        book = a_runbook(a_block(text))
        needs = what_to_look_up(book, book.procedures[0], Service(name="shop"))
        assert needs.programs - {"bash"} == programs - {"bash"}

    @pytest.mark.parametrize(
        ("text", "hosts"),
        [
            ("curl -s https://a.example:8443/x", {"a.example"}),
            ("curl http://localhost:8000/ http://127.0.0.1/ http://[::1]/", set()),
            ("psql -h db1 -c 'select 1'; redis-cli -h cache ping", {"db1", "cache"}),
            ("ssh ops@web1 ls", {"web1"}),
            ("ping -c 5 a.example", {"a.example"}),
            ("nc -zv a.example 9092", {"a.example"}),
            ("openssl s_client -servername x -connect a.example:443", {"a.example"}),
            ("dig a.example", set()),
            ("curl $URL http://$HOST/", set()),
            ("docker compose exec web curl http://inner/", set()),
            ("git clone https://git.example/a.git", {"git.example"}),
        ],
    )
    def test_the_hosts_that_must_be_known(self, text: str, hosts: set[str]) -> None:
        book = a_runbook(a_block(text))
        assert what_to_look_up(book, book.procedures[0], Service()).hosts == hosts

    @pytest.mark.parametrize(
        ("text", "paths"),
        [
            ("./scripts/restore.sh latest", {"./scripts/restore.sh"}),
            ("bash deploy.sh", {"deploy.sh"}),
            ("python scripts/migrate.py", {"scripts/migrate.py"}),
            ("python manage.py migrate", {"manage.py"}),
            ("python -m venv x; python -c 'print()'", set()),
            ("psql < dump.sql", {"dump.sql"}),
            ("pg_dump > dump.sql; psql < dump.sql", set()),
            ("kubectl apply -f k8s/hpa.yaml", {"k8s/hpa.yaml"}),
            ("docker compose -f prod.yml up -d", {"prod.yml"}),
            ("cd sub && ./run.sh", set()),
            ("cat /var/log/x.log; ls /backups/*.gz", set()),
            ("gunzip -c /backups/x.sql.gz", {"/backups/x.sql.gz"}),
            ("gunzip /backups/x.sql.gz\npsql < /backups/x.sql", {"/backups/x.sql.gz"}),
            ("python3 -m venv venv\nsource venv/bin/activate", set()),
            ("$DIR/x.sh", set()),
        ],
    )
    def test_the_files_that_must_be_there(self, text: str, paths: set[str]) -> None:
        book = a_runbook(a_block(text))
        assert what_to_look_up(book, book.procedures[0], Service()).paths == paths

    def test_an_unknown_host_and_a_missing_file_are_gaps(self) -> None:
        made = planned(
            a_block("curl https://a.example/\n./x.sh"),
            machine=nothing_here(hosts={"a.example": False}, paths={"./x.sh": False}),
        )
        assert missing(made) == [("host", FIRST + 1, "a.example"), ("file", FIRST + 2, "./x.sh")]

    def test_a_file_that_an_earlier_step_makes_is_not_missed(self) -> None:
        made = planned(
            a_block("pg_dump -h x > dump.sql"), a_block("psql -h x < dump.sql", number=2, line=20),
            machine=nothing_here(paths={"dump.sql": False}),
        )  # fmt: skip
        assert not [gap for gap in made.gaps if gap.kind is GapKind.FILE]

    def test_a_syntax_error_is_said_at_its_line_of_the_document(self) -> None:
        fault = SyntaxFault(2, "near `('")
        made = planned(a_block("true\nopen x=(1)(2"), machine=Machine(syntax={"true\nopen x=(1)(2": fault}))
        assert ("syntax", FIRST + 2, "near `('") in missing(made)

    def test_a_block_with_blanks_is_not_checked_for_syntax(self) -> None:
        book = a_runbook(a_block("cat <file>", placeholders=(blank("<file>"),)))
        needs = what_to_look_up(book, book.procedures[0], Service())
        assert not needs.scripts
        assert not needs.paths

    def test_a_language_that_nothing_runs(self) -> None:
        made = planned(a_block("Get-Thing", "batch"))
        assert missing(made) == [("language", FIRST + 1, "something that runs batch")]

    def test_an_interpreter_may_be_bound(self) -> None:
        made = planned(
            a_block("print()", "python"), service={"interpreters": {"python": "venv/python manage.py shell"}},
            machine=nothing_here(programs={"venv/python": False}),
        )  # fmt: skip
        assert made.steps[0].interpreter == "venv/python manage.py shell"
        assert missing(made) == [("program", FIRST + 1, "venv/python")]

    def test_a_windows_path_is_named_as_it_is_written(self) -> None:
        made = planned(
            a_block(".\\backup.bat --yes"), machine=nothing_here(programs={".\\backup.bat": False})
        )
        ((kind, line, what),) = missing(made)
        assert (kind, line, what) == ("program", FIRST + 1, ".\\backup.bat")
        assert "Windows" in made.gaps[0].hint


class TestTargets:
    @pytest.mark.parametrize(
        ("targets", "target", "gaps"),
        [
            ({}, "", 1),
            ({"db": DB}, "db", 0),
            ({"a": DB, "b": DB}, "", 1),
            ({"a": DB, "b": {**DB, "default": True}}, "b", 0),
            ({"cache": CACHE}, "", 1),
        ],
    )
    def test_sql_needs_the_one_postgresql(self, targets: dict[str, object], target: str, gaps: int) -> None:
        made = planned(a_block("SELECT 1", "sql"), service={"targets": targets})
        assert made.steps[0].target == target
        assert [gap.kind for gap in made.gaps] == [GapKind.TARGET] * gaps

    def test_words_of_the_document_choose_among_databases(self) -> None:
        targets = {
            "main": {**DB, "default": True, "answers_to": ["primary"]},
            "copy": {**DB, "answers_to": ["replica"]},
        }
        for text, target in (
            ("-- On primary database\nSELECT 1", "main"),
            ("-- on the replica\nSELECT 1", "copy"),
            ("SELECT 1", "main"),
        ):
            assert only_step(a_block(text, "sql"), service={"targets": targets}).target == target

    def test_an_attribute_chooses_and_must_exist(self) -> None:
        step = a_block("SELECT 1", "sql", attributes={"target": "copy"})
        assert only_step(step, service={"targets": {"db": DB, "copy": DB}}).target == "copy"
        assert [gap.what for gap in planned(step, service={"targets": {"db": DB}}).gaps] == ["target copy"]

    def test_where_the_url_is_kept_is_looked_up_for_sql(self) -> None:
        book = a_runbook(a_block("SELECT 1", "sql"))
        service = Service.model_validate({"targets": {"db": KEPT_DB}})
        assert what_to_look_up(book, book.procedures[0], service).references == {
            find_reference("env:DATABASE_URL")
        }

    def test_a_step_that_names_no_database_is_not_sent_anywhere(self) -> None:
        made = planned(a_block("true\npsql -c 'select 1'"))
        assert [(gap.kind, gap.line) for gap in made.gaps] == [(GapKind.TARGET, FIRST + 2)]

    def test_the_plan_says_where_its_targets_are(self) -> None:
        made = planned(a_block("SELECT 1", "sql"), service={"targets": {"db": DB, "cache": CACHE}})
        assert made.targets == {"db": "postgresql postgresql://app@10.0.0.5:5433/shop"}


class TestLimits:
    @pytest.mark.parametrize(
        ("risk", "purpose", "attributes", "seconds"),
        [
            (Risk.READ, Purpose.FIX, {}, 300),
            (Risk.CHANGE, Purpose.FIX, {}, 900),
            (Risk.DESTROY, Purpose.FIX, {}, 1800),
            (Risk.CHANGE, Purpose.BACKUP, {}, 6 * 3600),
            (Risk.READ, Purpose.RESTORE, {}, 300),
            (Risk.READ, Purpose.FIX, {"timeout": "90s"}, 90),
            (Risk.DESTROY, Purpose.BACKUP, {"timeout": "2h"}, 7200),
        ],
    )
    def test_time_limits(
        self, risk: Risk, purpose: Purpose, attributes: dict[str, str], seconds: float
    ) -> None:
        assert (
            only_step(a_block("true", risk=risk, attributes=attributes), purpose=purpose).time_limit_seconds
            == seconds
        )

    @pytest.mark.parametrize(
        ("command", "bounded", "script"),
        [
            ("docker stats", "docker stats --no-stream", "true\ndocker stats --no-stream\nls"),
            ("tail -f x.log", "", "true\ntail -f x.log\nls"),
            ("tail -f x | grep y", "", "true\ntail -f x | grep y\nls"),
            ("while true; do :; done", "", "true\nwhile true; do :; done\nls"),
        ],
    )
    def test_endless_commands_are_bounded(self, command: str, bounded: str, script: str) -> None:
        endless = Endless(FIRST + 2, command, "follows", bounded)
        step = only_step(a_block(f"true\n{command}\nls", endless=(endless,)))
        assert step.script == script
        assert bool(step.bounds[0].bounded) is (script != step.written)

    @pytest.mark.parametrize(
        ("risk", "attributes", "policy"),
        [
            (Risk.READ, {}, OnInterrupt.RERUN),
            (Risk.CHANGE, {}, OnInterrupt.ASK),
            (Risk.DESTROY, {"on_interrupt": "fail"}, OnInterrupt.FAIL),
            (Risk.CHANGE, {"on_interrupt": "verify", "verify": "test -f <x>"}, OnInterrupt.VERIFY),
        ],
    )
    def test_what_happens_after_a_crash(
        self, risk: Risk, attributes: dict[str, str], policy: OnInterrupt
    ) -> None:
        step = only_step(
            a_block("true", risk=risk, attributes=attributes), service={"values": {"<x>": "a b"}}
        )
        assert step.on_interrupt is policy
        assert step.verify == ("test -f 'a b'" if "verify" in attributes else "")

    @pytest.mark.parametrize(
        "attributes",
        [
            {"on_interrupt": "pray"},
            {"on_interrupt": "verify"},
            {"timeout": "soon"},
            {"timeout": "0"},
            {"approve": "perhaps"},
        ],
    )
    def test_bad_attributes_are_mistakes_with_their_line(self, attributes: dict[str, str]) -> None:
        with pytest.raises(Mistake) as caught:
            planned(a_block("true", attributes=attributes))
        assert caught.value.line == FIRST
        assert caught.value.file == "RUNBOOK.md"


class TestApprovals:
    @pytest.mark.parametrize(
        ("risk", "attributes", "quorum"),
        [
            (Risk.READ, {}, 0),
            (Risk.CHANGE, {}, 1),
            (Risk.DESTROY, {}, 1),
            (Risk.READ, {"approve": "true"}, 1),
            (Risk.DESTROY, {"approve": "2"}, 2),
            (Risk.DESTROY, {"approve": "false"}, 1),  # a document cannot lower the policy
        ],
    )
    def test_the_policy_and_the_document_ask_for_approvals(
        self, risk: Risk, attributes: dict[str, str], quorum: int
    ) -> None:
        step = only_step(a_block("true", risk=risk, attributes=attributes))
        assert (step.quorum, step.needs_approval) == (quorum, quorum > 0)

    def test_the_risk_of_what_a_value_brings_in_counts(self) -> None:
        block = a_block("EXPLAIN ANALYZE <query>;", "sql", placeholders=(blank("<query>"),))
        step = only_step(block, service={"targets": {"db": DB}, "values": {"<query>": "DELETE FROM orders"}})
        assert step.risk is not Risk.READ
        assert step.needs_approval

    def test_a_change_of_policy_is_part_of_the_plan(self) -> None:
        block = a_block("true", risk=Risk.DESTROY)
        lax = People(approvals=Approvals(requester_may_approve=("destroy",)))
        assert planned(block).digest != planned(block, people=lax).digest


class TestDigest:
    def test_it_is_stable(self) -> None:
        block = a_block("ping <ip>", placeholders=(blank("<ip>"),))
        made = planned(block, service={"values": {"<ip>": "x"}})
        assert made.digest == planned(block, service={"values": {"<ip>": "x"}}).digest == digest_of(made)
        assert len(made.digest) == 64

    def test_gaps_do_not_change_it(self) -> None:
        block = a_block("jq .")
        assert planned(block).digest == planned(block, machine=nothing_here(programs={"jq": False})).digest

    @pytest.mark.parametrize(
        "change",
        [
            {"document_digest": "x"}, {"service": "x"}, {"procedure": "x"}, {"values": {"a": "b"}}, {"targets": {"a": "b"}},
            {"folder": "/x"}, {"steps": ()}, {"path": "x"},
        ],
    )  # fmt: skip
    def test_any_change_of_the_plan_changes_it(self, change: dict[str, object]) -> None:
        made = planned(a_block("true"))
        assert digest_of(replace(made, **change)) != made.digest  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "change",
        [
            {"script": "x"}, {"target": "x"}, {"runtime": "x"}, {"risk": Risk.DESTROY}, {"time_limit_seconds": 1.0},
            {"interpreter": "x"}, {"variables": {"A": "env:B"}}, {"references": ("A",)}, {"on_interrupt": OnInterrupt.FAIL},
            {"verify": "x"}, {"undo": "x"}, {"quorum": 3}, {"needs_approval": True}, {"policy": "x"}, {"id": "x"},
            {"risks": (RiskyLine(1, "x", Risk.READ, "x"),)},
        ],
    )  # fmt: skip
    def test_any_change_of_a_step_changes_it(self, change: dict[str, object]) -> None:
        made = planned(a_block("true"))
        other = replace(made, steps=(replace(made.steps[0], **change),))  # type: ignore[arg-type]
        assert digest_of(other) != made.digest

    def test_it_is_of_canonical_json(self) -> None:
        text = canonical(planned(a_block("echo é")))
        assert text.startswith('["runward plan 1",{"document_digest":')
        assert "é" in text

    def test_leaving_out_a_step_makes_another_plan(self) -> None:
        made = planned(
            a_block("true"),
            a_block("nothing-like-this", number=2, line=20),
            machine=nothing_here(programs={"nothing-like-this": False}),
        )
        short = without_steps(made, {"fix-2"})
        assert [step.id for step in short.steps] == ["fix-1"]
        assert not short.gaps
        assert short.digest == digest_of(short) != made.digest


def test_a_manual_step_shows_its_sample_and_runs_nothing() -> None:
    book = a_runbook(a_block("daily", "none"))
    step = replace(book.procedures[0].steps[0], kind=StepKind.MANUAL, instruction="Put this into the file")
    made = replace(book, procedures=(replace(book.procedures[0], steps=(step,)),))
    from_plan = planned_of(made)
    assert from_plan.steps[0].written == "daily"
    assert from_plan.steps[0].script == ""
    assert not from_plan.gaps


def planned_of(book: Runbook) -> Plan:
    return plan(book, book.procedures[0], Service(name="shop"), Machine())


def test_a_procedure_without_steps_is_said_so() -> None:
    book = a_runbook()
    assert "no step" in planned_of(book).warnings[0]


def test_gaps_stand_in_the_order_of_the_document() -> None:
    gaps = planned(
        a_block("b <z>", placeholders=(blank("<z>"),)), a_block("a <y>", number=2, line=20, placeholders=(blank("<y>", 21),)),
        machine=nothing_here(programs={"a": False, "b": False}),
    ).gaps  # fmt: skip
    assert [gap.line for gap in gaps] == sorted(gap.line for gap in gaps)
    assert all(isinstance(gap, Gap) and gap.hint and gap.step for gap in gaps)


def test_a_step_is_made_of_its_document() -> None:
    step = Step(
        "a",
        3,
        7,
        9,
        "Title",
        StepKind.MANUAL,
        None,
        "do it",
        "if it rains",
        "Option 1",
        last_resort=True,
        cautions=("careful",),
    )
    book = a_runbook()
    made = planned_of(replace(book, procedures=(replace(book.procedures[0], steps=(step,)),))).steps[0]
    assert (made.id, made.number, made.line, made.title, made.condition) == (
        "a",
        3,
        7,
        "Title",
        "if it rains",
    )
    assert (made.option, made.last_resort, made.cautions, made.instruction) == (
        "Option 1",
        True,
        ("careful",),
        "do it",
    )
