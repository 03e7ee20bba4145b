"""Programs that speak to databases and caches."""

import re
from collections.abc import Iterable

from runward.runbooks.programs.redis import redis_effect
from runward.runbooks.programs.rules import (
    Effect,
    Flags,
    Judge,
    Verbs,
    always,
    changes,
    destroys,
    reads,
    unclear,
    worst,
)
from runward.runbooks.shell.model import Call, Word
from runward.runbooks.shell.options import options_of, words_of
from runward.runbooks.sql.judge import sql_effect

PSQL_VALUED = words_of(
    "-c -d -f -F -h -L -o -p -P -R -T -U -v --command --dbname --file --field-separator --host --log-file --output --port --pset"
    " --record-separator --table-attr --username --set --variable"
)
MYSQL_VALUED = words_of(
    "-e -h -P -u -D -S -r --execute --host --port --user --database --socket --protocol --defaults-file --defaults-extra-file"
    " --ssl-ca --init-command --default-character-set --connect-timeout --login-path"
)
_DUMP = re.compile(r"dump|backup|bak\b|restore|\.gz|snapshot", re.IGNORECASE)


def _texts(words: Iterable[Word], dialect: str) -> Effect:
    return worst(*(sql_effect(word.text, dialect, crafted=word.crafted) for word in words))


def fed(call: Call, dialect: str) -> Effect | None:
    """The effect of SQL that comes in by the standard input; None where nothing comes in."""
    if call.more:
        return changes(f"{call.name}: {unclear(call)}")
    if call.feed is None:
        return None
    if call.feed.text is not None:
        return sql_effect(call.feed.text, dialect)
    return from_file(call.feed.name or "its input", call.name, call.feed.kind)


def from_file(name: str, program: str, kind: str = "file") -> Effect:
    """The effect of SQL that stands in a file: unknown, and over existing data if the name says so."""
    if name == "/dev/null":
        return reads(f"{program} is given nothing")
    restoring = _DUMP.search(name) or (
        kind == "pipe" and re.search(r"zcat|gunzip|gzip|bz|xz|zst|lz4|pg_restore|_dump|aws|gsutil", name)
    )
    if restoring:
        return destroys(f"{program} restores {name} over what is there")
    return changes(f"{program} runs SQL from {name}, which is not known")


def _psql(call: Call) -> Effect:
    options = options_of(call.arguments, PSQL_VALUED)
    effects = []
    if unclear(call):
        effects.append(changes(f"psql: {unclear(call)}"))
    commands = options.values("-c", "--command")
    files = options.values("-f", "--file")
    effects.append(_texts(commands, "postgres"))
    effects.extend(_file(word, call) for word in files)
    effects.extend(
        changes(f"psql writes {word.text}") for word in options.values("-o", "--output", "-L", "--log-file")
    )
    effects.extend(
        changes("psql -v sets what its SQL holds") for word in options.values("-v", "--set") if word.crafted
    )
    if not commands and not files and not options.has("-l", "--list", "--help", "--version"):
        effects.append(fed(call, "postgres") or reads("psql only connects and waits for what is typed"))
    return worst(*effects)


def _file(word: Word, call: Call) -> Effect:
    if word.text == "-":
        return fed(call, "postgres") or changes(f"{call.name} reads SQL from its input")
    return from_file(word.text, call.name)


def _mysql(call: Call) -> Effect:
    options = options_of(call.arguments, MYSQL_VALUED)
    effects = [changes(f"{call.name}: {unclear(call)}")] if unclear(call) else []
    given = options.values("-e", "--execute", "--init-command")
    effects.append(_texts(given, "mysql"))
    if options.has("--tee"):
        effects.append(changes(f"{call.name} --tee writes a file"))
    if not options.has("-e", "--execute", "--version", "-V", "--help"):
        effects.append(fed(call, "mysql") or reads(f"{call.name} only connects and waits for what is typed"))
    return worst(*effects)


