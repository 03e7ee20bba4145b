"""Rules about documents find the forms they are for and let their likes pass."""

import pytest

from runward.runbooks.finding.model import Case, Stated, Surroundings
from runward.runbooks.linting import list_rules
from runward.runbooks.model import Fact, FactType, Policy
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

RULES = {rule.id: rule for rule in list_rules()}
FILES = frozenset(
    {"guides", "guides/failover.md", "scripts", "scripts/ok.sh", "../docs/targets.md", "../compose.yaml"}
)
TEXTS = {
    "guides/failover.md": "# Failover\n\n## Switch over\n",
    "../compose.yaml": "services:\n  web:\n    container_name: web\n",
}


def lines_of(rule: str, text: str, name: str = "RUNBOOK.md", around: Surroundings | None = None) -> list[int]:
    runbook = parse_runbook(text, name)
    case = Case(runbook, policy_of(runbook), around or Surroundings())
    return [found.line for found in RULES[rule].look(case)]


def bash(*lines: str) -> str:
    return "```bash\n" + "\n".join(lines) + "\n```\n"


AROUND = Surroundings(has_file=FILES.__contains__, text_of=TEXTS.get)


@pytest.mark.parametrize(
    ("rule", "text", "lines"),
    [
        ("dead-link", "[a](guides/failover.md)", []),
        ("dead-link", "[a](guides/failover.md#switch-over)", []),
        ("dead-link", "[a](guides/failover.md#switch-back)", [1]),
        ("dead-link", "[a](guides/gone.md)", [1]),
        ("dead-link", "[a](guides/)", [1]),
        ("dead-link", "[a](guides/failover.html) [b](guides/failover) [c](../guides/failover/)", []),
        ("dead-link", "[a](guides/gone.html) [b](../guides/gone/)", [1, 1]),
        ("dead-link", "[a](https://host.internal/gone.md) [b](mailto:a@b.c) [c](/gone.md) [d](#gone)", []),
        ("dead-link", "[a]({{ url }}/gone.md) [b](<$HOME/gone.md>)", []),
        ("missing-document", "See `docs/targets.md` and `docs/gone.md`.", [1]),
        ("missing-document", "Create `docs/gone.md` and fill it.", []),
        ("missing-document", "The old `docs/gone.md` was removed.", []),
        ("missing-document", "The step copies `parts/gone.md` of another project.", []),
        ("missing-document", "The numbers in `parts/gone.md` are wrong.", []),
        ("missing-document", "- `parts/gone.md`: how to fail over", [1]),
        ("missing-document", "See `shop/docs/targets.md`.", []),
        ("missing-document", "See `path/to/your.md`, `a.md` and `docs/*.md`.", []),
        ("missing-script", bash("./scripts/ok.sh", "./scripts/gone.sh"), [3]),
        ("missing-script", bash("bash scripts/gone.sh"), [2]),
        ("missing-script", bash("cd /srv/shop", "./scripts/gone.sh"), []),
        ("missing-script", bash("./tools/gone.sh", "cat scripts/gone.sh", "ssh web ./scripts/gone.sh"), []),
        (
            "container-named-as-service",
            bash(
                "docker compose stop web", "docker compose start web", "docker compose ps", "docker logs web"
            ),
            [],
        ),
    ],
)
def test_files_beside_the_document(rule: str, text: str, lines: list[int]) -> None:
    assert lines_of(rule, text, around=AROUND) == lines


def test_a_plan_names_documents_that_are_to_come() -> None:
    text = "- `guides/gone.md`: how to fail over\n"
    assert lines_of("missing-document", text, "docs/plans/failover.md", AROUND) == []
    assert lines_of("missing-document", text, "docs/recovery-plan.md", AROUND) == [1]
    broken = "```json\n{7,}\n```\n"
    assert lines_of("json-syntax", broken, "docs/plans/failover.md") == []
    assert lines_of("json-syntax", broken, "docs/failover.md") == [2]


CONTACT = '{"contact": {"name": "Ada", "email": "ada@example.com", "phone": "+1-555-0100"}}'


