"""Commands that destroy, stop or leak are found in the forms people write, and careful ones pass."""

import pytest

from runward.runbooks.finding.model import Case, Surroundings
from runward.runbooks.linting import list_rules
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

RULES = {rule.id: rule for rule in list_rules()}


def said(
    rule: str,
    lang: str,
    code: str,
    title: str = "Repair the shop",
    versions: dict[str, tuple[int, ...]] | None = None,
) -> list[str]:
    runbook = parse_runbook(f"# {title}\n\n```{lang}\n{code}\n```\n", "RUNBOOK.md")
    return [
        one.said for one in RULES[rule].look(Case(runbook, policy_of(runbook), Surroundings(versions or {})))
    ]


FOUND = [
    ("restore-over-live-data", "bash", "gunzip -c /backups/shop.sql.gz | psql -U app shop"),
    ("restore-over-live-data", "bash", "docker compose exec -T db psql -U app -d shop < shop_backup.sql"),
    ("restore-over-live-data", "bash", "psql -d shop -f /backups/dump_monday.sql"),
    ("restore-over-live-data", "bash", "psql -v ON_ERROR_STOP=1 shop < shop_dump.sql"),
    ("unpacking-removes-backup", "bash", "sudo gunzip /backups/shop.sql.gz"),
    ("unpacking-removes-backup", "bash", "gzip -d shop_dump.gz"),
    ("restore-not-atomic", "bash", "pg_restore --clean --if-exists --dbname=shop /backups/shop.dump"),
    ("restore-not-atomic", "bash", "cat shop.dump | docker exec -i db pg_restore -U app -d shop -cv"),
    (
        "terminate-everyone",
        "sql",
        "select pg_terminate_backend(pid) from pg_stat_activity where state in ('idle') and state_change < now() - interval '1h';",
    ),
    (
        "terminate-everyone",
        "bash",
        'psql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid();"',
    ),
    (
        "terminate-everyone",
        "sql",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND query NOT LIKE '%pg_stat%';",
    ),
    (
        "terminate-own-session",
        "sql",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop';",
    ),
    ("redis-flushed-whole", "bash", "kubectl exec -it redis-0 -n shop -- redis-cli flushall"),
    ("redis-flushed-whole", "bash", "redis-cli -n 3 FLUSHALL"),
    ("redis-flushed-whole", "redis", "FLUSHDB"),
    ("redis-setting-lost", "bash", "redis-cli -h cache1 config set appendonly yes"),
    ("delete-by-count", "bash", "# keep 7 days of dumps\nls -t /backups | tail -n +8 | xargs rm -f"),
    (
        "delete-by-count",
        "bash",
        "aws s3 ls s3://shop/dumps/ | awk '{print $4}' | head -n -14 | xargs -I{} aws s3 rm s3://shop/dumps/{}",
    ),
    (
        "prune-before-check",
        "bash",
        "set -e\npg_dump shop | gzip > /backups/a.sql.gz\nfind /backups -name '*.sql.gz' -mtime +7 -delete",
    ),
    (
        "prune-before-check",
        "bash",
        "pg_dump -Fc -f $F shop\nfind /backups -name '*.dump' -mtime +7 -exec rm {} \\;\ngzip -t $F",
    ),
    (
        "prune-before-check",
        "bash",
        "cat > /etc/cron.daily/dump << 'EOF'\n#!/bin/bash\nmysqldump shop > /backups/shop.sql\nfind /backups -mtime +7 -delete\nEOF",
    ),
    ("shared-folder-swept", "bash", "sudo find /tmp -type f -mtime +2 -delete"),
    ("shared-folder-swept", "bash", "find /var/log -name '*.gz' -mtime +30 | xargs rm -f"),
    ("log-emptied", "bash", "sudo truncate -s 0 /var/log/shop/error.log"),
    ("log-emptied", "bash", "cat /dev/null > /var/log/nginx/access.log"),
    ("log-removed-while-open", "bash", "rm -f /var/log/shop/*.log"),
    ("log-removed-while-open", "bash", "find /opt/shop/logs -name '*.log' -mtime +3 -delete"),
    ("reindex-locks", "bash", "reindexdb -d shop"),
    ("reindex-locks", "bash", 'psql -d shop -c "REINDEX (VERBOSE) TABLE orders"'),
    ("create-index-locks", "postgresql", "CREATE UNIQUE INDEX orders_number ON shop.orders (number);"),
    ("explain-carries-out", "postgresql", "EXPLAIN (ANALYZE, BUFFERS) UPDATE orders SET state = 'paid';"),
    ("explain-carries-out", "postgresql", "EXPLAIN ANALYZE <the slow query>;"),
    ("explain-carries-out", "postgresql", "EXPLAIN ANALYZE WITH old AS (SELECT 1) DELETE FROM orders;"),
    ("promotion-without-fencing", "bash", "sudo pg_ctlcluster 15 main promote"),
    ("promotion-without-fencing", "sql", "SELECT pg_promote();"),
    ("secret-in-arguments", "bash", 'mysqldump -u root -p"$PASS" shop > shop.sql'),
    ("secret-in-arguments", "bash", "psql postgresql://app:hunter2@db1/shop -c 'select 1'"),
    ("secret-in-arguments", "bash", "docker login -u shop -p $TOKEN registry.shop.example"),
    ("secret-in-arguments", "bash", "vault kv patch -mount=secret shop api_key=$KEY"),
    ("secret-printed", "bash", "kubectl get secret db -n shop -o jsonpath='{.data.password}' | base64 -d"),
    ("secret-printed", "bash", "echo $DB_PASSWORD"),
    ("secret-printed", "bash", "openssl rand -base64 32"),
    ("secret-printed", "bash", "aws secretsmanager get-secret-value --secret-id shop/db"),
    ("restart-keeps-environment", "bash", "echo POOL=20 >> web.env\ndocker-compose restart web"),
    (
        "secret-deleted-early",
        "bash",
        "kubectl set env deploy/api --from=secret/new -n shop\nkubectl delete secret/old -n shop",
    ),
    (
        "password-not-in-database",
        "bash",
        "# rotate\nP=$(openssl rand -hex 9)\nkubectl create secret generic app-db --from-literal=DB_PASSWORD=$P -n shop",
    ),
    ("renewal-forced", "bash", "certbot renew --force-renew --cert-name shop.example"),
    ("renewal-reloads-always", "text", "@weekly root certbot renew -q; service nginx reload"),
    ("docker-daemon-restarted", "bash", "sudo service docker restart"),
    ("image-tagged-latest", "bash", "kubectl set image deployment/api api=shop/api:latest -n shop"),
    ("image-tagged-latest", "bash", "docker push registry.shop.example/api:latest"),
    ("image-scanned-late", "bash", "helm upgrade shop ./chart\ngrype shop/api:1.2"),
    ("sleep-for-readiness", "bash", "sudo systemctl start postgresql\nsleep 10\npsql -c 'select 1'"),
    ("applied-without-plan", "bash", "cd infra\nterraform init\nterraform apply"),
    ("applied-without-plan", "bash", "tofu apply -auto-approve"),
    (
        "migration-in-first-pod",
        "bash",
        "POD=$(kubectl get pods -l app=api -n shop -o name | head -1)\nkubectl exec -n shop $POD -- alembic upgrade head",
    ),
    ("destroyed-without-copy", "bash", "docker compose down -v"),
    ("destroyed-without-copy", "sql", "DROP TABLE orders;"),
    ("destroyed-without-copy", "bash", "kubectl delete pvc data-postgres-0 -n shop"),
    ("gitleaks-verb-retired", "bash", "gitleaks protect --staged"),
]