def _positional_sql(
    valued: str, dialect: str, flags: str = "-c -cmd -q -Q --query --execute -e --command"
) -> Judge:
    """Clients that take SQL by a flag or as their second word: sqlite3, cockroach sql, clickhouse-client, sqlcmd, cqlsh."""
    naming = flags.split()

    def judge(call: Call) -> Effect:
        single = call.name in {"sqlite3", "bq"}
        options = options_of(call.arguments, words_of(f"{valued} {flags}"), single=single)
        effects = [changes(f"{call.name}: {unclear(call)}")] if unclear(call) else []
        given = [*options.values(*naming), *(options.rest[1:] if single else ())]
        effects.append(_texts(given, dialect))
        effects.extend(
            from_file(word.text, call.name)
            for word in options.values("-f", "--file", "-i", "--queries-file", "-init", "--input-file")
        )
        effects.extend(
            changes(f"{call.name} writes {word.text}") for word in options.values("-o", "--output")
        )
        if not given and not options.has(
            "--version", "-version", "--help", "-f", "--file", "-i", "--queries-file"
        ):
            effects.append(
                fed(call, dialect) or reads(f"{call.name} only connects and waits for what is typed")
            )
        return worst(*effects)

    return judge


_MONGO_ACTS = re.compile(
    r"\b(?:drop\w*|delete\w*|remove\w*|deleteMany|dropDatabase|shutdownServer|killOp|killSessions|repairDatabase|compact)\s*\(|\bshutdown\b"
)
_MONGO_LOOKS = re.compile(
    r"(?:JSON\.stringify|EJSON\.stringify|printjson|print|quit|exit|db\.(?:serverStatus|stats|hello|isMaster|version|getName|currentOp|hostInfo"
    r"|getCollectionNames|getCollectionInfos|getUsers|getProfilingStatus|serverBuildInfo|printReplicationInfo|printSecondaryReplicationInfo"
    r"|getReplicationInfo|getMongo|getSiblingDB|getCollection|printSlaveReplicationInfo)"
    r"|rs\.(?:status|conf|config|printReplicationInfo|printSecondaryReplicationInfo|hello|isMaster|printSlaveReplicationInfo)|sh\.status"
    r"|\.(?:find|findOne|count|countDocuments|estimatedDocumentCount|distinct|limit|skip|sort|pretty|toArray|forEach|explain|stats|getIndexes"
    r"|totalSize|dataSize|storageSize|totalIndexSize|latencyStats|map|filter|length|slice|getShardDistribution|hint|itcount|next|hasNext"
    r"|getSiblingDB|getCollection|serverStatus|currentOp|hello|toFixed|toString|includes))\s*$"
)


def mongo_effect(text: str) -> Effect:
    """The effect of a piece of mongosh: it reads only if everything it calls is known to read."""
    bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "''", text)
    if _MONGO_ACTS.search(bare):
        return destroys("it drops, deletes or ends something in MongoDB")
    if re.search(
        r"\$out|\$merge|\$where|\$function|`|\beval\b|=>|\bfunction\b|\bload\b|\bprocess\b|\brequire\b", text
    ):
        return changes("its pipeline may write")
    called = [bare[: found.start()] for found in re.finditer(r"\(", bare)]
    admin = re.findall(r"\b(?:adminCommand|runCommand)\s*\(\s*(?:\{\s*)?[\"']?(\w+)", text)
    if any(name not in _MONGO_COMMANDS for name in admin):
        return changes("it runs a command of the server")
    looks = all(
        _MONGO_LOOKS.search(head)
        or re.search(r"\b(?:adminCommand|runCommand)\s*$", head)
        or re.search(r"[(,\s]$|^$", head)
        for head in called
    )
    stores = re.search(r"(?<![=!<>])=(?!=)", re.sub(r"\b(?:var|let|const)\s+\w+\s*=", "", bare))
    words = re.findall(r"^\s*(?:show|use|help|it)\b[^;(]*$", bare, re.MULTILINE)
    if (called or words or re.fullmatch(r"\s*[\w.\[\]]+;?\s*", bare)) and looks and not stores:
        return reads("it only asks MongoDB")
    return changes("it may change something in MongoDB")


_MONGO_COMMANDS = words_of(
    "ping serverStatus replSetGetStatus replSetGetConfig dbStats collStats hello isMaster buildInfo listDatabases listCollections connPoolStats"
    " getParameter getCmdLineOpts top hostInfo currentOp getLog listIndexes connectionStatus features validate dbHash listShards balancerStatus"
)