@pytest.mark.parametrize(
    ("rule", "text", "lines"),
    [
        ("placeholder-contact", "# Shop\n\n## Contacts\n\n```json\n" + CONTACT + "\n```\n", []),
        ("placeholder-contact", "# Shop\n\n## Contacts\n\n- **Till**: till@example.com\n", [5]),
        (
            "incomplete-contents",
            "- [A](#a)\n- [B](#b)\n- [C](#c)\n\n## A\n\n## B\n\n## C\n\n## See also\n\n## Revision history\n",
            [],
        ),
        ("anchor-not-on-github", "[a](#i-ve-lost-it)\n\n## I've lost it\n", [1]),
        ("dead-anchor", "[a](#i-ve-lost-it)\n\n## I've lost it\n", []),
        ("dead-anchor", "[a](#i-ve-won-it)\n\n## I've lost it\n", [1]),
        ("shell-syntax", bash("S - Sleeping (interruptible)"), []),
        ("shell-syntax", bash("shopctl stock (--all|--shelf)"), []),
        ("shell-syntax", bash("curl http://shop/q?expr=rate(orders[5m])"), [2]),
        ("shell-syntax", bash("SHOP=user:pass@tcp(localhost)/shop shopctl"), [2]),
        ("json-syntax", '```json\n{"shop": YOUR_SHOP_ID}\n```\n', []),
        ("json-syntax", '```json\n{ "rule": rule_or_list }\n```\n', []),
        ("json-syntax", '```json\n"open": "09:00",\n"closed": "18:00",\n```\n', []),
        ("python-syntax", '```python\n    "open": shop.opens(),\n    "closed": shop.closes(),\n```\n', []),
        ("yaml-syntax", "```yaml\nshop:\n  open: 9\nsnip\n```\n", []),
        ("json-syntax", '```json\n{"shop": 7,}\n```\n', [2]),
        ("yaml-syntax", "```yaml\nimage: [TODO]/[TODO]:[TODO]\n```\n", []),
        ("python-syntax", "```python\nexcept ValueError as problem:\n    report(problem)\n```\n", []),
        ("python-syntax", "```python\ndef close(self, ...):\n    self.shop.close()\n```\n", []),
        ("python-syntax", "```python\ndef close(shop):\n    # lock the doors\n```\n", []),
        ("python-syntax", "```python\ndef close(shop):\n```\n", [2]),
        (
            "select-without-from",
            "```sql\n-- PostgreSQL\nSELECT close_shop('north', days_ahead => 6);\n```\n",
            [],
        ),
        ("endless-before-others", bash("(gdb) top 10", "(gdb) quit"), []),
        (
            "endless-before-others",
            bash(
                "uptime       # load",
                "top          # processes",
                "free -m      # memory",
                "df -h        # disks",
            ),
            [],
        ),
        ("endless-before-others", bash("tail -f /var/log/till.log", "systemctl status till"), [2]),
        ("no-time-zone", "# How crontab works\n\n```\n30 18 * * * rm /tmp/till.lock\n```\n", []),
        ("search-finds-itself", "```console\n$ ps -ef | grep till\nroot 7 1 till\n```\n", []),
    ],
)
def test_samples_and_forms_are_no_mistakes(rule: str, text: str, lines: list[int]) -> None:
    assert lines_of(rule, text) == lines


def test_nothing_is_said_of_files_that_cannot_be_known() -> None:
    text = "[a](guides/gone.md) `docs/gone.md`\n\n" + bash("./scripts/gone.sh")
    assert not any(lines_of(rule, text) for rule in ("dead-link", "missing-document", "missing-script"))


STOP = ("docker compose stop web", "docker compose start web", "docker compose ps")


