"""Forms that runbooks in the wild take: each an invented example and what its blocks must be read as."""

import textwrap

import pytest

from runward.runbooks.blocks import list_blocks
from runward.runbooks.markdown import parse_document
from runward.runbooks.model import Block, Kind, Risk

COMMAND, SAMPLE, OUTPUT, TEMPLATE, TRANSCRIPT = (
    Kind.COMMAND,
    Kind.SAMPLE,
    Kind.OUTPUT,
    Kind.TEMPLATE,
    Kind.TRANSCRIPT,
)
TEXTS = {SAMPLE, OUTPUT, TEMPLATE, Kind.OTHER}
RUN = {COMMAND, TRANSCRIPT}


def _blocks(text: str) -> list[Block]:
    return list(list_blocks(parse_document(textwrap.dedent(text).lstrip("\n"), "RUNBOOK.md")))


def _fence(lang: str, body: str, before: str = "Do this:") -> Block:
    content = textwrap.dedent(body).strip("\n")
    return _blocks(f"# Book\n\n## Part\n\n{before}\n\n```{lang}\n{content}\n```\n")[0]


LYING_LANGUAGES = [
    ("bash", "https://graphs.test/d/web\nhttps://logs.test/explore"),
    ("bash", "--set-secrets TOKEN=token:latest,KEY=key:3"),
    ("bash", "APP_TOKEN     # from the vault\nAPP_REGION    # where the bucket lives\nAPP_BUCKET"),
    ("bash", "server {\n    listen 443 ssl;\n    location / {\n        proxy_pass http://app:80;\n    }\n}"),
    ("bash", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  level: info"),
    ("bash", "# /etc/systemd/system/web.timer\n[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target"),
    ("", 'env   = "west"\nregion = "a"\nsize = "b"'),
    ("bash", "[Unit]\nDescription=Web\n\n[Service]\nExecStart=/opt/web/bin/web\nRestart=always"),
    ("bash", "0 3 * * 0 /opt/web/bin/rotate >> /var/log/rotate.log 2>&1"),
    ("sh", 'FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCMD ["/opt/web"]'),
    ("bash", 'POST _snapshot/nightly/by-hand\n{\n  "indices": "orders-*"\n}'),
    ("shell", "Traceback (most recent call last):\n  File \"web.py\", line 3, in <module>\nKeyError: 'x'"),
    ("bash", "2024-03-01 10:00:00 ERROR worker lost the database\n2024-03-01 10:00:01 ERROR retry 1"),
    ("bash", '{\n  "status": "green",\n  "nodes": 3\n}'),
    ("bash", 'resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}'),
    ("bash", "ts=1\nmax_wal_size = 4GB\nshared_buffers = 8GB"),
    ("", "Internet\n   |\n   v\nproxy --> app --> database"),
    ("", "deploy broken?\n├─ yes → roll back\n└─ no  → look at the queue"),
    ("", "NAME    READY   STATUS    RESTARTS   AGE\nweb-0   1/1     Running   0          3d"),
    ("", "Dear customers,\nwe are looking into slow orders.\nNext update: [TIME]"),
    ("", "/etc/web/web.conf"),
    ("", "API_TOKEN=abc\nAPI_REGION=west"),
    ("", "http://web.test/admin/users"),
    ("", "command not found: webtool"),
    ("", "select the right pods from the list"),
    ("bash", "  cluster:\n    id: 4711\n    health: WARN\n  services:\n    mon: 3 daemons"),
    ("text", "host: localhost\nport: 5432\nuser: app"),
    ("mermaid", "graph TD\n  A --> B"),
    ("promql", "sum(rate(http_requests_total[5m])) by (job)"),
    ("logql", '{app="web"} |= "error"'),
    ("dockerfile", "FROM debian:12\nRUN rm -rf /tmp/x"),
    ("cron", "0 3 * * * /opt/web/bin/rotate"),
    ("hcl", 'resource "aws_sqs_queue" "jobs" {}'),
    ("nginx", "proxy_pass http://10.0.0.2:5000;"),
    ("diff", "- a = 1\n+ a = 2"),
    ("env", "TOKEN=abc\nREGION=west"),
    ("markdown", "## Incident\n\n**Date:** YYYY-MM-DD\n**Impact:** [who]"),
    ("log", 'ERROR: relation "a" does not exist'),
    ("javascript", "app.get('/metrics', (q, r) => r.send(m));"),
    (
        "",
        "1. Look at the pods:\n   kubectl get pods -n shop\n\n2. Open the dashboard:\n   https://graphs.test/d/web",
    ),
]


@pytest.mark.parametrize(("lang", "body"), LYING_LANGUAGES)
def test_text_is_never_a_command(lang: str, body: str) -> None:
    block = _fence(lang, body)
    assert block.kind in TEXTS, block.why["kind"]


COMMANDS = [
    ("", "sudo apt update", Risk.CHANGE),
    ("", "kubectl get nodes\nkubectl get pods -A", Risk.READ),
    ("", "kubectl delete namespace probe --ignore-not-found=true", Risk.DESTROY),
    ("text", "systemctl status nginx", Risk.READ),
    ("shell", "lsblk", Risk.READ),
    ("console", "systemctl restart nginx", Risk.CHANGE),
    ("command", "docker ps", Risk.READ),
    ("terminal", "docker ps", Risk.READ),
    ("shell-session", "$ docker ps", Risk.READ),
    ("bash", "$ docker ps", Risk.READ),
    ("shell", "❯ docker ps", Risk.READ),
    ("shell", "╰─$ docker rm -f web", Risk.DESTROY),
    ("", "select state, count(*) from jobs group by state", Risk.READ),
    ("", "NS=$(kubectl get ns -o name)", Risk.READ),
    ("bash", "$ kubectl get pods -A \\\n  -o wide", Risk.READ),
    ("sh", "# systemctl restart nginx", Risk.CHANGE),
    ("shell", "# /usr/sbin/ipvsadm -L -n", Risk.CHANGE),
    ("bash", "root@db-1:~# rm -rf /srv/old", Risk.DESTROY),
    ("", "[root@db-1 ~]# systemctl stop mariadb", Risk.CHANGE),
    ("", "ops@web-1:~$ df -h", Risk.READ),
    ("bash", "TASK=$(aws ecs list-tasks --query 'taskArns[0]' --output text)\necho \"$TASK\"", Risk.READ),
    ("bash", 'export NS="$(kubectl get ns -o name | head -1)"\nkubectl get pods -n "$NS"', Risk.READ),
    ("bash", 'for tier in in out; do\n  echo "== $tier"\n  df -h /srv/$tier\ndone', Risk.READ),
    ("bash", "cat > /etc/web.conf << 'EOF'\nrm everything\nEOF", Risk.CHANGE),
    ("bash", "psql <<SQL\nDELETE FROM sessions;\nSQL", Risk.DESTROY),
    ("bash", "kubectl apply -f - <<EOF\napiVersion: v1\nkind: Namespace\nEOF", Risk.CHANGE),
    ("bash", "# 1. Stop\nsystemctl stop web\n# 2. Clean\nrm -rf /srv/web/cache", Risk.DESTROY),
    ("bash", "curl -s http://a.test/health  # must answer ok", Risk.READ),
    ("bash", 'python3 -c "\nimport json\nprint(json.dumps({}))\n"', Risk.READ),
    ("bash", "# look at it\nINFO memory\nDBSIZE", Risk.READ),
    ("bash", "FLUSHDB", Risk.DESTROY),
    ("bash", "kubectl apply -f - <<EOF\nkind: Pod\nmetadata:\n  name: a\nspec:\n  b: c\nEOF", Risk.CHANGE),
    ("bash", "kubectl patch cm a -p '\ndata:\n  a: b\n  c: d\n'", Risk.CHANGE),
    ("sql", "SELECT 1;", Risk.READ),
    ("SQL", "select 1;", Risk.READ),
    ("postgresql", "SELECT 1;", Risk.READ),
    ("sql", "-- look first\nSELECT count(*) FROM s;\n-- then\nDELETE FROM s;", Risk.DESTROY),
    ("powershell", "Get-Service | Where-Object Status -eq 'Stopped'", Risk.READ),
    ("powershell", "PS C:\\> Restart-Service Spooler", Risk.CHANGE),
    ("ps1", "Remove-Item C:\\Temp\\a.txt", Risk.DESTROY),
    ("cmd", "dir C:\\Logs", Risk.READ),
    ("bat", "del /q C:\\Logs\\*.log", Risk.DESTROY),
    ("zsh", "brew services restart redis", Risk.CHANGE),
    ("bash", "ufw --force enable", Risk.CHANGE),
    ("bash", "umount /srv/old\nmkfs.ext4 /dev/sdc1", Risk.DESTROY),
    ("bash", "gunzip -c a.sql.gz | \\\n  docker exec -i db psql -U app -d probe", Risk.DESTROY),
]


@pytest.mark.parametrize(("lang", "body", "risk"), COMMANDS)
def test_what_is_run(lang: str, body: str, risk: Risk) -> None:
    block = _fence(lang, body)
    assert block.kind in RUN, block.why["kind"]
    assert block.risk is risk, block.why["risk"]


CONSOLES = [
    ("bash", "configure terminal\nno router bgp 65001"),
    ("bash", "clear bgp neighbor 192.0.2.1"),
    ("bash", "FLUSHALL"),
    ("bash", "DELETE FROM sessions;"),
    ("bash", "DELETE _snapshot/nightly/old"),
    ("", "irb(main):001:0> User.where(old: true).delete_all"),
    ("", ">>> shutil.rmtree('/srv/old')"),
    ("", "mysql> DROP TABLE audit;"),
    ("", "shop=# DELETE FROM audit;\nDELETE 3"),
    ("", "127.0.0.1:6379> FLUSHDB\nOK"),
    ("", "rs0:PRIMARY> db.audit.drop()\ntrue"),
    ("", "Router# reload"),
    ("bash", "kubectl exec -it db-0 -- bash\nrm -rf /srv/data/old"),
    ("bash", "ssh ops@db-1\nsudo systemctl stop postgresql"),
    ("bash", "psql -U app shop\nTRUNCATE audit;"),
    ("bash", "redis-cli\nFLUSHALL"),
    ("bash", "# clean\nrm -rf /srv/old\n% done now"),
    ("bash", "# first\nkubectl delete pod web-0\n\n$ kubectl get pods\nNo resources found"),
    ("bash", "$ ls /srv\nrm -rf /srv/old"),
    ("bash", "$ df -h\n\nkubectl delete pod \\\n  web-0"),
    ("bash", "# drop it\nsudo -u postgres dropdb old\npsql> select 1;"),
    ("", "shop=# select pid,\n pg_terminate_backend(pid)\nfrom pg_stat_activity;"),
    ("", "shop=# select 1;\n\nDROP TABLE audit;"),
    ("", "127.0.0.1:6379> PING\nPONG\nFLUSHALL"),
    ("", "127.0.0.1:6379> PING\nPONG\n\nredis-cli flushall"),
    ("powershell", "PS C:\\> Get-Service\n\nRemove-Item C:\\Temp\\a.txt"),
]


@pytest.mark.parametrize(("lang", "body"), CONSOLES)
def test_words_for_a_console_are_never_called_read(lang: str, body: str) -> None:
    block = _fence(lang, body)
    assert block.kind in TEXTS or block.risk is not Risk.READ, block.why


TRANSCRIPTS = [
    ("", "shop=# explain delete from audit;\n QUERY PLAN\n------------\n Delete on audit"),
    ("", "mysql> show processlist;\n| Id | User |\n| 1  | app  |"),
    ("bash", "$ kubectl get pods -n shop\nNAME    READY   STATUS\nweb-0   0/1     CrashLoopBackOff"),
    ("console", "$ df -h /srv\nFilesystem  Size  Used\n/dev/sdb1   10G   9G\n$ uptime\n 10:00 up 3 days"),
    ("", "# prlimit -n -p 4711\nRESOURCE DESCRIPTION  SOFT HARD\nNOFILE   open files   50000 50000"),
    ("", "shop=# select count(*) from orders;\n count\n-------\n    42\n(1 row)"),
    ("bash", "kubectl get pods -n shop\n\nNAME    READY   STATUS\nweb-0   0/1     Pending"),
    ("shell", "pool=# show pools;\n database | cl_active\n----------+----------\n shop     | 4\n(1 row)"),
    ("", "[root@db-1 ~]# free -m\n       total  used\nMem:   16000  900"),
    ("", "ops@web:~$ systemctl is-active web\ninactive"),
]


@pytest.mark.parametrize(("lang", "body"), TRANSCRIPTS)
def test_a_command_with_its_answer_is_a_transcript_that_only_reads(lang: str, body: str) -> None:
    block = _fence(lang, body)
    assert block.kind is TRANSCRIPT, block.why["kind"]
    assert block.risk is Risk.READ, block.why["risk"]


OUTPUTS = [
    ("Example output:", "web-0 is already allocated to node-7"),
    ("Expected output:", '{"status": "ok"}'),
    ("You should see:", "pool is healthy"),
    ("The answer looks like this:", "udp  0  0 127.0.0.53:domain  0.0.0.0:*"),
    ("**Expected response**", "PONG"),
    ("Beispielausgabe:", "web-0 läuft"),
    ("**Erwartete Ausgabe:**", "aktiv"),
    ("Salida esperada:", "activo"),
    ("Sortie attendue :", "actif"),
    ("Saída esperada:", "ativo"),
    ("预期输出：", "正常"),
    ("出力例：", "正常"),
]


@pytest.mark.parametrize(("before", "body"), OUTPUTS)
def test_what_a_program_prints_is_output(before: str, body: str) -> None:
    block = _fence("", body, before)
    assert block.kind is OUTPUT, block.why["kind"]


INLINE = [
    ("- Check the rollout: `kubectl rollout status sts/db`", Risk.READ),
    ("- Restart it: `systemctl restart web`.", Risk.CHANGE),
    ("1. Empty the queue: `rabbitmqctl purge_queue jobs`", Risk.DESTROY),
    ("- 检查节点：`kubectl get node $NODE -o yaml`。", Risk.READ),
    ("1. 备份：`ETCDCTL_API=3 etcdctl snapshot save /root/e.db`。", Risk.CHANGE),
    ("- Look at the pods: `kubectl-west get pods -n shop`", Risk.CHANGE),
    ("- Prüfe den Dienst: `systemctl status web`", Risk.READ),
]


@pytest.mark.parametrize(("item", "risk"), INLINE)
def test_an_inline_command_of_a_list_counts(item: str, risk: Risk) -> None:
    (block,) = _blocks(f"# Alert\n\n## Diagnosis\n\n{item}\n")
    assert block.form == "inline"
    assert block.kind in RUN
    assert block.risk is risk


@pytest.mark.parametrize(
    "item",
    [
        "- The pod is `Pending`.",
        "- See `/etc/web/web.conf`.",
        "- Look at the column `host` first.",
        "- Raise `max_connections` with care.",
        "- It answers `200 OK`.",
        "- Set `--max-pods` lower.",
        "- `web-0` and `web-1` are the readers.",
        "- Version `v1.2.3` or later.",
        "- Copy the data with a job or `kubectl cp` to the new volume.",
        "- If it fails, `helm rollback` and restore.",
        "- Set the flag: `--max-pods 20`.",
    ],
)
def test_inline_names_are_no_commands(item: str) -> None:
    assert _blocks(f"# Alert\n\n## Notes\n\n{item}\n") == []


PLACEHOLDERS = [
    ("kubectl logs -n <namespace> <pod-name>", {"<namespace>", "<pod-name>"}),
    ("deploy destroy --pr [request-number]", {"[request-number]"}),
    ("kubectl describe pod ${POD_NAME}", {"POD_NAME"}),
    ("cast call $rollup_address", {"rollup_address"}),
    ("ssh ops@your-server.com uptime", {"your-server.com"}),
    ("psql -d your_database -c 'SELECT 1'", {"your_database"}),
    ("aws ec2 start-instances --instance-ids i-xxxxxxxx", {"i-xxxxxxxx"}),
    ("ls /path/to/backup.sql.gz", {"/path/to/backup.sql.gz"}),
    ("ping xx.xx.xx.xx", {"xx.xx.xx.xx"}),
    ("curl https://example.com/health", {"example.com"}),
    ("kubectl get pods -n {{ namespace }}", {"namespace"}),
]


@pytest.mark.parametrize(("command", "names"), PLACEHOLDERS)
def test_what_the_reader_must_supply(command: str, names: set[str]) -> None:
    found = {placeholder.name for placeholder in _fence("bash", command).placeholders}
    missed = {name for name in names if not any(name in had for had in found)}
    assert not missed, found


@pytest.mark.parametrize(
    "command",
    [
        "for p in a b; do echo $p; done",
        "N=3\necho $N ${N}",
        "echo $HOME $PATH $? $$ $(date +%F)",
        "docker ps --format '{{.Names}}'",
        "kubectl get pods -o go-template='{{range .items}}{{.metadata.name}}{{end}}'",
        "jq '{name: .x, all: .items[0]}' a.json",
        "awk '{print $1}' a.txt | grep '[0-9]'",
        "[ -f /etc/x ] && [[ -n a ]] && ls a[1-3].log",
        "find . -name '*.gz' -exec ls {} \\;",
        "diff <(sort a) <(sort b)",
        "sort < a.txt > b.txt",
        "cat <<EOF\nhello\nEOF",
        "psql -c 'SELECT 1 WHERE 2 < 3 AND 4 > 3'",
        'while read -r line; do echo "$line"; done < a.txt',
        "kill -s SIGTERM 4711",
        "curl -X POST http://127.0.0.1/a",
        "grep -E 'ERROR|FATAL' a.log",
        "push registry.test/web-{web,php}:1",
        "cat > /etc/systemd/system/a.service <<'EOF'\n[Unit]\nDescription=a\n[Service]\nExecStart=/a\nEOF",
    ],
)
def test_what_the_reader_need_not_supply(command: str) -> None:
    assert _fence("bash", command).placeholders == ()


@pytest.mark.parametrize(
    "ending",
    ["<img src=a>", "<!-- open", "```\nls", "- a\n\n  <b>x</b>", "<details>\n<p>a</p>", "> <i>", "    code"],
)
def test_no_piece_ends_after_the_document(ending: str) -> None:
    document = parse_document(f"# Book\n\n{ending}", "RUNBOOK.md")
    waiting = list(document.nodes)
    while waiting:
        node = waiting.pop()
        assert 1 <= node.line <= node.end <= len(document.lines), node
        waiting.extend(node.children)