def _mongo(call: Call) -> Effect:
    options = options_of(
        call.arguments,
        words_of("--eval -u -p --host --port --username --password --authenticationDatabase -f --file"),
    )
    effects = [changes(f"{call.name}: {unclear(call)}")] if unclear(call) else []
    given = options.values("--eval")
    effects.extend(
        changes("its text is computed") if word.crafted else mongo_effect(word.text) for word in given
    )
    scripts = [word for word in options.rest if word.text.endswith(".js")] + list(
        options.values("-f", "--file")
    )
    effects.extend(changes(f"{call.name} runs {word.text}, which is not known") for word in scripts)
    if call.feed is not None and not given:
        effects.append(
            mongo_effect(call.feed.text)
            if call.feed.text is not None
            else changes(f"{call.name} runs what is fed to it")
        )
    return worst(*effects) if effects else reads(f"{call.name} only connects and waits for what is typed")


def _pg_dump(call: Call) -> Effect:
    options = options_of(
        call.arguments,
        words_of("-f --file -F -h -U -p -d -j -n -t -T -N -Z -S -E --format --host --username --dbname -l"),
    )
    if unclear(call):
        return changes(f"{call.name}: {unclear(call)}")
    target = options.values(
        *(("-f", "--file") if call.name.startswith("pg_") else ("-r", "--result-file", "--tab", "-T"))
    )
    written = [word.text for word in target if word.text != "-"]
    return (
        changes(f"{call.name} writes {written[0]}") if written else reads(f"{call.name} reads the data out")
    )


def _pg_restore(call: Call) -> Effect:
    if call.has("-l", "--list") and not unclear(call):
        return reads("pg_restore lists an archive")
    options = options_of(call.arguments, words_of("-d --dbname -f --file -j -n -t -L -U -h -p -F -S"))
    if not options.has("-d", "--dbname") and not unclear(call):
        written = options.values("-f", "--file")
        return (
            changes(f"pg_restore writes {written[0].text}")
            if written and written[0].text != "-"
            else reads("pg_restore prints SQL")
        )
    return destroys("pg_restore puts old data over what is there")


def _pg_ctl(call: Call) -> Effect:
    words = {word.text for word in call.arguments}
    if "status" in words and not unclear(call):
        return reads("pg_ctl tells the status")
    return (
        destroys("pg_ctl promote cannot be taken back")
        if "promote" in words
        else changes("pg_ctl changes the server")
    )


def _pg_ctlcluster(call: Call) -> Effect:
    words = {word.text for word in call.arguments}
    if "status" in words:
        return reads("pg_ctlcluster tells the status")
    return (
        destroys("promoting a standby cannot be taken back")
        if "promote" in words
        else changes("pg_ctlcluster changes the server")
    )


def _mysqladmin(call: Call) -> Effect:
    options = options_of(call.arguments, MYSQL_VALUED | words_of("-i -c -w"))
    verbs = {word.text for word in options.rest}
    if unclear(call):
        return changes(f"mysqladmin: {unclear(call)}")
    if verbs & {"drop", "kill", "shutdown"}:
        return destroys("mysqladmin ends or drops something")
    return (
        reads("mysqladmin only looks")
        if verbs <= words_of("status extended-status ping processlist variables version proc stat")
        else changes("mysqladmin changes the server")
    )


_ETCD = Verbs(
    read="get, member list, endpoint health, endpoint status, endpoint hashkv, alarm list, version, watch, role list, role get, user list, user get, lease list, snapshot status, check perf, elect, ls, cluster-health",
    change="put, member add, member update, member promote, snapshot save, defrag, alarm disarm, role add, user add, lease grant, auth enable, move-leader, set, lock, txn",
    destroy="del, member remove, compact, compaction, snapshot restore, role delete, user delete, lease revoke, auth disable, rm",
    valued="--endpoints --cacert --cert --key --user --password -w --write-out --command-timeout --dial-timeout --cluster",
)
_PATRONI = Verbs(
    read="list, topology, show-config, history, version, query, dsn",
    change="pause, resume, reload, restart, edit-config, flush",
    destroy="failover, switchover, reinit, remove",
    valued="-c --config-file -d --dcs",
    bare=reads(),
)