@pytest.mark.parametrize(
    ("rule", "text", "lines"),
    [
        ("dead-anchor", "# A\n\n[b](#b) [c](#/route) [d](#top) [a](#A) [e](#L12)", [3]),
        ("dead-anchor", '# A\n\n<a id="b"></a>\n\n[b](#b)', []),
        ("misread-characters", "# A\n\nna\u00efve caf\u00e9 \u2192 b", []),
        ("misread-characters", "# A\n\nup \u00e2\u2020\u2019 down", [3]),
        ("incomplete-contents", "- [A](#a)\n- [B](#b)\n\n## A\n\n## B\n\n## C\n", []),
        ("incomplete-contents", "- [A](#a)\n- [B](#b)\n- [C](#c)\n\n## A\n\n## B\n\n## C\n\n### D\n", []),
        ("incomplete-contents", "- [A](#a)\n- [B](#b)\n- [C](#c)\n\n## A\n\n## B\n\n## C\n\n## D\n", [1]),
        ("incomplete-contents", "- [A](#a): what it is about, at length\n- [B](#b)\n- [C](#c)\n\n## A\n\n## B\n\n## C\n\n## D\n", []),
        ("incomplete-contents", "- [A](#wrong)\n- [B](#b)\n- [C](#c)\n\n## A\n\n## B\n\n## C\n", []),
        ("container-named-as-service", bash(*STOP, "docker logs web"), [5]),
        ("container-named-as-service", bash(*STOP, "docker logs --tail 50 -f web"), [5]),
        ("container-named-as-service", bash(*STOP, "docker logs shop-web-1"), []),
        ("container-named-as-service", bash(*STOP, "docker run -d --name web nginx", "docker logs web"), []),
        ("container-named-as-service", bash("docker compose stop web", "docker logs web", "docker stats web"), []),
        ("other-platform", bash(*["kubectl get pods -n shop"] * 5, "docker exec web ls"), [7]),
        ("other-platform", bash(*["kubectl get pods -n shop"] * 5, "docker build -t web .", "docker push web"), []),
        ("other-platform", "Docker runs on the nodes.\n\n" + bash(*["kubectl get pods"] * 5, "docker exec web ls"), []),
        ("other-platform", bash(*["kubectl get pods"] * 5, "docker exec kind-control-plane ls"), []),
        ("incident-name-not-unique", "ID: INC-YYYY-MM", [1]),
        ("incident-name-not-unique", "ID: INC-YYYY-MM-DD", [1]),
        ("incident-name-not-unique", "ID: INC-YYYY-MM-DD-N, INC-YYYYMMDD-###, INC-2025-001, INC-2026-0042", []),
        ("incident-name-not-unique", "Open #incident-<date>.", [1]),
        ("incident-name-not-unique", "Open #incident-<date>-<words>, #incident-[YYYYMMDD-HHMM] or #incident-response.", []),
        ("incident-name-not-unique", bash("/chat join #incident-$(date +%Y%m%d-%H%M)"), []),
        ("backup-restored-elsewhere", bash("pg_dump -h db1 -F c -f a.dump a", "pg_restore -d a a.dump"), [3]),
        ("backup-restored-elsewhere", bash("pg_dump -h localhost -F c -f a.dump a", "pg_restore -d a a.dump"), []),
        ("backup-restored-elsewhere", bash("pg_dump -h db1 -F c -f a.dump a", "pg_restore -d a_test a.dump"), []),
        ("backup-restored-elsewhere", bash("export PGHOST=db1", "pg_dump -h db1 -f a.dump a", "pg_restore -d a a.dump"), []),
        ("backup-restored-elsewhere", bash("pg_dump -h db1 -f a.dump a", "pg_restore --list a.dump"), []),
        ("backup-only-claimed", "## Backups\n\n- Encrypted off-site storage; check usage - daily\n\n" + bash("gunzip -c a.sql.gz | psql a"), [3, 3]),
        ("backup-only-claimed", "## Backups\n\n- Encrypted storage\n\n" + bash("gpg -d a.sql.gz.gpg | gunzip | psql a"), []),
        ("backup-only-claimed", "## Backups\n\n- Encrypt what you store\n\n" + bash("gunzip -c a.sql.gz | psql a"), []),
        ("backup-only-claimed", "## Backups\n\n- Incremental each hour\n\n" + bash("./backup-hourly.sh", "gunzip -c a.sql.gz | psql a"), []),
        ("uploads-never-pruned", bash("aws s3 cp /backups/a.gz s3://b/", "find /backups -mtime +3 -delete"), [2]),
        ("uploads-never-pruned", bash("aws s3 cp s3://b/a.gz /backups/", "find /backups -mtime +3 -delete"), []),
        ("no-time-zone", "# A\n\n## Check\n\n**Frequency**: Daily at 9:00 AM\n\n1. Look\n", [5]),
        ("no-time-zone", "# A\n\n## Check\n\n**Frequency**: Daily at 9:00 AM Europe/Berlin\n\n1. Look\n", []),
        ("no-time-zone", "# A\n\nAll times are in UTC.\n\n## Check\n\n**Frequency**: Daily at 9:00 AM\n\n1. Look\n", []),
        ("no-time-zone", "---\ntimezone: Asia/Tokyo\n---\n\n# A\n\n## Check\n\n**Frequency**: Daily at 9:00 AM\n\n1. Look\n", []),
        ("no-time-zone", "# A\n\n## Check\n\n**Frequency**: Daily\n\n1. Look\n", []),
    ],
)  # fmt: skip
def test_forms(rule: str, text: str, lines: list[int]) -> None:
    assert lines_of(rule, text) == lines


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("dead-anchor", "# A\n\n1. [Drain](#drain)\n\n## 3. Drain\n"),
        (
            "incomplete-contents",
            "1. [A](#a)\n2. [B](#b)\n3. [C](#c)\n\n## A\n\n## B\n\n## C\n\n## D & E\n",
        ),
        ("incomplete-contents", "* [A](#a)\n* [B](#b)\n* [C](#c)\n\n## A\n\n## B\n\n## C\n\n## D\n"),
    ],
)
def test_what_is_mended_is_found_no_more(rule: str, text: str) -> None:
    runbook = parse_runbook(text, "RUNBOOK.md")
    mends = [found.mend for found in RULES[rule].look(Case(runbook, Policy()))]
    assert len(mends) == 1
    assert mends[0] is not None
    lines = text.split("\n")
    lines[mends[0].line - 1 : mends[0].end] = mends[0].text.split("\n")
    assert lines_of(rule, "\n".join(lines)) == []