PASSED = [
    ("restore-over-live-data", "bash", "createdb shop_new\npsql shop_new < shop_dump.sql"),
    ("restore-over-live-data", "bash", "psql -1 -v ON_ERROR_STOP=1 -d shop < shop_dump.sql"),
    ("restore-over-live-data", "bash", "pg_dump -c shop > shop_backup.sql\npsql shop < shop_backup.sql"),
    ("restore-over-live-data", "bash", "psql -d shop -f migrations/0042_add_column.sql"),
    ("restore-over-live-data", "bash", "gunzip -c shop_dump.gz | psql shop_restore_test"),
    (
        "restore-over-live-data",
        "bash",
        "pg_dumpall --globals-only > g.sql\npsql -d postgres < backup_globals.sql",
    ),
    ("unpacking-removes-backup", "bash", "gunzip -k /backups/shop.sql.gz"),
    ("unpacking-removes-backup", "bash", "gunzip < /backups/shop.sql.gz | head"),
    ("unpacking-removes-backup", "bash", "gzip -t /backups/shop.sql.gz"),
    ("restore-not-atomic", "bash", "pg_restore -c -1 -d shop shop.dump"),
    ("restore-not-atomic", "bash", "pg_restore -c --list shop.dump"),
    ("restore-not-atomic", "bash", "pg_restore -c -d shop_test shop.dump"),
    (
        "terminate-everyone",
        "sql",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND state_change < now() - interval '10m';",
    ),
    ("terminate-everyone", "sql", "SELECT pg_terminate_backend(4711);"),
    ("terminate-everyone", "sql", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = 4711;"),
    (
        "terminate-everyone",
        "sql",
        "-- never do this:\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active';",
    ),
    (
        "terminate-own-session",
        "bash",
        "psql -d postgres -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop'\"",
    ),
    (
        "terminate-own-session",
        "sql",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop';\nDROP DATABASE shop;",
    ),
    ("redis-flushed-whole", "bash", "redis-cli -n 4 FLUSHDB ASYNC"),
    ("redis-flushed-whole", "bash", "redis-cli FLUSHALL  # never in production"),
    ("redis-setting-lost", "bash", "redis-cli CONFIG SET maxmemory 2gb\nredis-cli CONFIG REWRITE"),
    ("redis-setting-lost", "bash", "redis-cli CONFIG SET slowlog-log-slower-than 5000"),
    ("delete-by-count", "bash", "ls -t /backups/*.dump | tail -n +8 | xargs rm -f"),
    ("delete-by-count", "bash", "ls -l | tail -n +2 | awk '{print $9}'"),
    (
        "prune-before-check",
        "bash",
        "set -euo pipefail\npg_dump shop | gzip > /backups/a.sql.gz\nfind /backups -mtime +7 -delete",
    ),
    ("prune-before-check", "bash", "pg_dump -Fc -f a.dump shop || exit 1\nfind /backups -mtime +7 -delete"),
    (
        "prune-before-check",
        "bash",
        "pg_dump shop > /backups/a.sql\nfind logs/ -name '*.log' -mtime +7 -delete",
    ),
    ("shared-folder-swept", "bash", "find /tmp -name 'shopexport_*' -mtime +2 -delete"),
    ("shared-folder-swept", "bash", "find /var/log -name '*.gz' -mtime +30 -print"),
    ("log-emptied", "bash", "cp /var/log/shop/error.log /mnt/spare/\ntruncate -s 0 /var/log/shop/error.log"),
    ("log-emptied", "bash", "./simulate.sh \\\n  > logs/simulate.log 2>&1 &"),
    ("log-emptied", "bash", "df -h > report.txt"),
    ("log-removed-while-open", "bash", "rm -f /var/log/shop/app.log.1"),
    ("log-removed-while-open", "bash", "gzip -k /var/log/shop/app.log"),
    ("reindex-locks", "bash", "reindexdb --concurrently -d shop"),
    (
        "create-index-locks",
        "postgresql",
        "CREATE TABLE orders (id int);\nCREATE INDEX orders_id ON orders (id);",
    ),
    ("create-index-locks", "mysql", "CREATE INDEX orders_number ON orders (number);"),
    ("explain-carries-out", "postgresql", "EXPLAIN ANALYZE SELECT * FROM orders WHERE id = 4;"),
    ("explain-carries-out", "postgresql", "EXPLAIN (ANALYZE false) DELETE FROM orders;"),
    ("explain-carries-out", "postgresql", "EXPLAIN DELETE FROM orders;"),
    ("promotion-without-fencing", "bash", "ssh db1 systemctl stop postgresql\npg_ctl promote -D /srv/pg"),
    ("secret-in-arguments", "bash", "mysql --defaults-extra-file=/etc/shop.cnf -u root -p shop"),
    ("secret-in-arguments", "bash", "psql -p 5433 -h db1 shop"),
    ("secret-in-arguments", "bash", "psql postgresql://db1:5432/shop"),
    ("secret-in-arguments", "bash", "kubectl create secret generic web --from-literal=username=shop -n shop"),
    ("secret-in-arguments", "bash", "vault kv put secret/shop password=-"),
    ("secret-printed", "bash", "NEW=$(openssl rand -base64 32)"),
    ("secret-printed", "bash", "echo $SECRET_COUNT"),
    ("secret-printed", "bash", "kubectl get secret db -n shop"),
    ("secret-printed", "bash", "openssl rand -hex 32 > /run/key"),
    ("secret-printed", "bash", "echo ${DB_PASSWORD:+set}"),
    ("secret-printed", "bash", "echo token is ${#TOKEN} letters"),
    (
        "namespace-missing",
        "bash",
        "kubectl get pods -n a\nkubectl get svc -n a\nkubectl get cm -n a\nkubectl get ep -n a\nkubectl get clusterthings x",
    ),
    ("docker-daemon-restarted", "bash", "systemctl --user restart docker"),
    ("image-tagged-latest", "bash", "docker build -t shop:latest ."),
    ("destroyed-without-copy", "bash", "# wipe it and begin anew\ndocker compose down -v"),
    ("restart-keeps-environment", "bash", "docker-compose restart web"),
    (
        "restart-keeps-environment",
        "bash",
        "echo POOL=20 >> web.env\ndocker compose up -d web\ndocker compose restart proxy",
    ),
    (
        "restart-keeps-environment",
        "bash",
        "# generate a password for users.yml\nnano users.yml\ndocker compose restart auth",
    ),
    ("secret-deleted-early", "bash", "kubectl delete secret old -n shop"),
    (
        "password-not-in-database",
        "bash",
        "# new password\nP='<that of the database user>'\nkubectl create secret generic db --from-literal=password=$P",
    ),
    (
        "password-not-in-database",
        "bash",
        "# new password\nP=$(openssl rand -hex 9)\npsql -c \"ALTER ROLE app PASSWORD '$P'\"\nkubectl create secret generic db --from-literal=password=$P",
    ),
    ("renewal-forced", "bash", "certbot renew --force-renewal --dry-run"),
    ("renewal-reloads-always", "text", "0 3 * * * certbot renew --quiet"),
    ("docker-daemon-restarted", "bash", "vi /etc/docker/daemon.json\nsystemctl restart docker"),
    ("image-tagged-latest", "bash", "docker build -t shop/api:1.4 -t shop/api:latest ."),
    ("image-tagged-latest", "bash", "docker run --rm alpine:latest true"),
    ("image-scanned-late", "bash", "trivy image shop/api:1.2\ndocker compose up -d"),
    (
        "sleep-for-readiness",
        "bash",
        "systemctl start postgresql\nuntil pg_isready; do sleep 5; done\npsql -c 'select 1'",
    ),
    ("sleep-for-readiness", "bash", "curl -s localhost/metrics\nsleep 30\ncurl -s localhost/metrics"),
    ("applied-without-plan", "bash", "terraform plan -out=p\nterraform apply p"),
    ("migration-in-first-pod", "bash", "kubectl exec -n shop deploy/api -- alembic upgrade head"),
    ("destroyed-without-copy", "bash", "docker compose down"),
    ("destroyed-without-copy", "bash", "pg_dump shop > before.sql\npsql -c 'DROP TABLE orders'"),
    ("destroyed-without-copy", "sql", "DELETE FROM orders WHERE id = 4;"),
    ("destroyed-without-copy", "sql", "DROP TABLE tmp_import;"),
    ("destroyed-without-copy", "bash", "kubectl delete pvc uploads -n shop"),
    (
        "image-tagged-latest",
        "bash",
        "docker tag nginx:latest shop.example/web:1.25\ndocker push shop.example/web:1.25",
    ),
    ("secret-printed", "bash", "kubectl get secret db -o jsonpath='{.data.username}' | base64 -d"),
    ("gitleaks-verb-retired", "bash", "gitleaks dir ."),
]


@pytest.mark.parametrize(("rule", "lang", "code"), FOUND)
def test_a_dangerous_form_is_found(rule: str, lang: str, code: str) -> None:
    text = code if lang != "sql" else f"-- PostgreSQL\n{code}"
    assert len(said(rule, lang, text)) == 1


@pytest.mark.parametrize(("rule", "lang", "code"), PASSED)
def test_a_careful_form_passes(rule: str, lang: str, code: str) -> None:
    text = code if lang != "sql" or code.startswith("--") else f"-- PostgreSQL\n{code}"
    assert said(rule, lang, text) == []


@pytest.mark.parametrize(
    ("rule", "lang", "code", "versions", "found"),
    [
        ("reindex-locks", "postgresql", "REINDEX TABLE orders;", {"postgresql": (11, 20)}, False),
        ("reindex-locks", "postgresql", "REINDEX TABLE orders;", {"postgresql": (12, 1)}, True),
        ("gitleaks-verb-retired", "bash", "gitleaks detect", {"gitleaks": (8, 18)}, False),
        ("gitleaks-verb-retired", "bash", "gitleaks detect", {"gitleaks": (8, 19)}, True),
        (
            "uvicorn-worker-retired",
            "bash",
            "gunicorn shop:app -k uvicorn.workers.UvicornWorker",
            {"uvicorn": (0, 29, 0)},
            False,
        ),
        (
            "uvicorn-worker-retired",
            "bash",
            "gunicorn shop:app -k uvicorn.workers.UvicornWorker",
            {"uvicorn": (0, 30, 1)},
            True,
        ),
    ],
)
def test_the_version_that_runs_decides(
    rule: str, lang: str, code: str, versions: dict[str, tuple[int, ...]], found: bool
) -> None:
    assert bool(said(rule, lang, code, versions=versions)) is found


def test_a_table_of_commands_lists_forms() -> None:
    text = "# Restore\n\n| Form | Command |\n|---|---|\n| plain | `psql shop -f shop_dump.sql` |\n"
    runbook = parse_runbook(text, "RUNBOOK.md")
    assert list(RULES["restore-over-live-data"].look(Case(runbook, policy_of(runbook)))) == []


def test_a_playground_may_be_emptied() -> None:
    assert (
        said("redis-flushed-whole", "bash", "redis-cli FLUSHALL", title="Reset the local development cache")
        == []
    )
    assert (
        said(
            "destroyed-without-copy", "bash", "docker compose down -v", title="Tear down the test environment"
        )
        == []
    )


def test_a_report_does_not_spread_the_secret_it_finds() -> None:
    for code in (
        "mysql -uroot -phunter2 shop",
        "psql postgresql://app:hunter2@db1/shop",
        "redis-cli -a hunter2 ping",
    ):
        (one,) = said("secret-in-arguments", "bash", code)
        assert "hunter2" not in one


def test_the_same_secret_in_many_lines_is_told_once() -> None:
    (one,) = said("secret-in-arguments", "bash", "\n".join(["redis-cli -a $REDIS_PASSWORD ping"] * 8))
    assert "The same in lines 5, 6, 7, 8, 9 and more." in one


@pytest.mark.parametrize(
    ("rule", "code", "after"),
    [
        ("unpacking-removes-backup", "gunzip /backups/shop.sql.gz", "gunzip -k /backups/shop.sql.gz"),
        ("gitleaks-verb-retired", "gitleaks detect --verbose --redact", "gitleaks git --verbose --redact"),
    ],
)
def test_a_mend_writes_the_line_that_is_right(rule: str, code: str, after: str) -> None:
    runbook = parse_runbook(f"# Shop\n\n```bash\n{code}\n```\n", "RUNBOOK.md")
    (found,) = RULES[rule].look(Case(runbook, policy_of(runbook)))
    assert found.mend is not None
    assert (found.mend.line, found.mend.end, found.mend.text) == (4, 4, after)


def test_a_verb_whose_flags_changed_is_not_mended() -> None:
    runbook = parse_runbook("# Shop\n\n```bash\ngitleaks detect --source app/\n```\n", "RUNBOOK.md")
    (found,) = RULES["gitleaks-verb-retired"].look(Case(runbook, policy_of(runbook)))
    assert found.mend is None
