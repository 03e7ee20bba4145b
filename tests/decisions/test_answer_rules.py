"""Forms of commands whose answer proves nothing, and forms beside them that are all right."""

import pytest

from runward.runbooks.finding.model import Case
from runward.runbooks.linting import findings_of, list_rules
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

BY_ID = {rule.id: rule for rule in list_rules()}


def found(rule: str, title: str, lang: str, text: str) -> list[str]:
    """The lines, as they stand, where a rule does not hold."""
    document = f"# Shop\n\n## {title}\n\n```{lang}\n{text}\n```\n"
    runbook = parse_runbook(document, "RUNBOOK.md")
    findings = findings_of(Case(runbook, policy_of(runbook)), (BY_ID[rule],))
    return [runbook.document.lines[one.line - 1].strip() for one in findings]


# Rule, title, language, text, and a piece of each line that is found; none where all is right.
FORMS = [
    ("lag-of-another-server", "Lag", "bash", 'psql -c "SELECT pg_last_xact_replay_timestamp(), state FROM pg_catalog.pg_stat_replication"', ["psql -c"]),
    ("lag-of-another-server", "Lag", "sql", "-- On the primary\nSELECT now() - pg_last_xact_replay_timestamp();", ["SELECT now()"]),
    ("lag-of-another-server", "Lag", "sql", "-- On the standby\nSELECT now() - pg_last_xact_replay_timestamp();", []),
    ("lag-of-another-server", "Lag", "sql", "SELECT client_addr, replay_lag FROM pg_stat_replication;", []),
    ("column-from-outside", "Report", "sql", "SELECT relname FROM pg_stat_user_tables WHERE relname IN\n (SELECT relname FROM pg_tables WHERE tableowner = 'app');", ["(SELECT relname FROM pg_tables"]),
    ("column-from-outside", "Report", "sql", "SELECT id FROM orders WHERE id NOT IN (SELECT id FROM invoices);", []),
    ("column-from-outside", "Report", "sql", "SELECT tablename FROM pg_tables WHERE tablename IN (SELECT tablename FROM pg_indexes);", []),
    ("unused-index-may-be-key", "Indexes", "bash", 'docker compose exec -T db psql -c "SELECT * FROM pg_stat_all_indexes WHERE idx_scan < 10"', ["docker compose"]),
    ("unused-index-may-be-key", "Indexes", "sql", "SELECT * FROM pg_stat_user_indexes WHERE idx_scan > 0;", []),
    ("unused-index-may-be-key", "Indexes", "sql", "SELECT * FROM pg_stat_user_tables WHERE idx_scan = 0;", []),
    ("missing-index-unseen", "Tuning", "sql", "-- Which columns need an index\nSELECT attname, correlation FROM pg_stats;", ["SELECT attname"]),
    ("missing-index-unseen", "Statistics of columns", "sql", "SELECT attname, n_distinct FROM pg_stats;", []),
    ("dead-rows-are-no-bloat", "Tables", "sql", "SELECT relname, n_dead_tup AS bloat FROM pg_stat_user_tables;", ["SELECT relname"]),
    ("dead-rows-are-no-bloat", "Rows for vacuum", "sql", "SELECT relname, n_dead_tup, last_autovacuum FROM pg_stat_user_tables;", []),
    ("existence-is-no-verification", "Backup", "bash", "# Verify the dump\n[ -s /backups/shop.sql ] && echo fine", ["[ -s"]),
    ("existence-is-no-verification", "Backup", "bash", 'if [[ -f "$DUMP" ]]; then\n  echo "backup verified"\nfi', ["if [["]),
    ("existence-is-no-verification", "Backup", "bash", "# Check that the backup exists\n[ -f /backups/shop.sql ] && echo there", []),
    ("existence-is-no-verification", "Backup", "bash", "# Verify the dump\n[ -f shop.gz ] && gzip -t shop.gz && echo good", []),
    ("existence-is-no-verification", "Release", "bash", "# Verify the settings\n[ -f /etc/shop.conf ] && echo there", []),
    ("newest-listed-by-name", "Backups", "bash", 'echo "Most recent backups"\nls /backups | head -3', ["ls /backups"]),
    ("newest-listed-by-name", "Backups", "bash", 'echo "Most recent backups"\nls -1t /backups | head -3', []),
    ("newest-listed-by-name", "Backups", "bash", 'echo "Most recent backups"\nls -r /backups | head -3', []),
    ("newest-listed-by-name", "Files", "bash", "ls /backups | head -3", []),
    ("nothing-found-passes", "Backups", "bash", "# Ensure the dump ran\nfind /backups -type f -mmin -60", ["find"]),
    ("nothing-found-passes", "Backups", "bash", '# Ensure the dump ran\ntest -n "$(find /backups -type f -mmin -60)"', []),
    ("nothing-found-passes", "Backups", "bash", "# Check for old backups\nfind /backups -mtime +30", []),
    ("latest-is-never-made", "Backups", "bash", 'DIR="/backups/shop"\npg_dump shop > "$DIR/$(date +%F).sql"\npsql -f /backups/shop/latest.sql scratch', ["psql -f"]),
    ("latest-is-never-made", "Backups", "bash", 'DIR="/backups/shop"\npg_dump shop > "$DIR/$(date +%F).sql"\ncp "$DIR/$(date +%F).sql" "$DIR/latest.sql"\npsql -f /backups/shop/latest.sql scratch', []),
    ("latest-is-never-made", "Backups", "bash", "psql -f /backups/shop/latest.sql scratch", []),
    ("verification-makes-anew", "Daily", "bash", "# Check that the backup completed\nsudo /opt/shop/backup.sh", ["sudo /opt"]),
    ("verification-makes-anew", "Daily", "bash", "# Run the backup\n/opt/shop/backup.sh", []),
    ("verification-makes-anew", "Daily", "bash", "# Check that the backup completed\n/opt/shop/backup_status.sh", []),
    ("verification-makes-anew", "Daily", "bash", "# Verify that backups can be created\n/opt/shop/backup.sh", []),
    ("any-old-success", "Drill", "bash", "grep -l passed /var/log/drill/*.log", ["grep -l"]),
    ("any-old-success", "Drill", "bash", "cat /var/log/drill/*.log | grep 'completed successfully'", ["cat"]),
    ("any-old-success", "Drill", "bash", "tail -1 /var/log/drill/drill.log | grep SUCCESS", []),
    ("any-old-success", "Drill", "bash", "grep refused /var/log/drill/*.log", []),
    ("compressed-twice", "Backup", "bash", "pg_dump -Fc shop | gzip > shop.dump.gz", ["pg_dump"]),
    ("compressed-twice", "Backup", "bash", "pg_dump --format=plain shop | gzip > shop.sql.gz", []),
    ("count-compared-with-nothing", "Restore drill", "bash", "pg_restore -d scratch shop.dump\n# Verify\npsql -d scratch -c 'SELECT COUNT(*) FROM orders'", ["psql -d"]),
    ("count-compared-with-nothing", "Restore drill", "bash", "pg_restore -d scratch shop.dump\n# Verify: compare with the manifest\npsql -d scratch -c 'SELECT COUNT(*) FROM orders'", []),
    ("count-compared-with-nothing", "Size", "sql", "SELECT count(*) FROM orders;", []),
    ("pipe-hides-failed-dump", "Backup", "bash", "docker exec db mysqldump shop | gzip > shop.sql.gz", ["docker exec"]),
    ("pipe-hides-failed-dump", "Backup", "bash", "set -o pipefail\nmysqldump shop | gzip > shop.sql.gz", []),
    ("pipe-hides-failed-dump", "Backup", "bash", "pg_dump shop > shop.sql", []),
    ("check-cannot-fail", "Health", "bash", "#!/bin/sh\ncurl -s http://shop.example/health | python3 -m json.tool", ["curl"]),
    ("check-cannot-fail", "Health", "bash", "#!/bin/sh\ncurl -sf http://shop.example/health | jq .", []),
    ("check-cannot-fail", "Look", "bash", "curl -s http://shop.example/health | jq .", []),
    ("always-ends-well", "Health", "bash", 'curl -f http://shop.example || echo "down"\necho "✅ done"', ['echo "✅ done"']),
    ("always-ends-well", "Health", "bash", 'curl -f http://shop.example || exit 1\necho "✅ done"', []),
    ("always-ends-well", "Health", "bash", 'uptime\necho "✅ done"', []),
    ("error-words-counted", "Errors", "bash", "grep -ic error /var/log/shop.log", ["grep"]),
    ("error-words-counted", "Errors", "bash", "grep -c 'ERROR' /var/log/shop.log", []),
    ("error-words-counted", "Errors", "bash", "grep -i error /var/log/shop.log", []),
    ("container-errors-pass-by", "Errors", "bash", "podman logs --tail 100 shop | grep -c refused", ["podman"]),
    ("container-errors-pass-by", "Errors", "bash", "docker compose logs shop | grep refused", []),
    ("container-errors-pass-by", "Errors", "bash", "docker logs shop |& grep refused", []),
    ("container-errors-pass-by", "Requests", "bash", "docker logs shop | grep 'GET /orders'", []),
    ("oldest-matches-shown", "Errors", "bash", "cat /var/log/shop.log | head -50", ["cat"]),
    ("oldest-matches-shown", "Errors", "bash", "# The first lines after the start\ngrep boot /var/log/shop.log | head -50", []),
    ("oldest-matches-shown", "Errors", "bash", "grep 502 /var/log/shop.log | sort | uniq -c | head", []),
    ("selector-shows-ten-lines", "Logs", "bash", "kubectl -n shop logs --selector=app=api --since=1h", ["kubectl"]),
    ("selector-shows-ten-lines", "Logs", "bash", "oc logs -lapp=api", ["oc"]),
    ("selector-shows-ten-lines", "Logs", "bash", "kubectl logs -l app=api -f", []),
    ("selector-shows-ten-lines", "Logs", "bash", "kubectl logs deploy/api", []),
    ("selector-shows-ten-lines", "Pods", "bash", "kubectl get pods -l app=api", []),
    ("cronjob-is-no-job", "Jobs", "bash", "kubectl describe cronjob nightly\nkubectl wait -l job-name=nightly --for=condition=complete job", ["kubectl wait"]),
    ("cronjob-is-no-job", "Jobs", "bash", "kubectl create job nightly --from=cronjob/cleanup\nkubectl logs -l job-name=nightly", []),
    ("cronjob-is-no-job", "Jobs", "bash", "kubectl apply -f import.yaml\nkubectl logs -l job-name=import", []),
    ("described-secret-proves-nothing", "Login", "bash", "# Verify the database password\noc describe secret/db", ["oc describe"]),
    ("described-secret-proves-nothing", "Login", "bash", "# Show the names of the keys\noc describe secret/db", []),
    ("variable-of-another-machine", "Database", "bash", 'kubectl exec deploy/api -- sh -c "psql $DATABASE_URL"', ["kubectl"]),
    ("variable-of-another-machine", "Database", "bash", "DATABASE_URL=postgresql://db/shop\nkubectl exec deploy/api -- psql $DATABASE_URL", []),
    ("variable-of-another-machine", "Database", "bash", "kubectl exec $POD -n $NAMESPACE -- uptime", []),
    ("quantile-of-each-series", "Latency", "yaml", "expr: histogram_quantile(0.99, rate(shop_request_seconds_bucket[5m])) > 1", ["expr"]),
    ("quantile-of-each-series", "Latency", "yaml", "expr: histogram_quantile(0.99, sum(rate(shop_request_seconds_bucket[5m])) by (le)) > 1", []),
    ("quantile-of-each-series", "Disks", "promql", "histogram_quantile(0.99, rate(etcd_disk_wal_fsync_duration_seconds_bucket[5m]))", []),
    ("errors-per-second-are-no-share", "Error rate above 2 %", "promql", 'sum(rate(http_requests_total{code=~"5.."}[5m]))', ["sum(rate"]),
    ("errors-per-second-are-no-share", "Errors per second", "promql", 'sum(rate(http_requests_total{code=~"5.."}[5m]))', []),
    ("search-finds-itself", "Workers", "bash", "ps -ef | grep -i 'celery worker'", ["ps -ef"]),
    ("search-finds-itself", "Workers", "bash", "ps aux | grep '[c]elery'", []),
    ("search-finds-itself", "Workers", "bash", "ps aux | grep celery | grep -v grep", []),
    ("search-finds-itself", "Workers", "bash", "ps -eo pid,comm | grep celery", []),
    ("constant-proves-no-table", "Release", "bash", "# Check the new table\npython3 -c 'import shop.models as m; print(m.Order.__table__)'", ["python3"]),
    ("constant-proves-no-table", "Release", "bash", "# Check the version\npython3 -c 'import shop; print(shop.__version__)'", []),
    ("one-look-is-no-watch", "Release", "bash", "# Observe for at least 10 minutes\nkubectl get pods", ["kubectl"]),
    ("one-look-is-no-watch", "Release", "bash", "# Observe for at least 10 minutes\nkubectl get pods --watch", []),
    ("one-look-is-no-watch", "Release", "bash", "# Observe the pods\nkubectl get pods", []),
    ("certificate-file-not-served", "TLS", "bash", "# Certificate still good?\nopenssl x509 -checkend 86400 -in /etc/nginx/shop.crt", ["openssl"]),
    ("certificate-file-not-served", "TLS", "bash", "# Certificate authority\nopenssl x509 -enddate -in /etc/ssl/ca.crt", []),
    ("certificate-file-not-served", "TLS", "bash", "openssl x509 -text -in /etc/nginx/shop.crt", []),
    ("changed-in-this-shell-only", "Pool", "python", "# In the Django shell\nfrom shop import cache\ncache.enabled = False", ["cache.enabled"]),
    ("changed-in-this-shell-only", "Pool", "python", "# In the Django shell\nfrom shop.models import Flag\nflag = Flag.objects.get(name='cache')\nflag.on = False\nflag.save()", []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "title", "lang", "text", "pieces"), FORMS)
def test_what_is_found(rule: str, title: str, lang: str, text: str, pieces: list[str]) -> None:
    lines = found(rule, title, lang, text)
    assert len(lines) == len(pieces), lines
    assert all(piece in line for piece, line in zip(pieces, lines, strict=True))


def test_each_rule_has_a_good_and_a_bad_form_here() -> None:
    bad = {rule for rule, *_, pieces in FORMS if pieces}
    assert bad == {rule for rule, *_, pieces in FORMS if not pieces}