def test_contents_are_not_completed_in_their_middle() -> None:
    text = "1. [A](#a)\n2. [C](#c)\n3. [D](#d)\n\n## A\n\n## B\n\n## C\n\n## D\n"
    runbook = parse_runbook(text, "RUNBOOK.md")
    assert [found.mend for found in RULES["incomplete-contents"].look(Case(runbook, Policy()))] == [None]


DEPLOY = "# Runbook\n\n## Deploy a release\n\n" + bash("helm upgrade shop ./chart")


@pytest.mark.parametrize(
    ("rule", "text", "name", "lines"),
    [
        ("no-check-after-change", "# A\n\n## Restart the mail\n\n" + bash("systemctl restart mail"), "RUNBOOK.md", [3]),
        ("no-check-after-change", "# A\n\n## Restart the mail\n\n" + bash("systemctl restart mail"), "notes.md", []),
        ("no-check-after-change", "# A\n\n## Restart the mail\n\n" + bash("systemctl restart mail", "mailq"), "RUNBOOK.md", []),
        ("no-check-after-change", "# A\n\n## Restart the mail\n\n" + bash("systemctl restart mail") + "\nMail should flow.\n", "RUNBOOK.md", []),
        ("no-check-after-change", "# A\n\n## Restart the mail\n\n" + bash("cp a b"), "RUNBOOK.md", []),
        ("no-check-after-change", "# A\n\n## Restart the mail\n\n" + bash("systemctl restart mail") + "\n## Verification\n\n" + bash("mailq"), "RUNBOOK.md", []),
        ("no-way-back", DEPLOY, "RUNBOOK.md", [3]),
        ("no-way-back", DEPLOY + "\nTo go back: `helm rollback shop`.\n", "RUNBOOK.md", []),
        ("no-way-back", DEPLOY.replace("upgrade", "list"), "RUNBOOK.md", []),
    ],
)  # fmt: skip
def test_gaps(rule: str, text: str, name: str, lines: list[int]) -> None:
    assert lines_of(rule, text, name) == lines


def held(path: str, service: str, *facts: tuple[FactType, int, dict[str, object]]) -> Stated:
    return Stated(path, Policy(tuple(Fact(kind, line, "", value) for kind, line, value in facts)), service)


def answered(level: str, respond: str, line: int) -> tuple[FactType, int, dict[str, object]]:
    return FactType.RESPONSE_TIME, line, {"level": level, "respond": respond}


def due(task: str, at: str, line: int, **more: object) -> tuple[FactType, int, dict[str, object]]:
    return FactType.SCHEDULE, line, {"task": task, "every": "day", "at": at, **more}


class TestSeveralDocuments:
    def found(self, rule: str, *stated: Stated) -> list[tuple[str, int]]:
        across = RULES[rule].across
        assert across is not None
        return [(path, one.line) for path, one in across(stated)]

    def test_the_document_that_differs_from_the_others_is_told(self) -> None:
        same = [held(name, "", answered("P1", "15m", 3)) for name in ("a.md", "b.md")]
        other = held("c.md", "", answered("P1", "1h", 9), answered("P2", "4h", 10))
        assert self.found("severity-means-two-things", *same, other) == [("c.md", 9)]

    def test_one_label_in_two_spellings_is_one(self) -> None:
        stated = held("a.md", "", answered("SEV-1", "15m", 3)), held("b.md", "", answered("Sev 1", "15m", 5))
        assert self.found("severity-means-two-things", *stated) == []

    def test_lengths_are_compared_and_not_their_spelling(self) -> None:
        stated = held("a.md", "", answered("P1", "60m", 3)), held("b.md", "", answered("P1", "1h", 5))
        assert self.found("severity-means-two-things", *stated) == []

    def test_tasks_of_one_service_clash(self) -> None:
        stated = (
            held("a.md", "shop", due("Nightly backup", "02:00", 3)),
            held("b.md", "shop", due("Reindex", "02:00", 5)),
        )
        assert self.found("schedules-clash", *stated) == [("b.md", 5)]

    @pytest.mark.parametrize("service", ["", "mail"])
    def test_tasks_of_two_services_do_not(self, service: str) -> None:
        stated = (
            held("a.md", "shop", due("Nightly backup", "02:00", 3)),
            held("b.md", service, due("Reindex", "02:00", 5)),
        )
        assert self.found("schedules-clash", *stated) == []

    def test_a_look_is_in_nobody_s_way(self) -> None:
        stated = (
            held("a.md", "shop", due("Review of backups", "02:00", 3)),
            held("b.md", "shop", due("Reindex", "02:00", 5)),
        )
        assert self.found("schedules-clash", *stated) == []