RULES: dict[str, Judge] = {
    "psql": _psql,
    "pgcli": _psql,
    **dict.fromkeys(("mysql", "mariadb", "mycli"), _mysql),
    "sqlite3": _positional_sql("-separator -cmd -init -nullvalue", "sqlite", "-cmd"),
    "clickhouse-client": _positional_sql("-h --host --port -u --user --password -d --database --format", "clickhouse", "-q --query"),
    "sqlcmd": _positional_sql("-S -U -P -d -i -o -l -t -h -s -W -v", "tsql", "-Q -q"),
    "cqlsh": _positional_sql("-u -p -f --username --password --file -k --keyspace", "cassandra", "-e --execute"),
    "duckdb": _positional_sql("-init", "duckdb", "-c -s -cmd"),
    "snowsql": _positional_sql("-a -u -d -s -w -r -f", "snowflake", "-q --query"),
    **dict.fromkeys(("mongosh", "mongo"), _mongo),
    **dict.fromkeys(("redis-cli", "valkey-cli", "keydb-cli"), redis_effect),
    "redis-server": always(changes("redis-server starts a server")),
    **dict.fromkeys(("pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump"), _pg_dump),
    "pg_restore": _pg_restore,
    "pg_ctl": _pg_ctl,
    "pg_ctlcluster": _pg_ctlcluster,
    **dict.fromkeys(("pg_isready", "pg_lsclusters", "pg_controldata", "pg_config", "pg_waldump", "pg_top", "pg_activity", "pg_verifybackup", "pg_amcheck", "mysqlshow", "innotop", "mytop", "pg_test_timing", "mongostat", "mongotop", "oid2name", "pgmetrics", "pt-summary", "pt-mysql-summary"), always(reads("it only looks"))),
    **dict.fromkeys(("vacuumdb", "reindexdb", "clusterdb", "createdb", "createuser", "pg_basebackup", "pg_receivewal", "initdb", "pg_createcluster", "pgbench", "pg_upgrade", "pg_archivecleanup", "mongodump", "mysqlcheck", "pg_upgradecluster", "mongoimport", "pt-online-schema-change", "gh-ost"), always(changes("it writes data or files"))),
    **dict.fromkeys(("dropdb", "dropuser", "pg_dropcluster", "pg_resetwal", "pg_rewind", "mongorestore", "mysql_secure_installation", "pg_archivecleanup", "pt-kill", "pt-archiver"), always(destroys("it drops or overwrites data"))),
    "mysqlbinlog": Flags(changing="-r --result-file --raw", valued="-r --result-file -h -u -P"),
    "mysqladmin": _mysqladmin,
    "etcdctl": _ETCD,
    "patronictl": _PATRONI,
    "repmgr": Verbs(read="cluster show, cluster matrix, cluster crosscheck, cluster event, node status, node check, service status, daemon status", change="primary register, standby register, standby clone", destroy="standby promote, standby switchover, standby follow, node rejoin, primary unregister, standby unregister", valued="-f --config-file -h -U -d -D", dry="--dry-run"),
    "pgbackrest": Verbs(read="info, version, verify, repo-ls, repo-get, help", change="backup, check, stanza-create, archive-push, start, stop", destroy="restore, expire, stanza-delete"),
    "barman": Verbs(read="list-servers, list-server, list-backup, list-backups, show-backup, show-server, status, check, list-files, diagnose, replication-status", change="backup, cron, switch-wal, receive-wal", destroy="delete, recover"),
    "wal-g": Verbs(read="backup-list, wal-show, wal-verify, st ls", change="backup-push, wal-push, backup-mark", destroy="delete, backup-fetch, wal-fetch, st rm"),
    "nodetool": Verbs(read="status, info, ring, tpstats, cfstats, tablestats, describecluster, compactionstats, netstats, gossipinfo, version, gettimeout, proxyhistograms, tablehistograms, listsnapshots, gcstats, statusbinary, statusgossip, getendpoints", change="flush, compact, repair, cleanup, rebuild, snapshot, enableautocompaction, disableautocompaction, setcompactionthroughput, drain", destroy="decommission, removenode, assassinate, clearsnapshot, truncatehints", valued="-h --host -p --port -u -pw"),
    "cockroach": Verbs(read="node status, node ls, version, debug zip", change="init, node drain, start", destroy="node decommission, quit", valued="--host --certs-dir --url -e --execute -d"),
    "pgbouncer": always(changes("pgbouncer starts a pooler")),
    "influx": Verbs(read="ping, query, bucket list, version, org list", destroy="delete, bucket delete, restore", valued="-o --org -t --token --host"),
    "pg_repack": always(changes("pg_repack rewrites tables")),
}  # fmt: skip
