"""Every step of three real books, and what becomes of it in its furnished house: done, failed, named as missing, by hand.

Lines are the document's. What a step fails with is true there: the document is wrong, or the thing is absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MET, NOT_MET, UNKNOWN = "met", "not met", "could not tell"
NOTHING: Mapping[int, str] = MappingProxyType({})
CLUSTER = "connection to the server localhost:8080 was refused"  # only the client of the cluster is here


@dataclass(frozen=True, slots=True)
class Row:
    """What one step amounts to."""

    state: str  # done | failed | named | by hand
    failures: Mapping[int, str] = field(default_factory=dict)  # of each line that fails, words of the reason
    judged: Mapping[int, str] = field(
        default_factory=dict
    )  # of each line that expects something, what was decided
    missing: frozenset[tuple[int, str]] = frozenset()  # lines and what is not there


BY_HAND = Row("by hand")


def hand(count: int) -> list[Row]:
    """So many steps that only a person can do."""
    return [BY_HAND] * count


def done(judged: Mapping[int, str] = NOTHING) -> Row:
    """A step that truly works."""
    return Row("done", judged=judged)


def fails(failures: Mapping[int, str], judged: Mapping[int, str] = NOTHING) -> Row:
    """A step that fails, for these reasons."""
    return Row("failed", failures, judged)


def refused(*lines: int, judged: Mapping[int, str] = NOTHING) -> Row:
    """A step whose every command asks a cluster that is not there."""
    return Row("failed", dict.fromkeys(lines, CLUSTER), judged)


def named(*missing: tuple[int, str]) -> Row:
    """A step of which something is nowhere: it is never begun."""
    return Row("named", missing=frozenset(missing))


STEPS: dict[str, dict[str, list[Row]]] = {
    "lms": {
        "backup-verification": [named((15, ".\\backup_db.bat"), (17, "findstr"))],
        "system-health-check": [fails({23: "answered 405", 32: 'exec: "celery": executable file not found'})],
        "monitoring-review": hand(4),
        "restore-drill-execution": [named((45, ".\\restore_drill.bat"), (47, "findstr"))],
        "performance-review": hand(4),
        "security-review": hand(4),
        "capacity-planning": hand(4),
        "compliance-review": hand(4),
        "api-unavailability": [*hand(1), done(), done(), done(), done(), *hand(2)],
        "database-failure": [done({98: MET}), done(), done(), done(), *hand(2)],
        "authentication-issues": hand(6),
        "file-storage-issues": [*hand(1), done(), *hand(4)],
        "application-updates": [*hand(4), fails({148: "answered 405"}, {141: MET, 147: NOT_MET}), *hand(4)],
        "schema-migrations": [
            *hand(4),
            done({170: MET, 171: UNKNOWN, 173: MET, 174: UNKNOWN}),
            fails({183: "type object 'Enrollment' has no attribute 'query'"}, {182: NOT_MET}),
        ],
        "horizontal-scaling-api-instances": [fails({197: "container name"}), *hand(2)],
        "vertical-scaling-resource-allocation": hand(5),
        "application-secrets": [done(), named((225, "vault"), (225, "new-secret-value")), done(), *hand(1)],
        "tls-certificate-renewal": [done({236: UNKNOWN}), *hand(2), fails({242: "No such service: nginx"})],
        "6-1-full-system-restoration": [*hand(1), named((252, ".\\restore_db.bat")), *hand(3), done(), *hand(1)],
        "6-2-partial-data-recovery": hand(5),
        "7-1-pre-launch-checklist": hand(8),
        "7-2-post-incident-checklist": hand(6),
        "8-1-essential-commands": [named((305, "pg_top"), (307, "celery"))],
    },
    "fraiseql": {
        "1-detection-triage-0-15-minutes-for-sev-1-incidents": [done({38: MET})],
        "1-detection-triage-0-15-minutes-initial-assessment-checklist": hand(5),
        "2-investigation-15-60-minutes-log-analysis": [done()],
        "2-investigation-15-60-minutes-performance-metrics-check": [
            fails({86: "nothing answers there", 89: "answered 404"})
        ],
        "3-containment-30-120-minutes-for-application-issues": [
            fails({111: "No such service: fraiseql:previous-version"})
        ],
        "3-containment-30-120-minutes-for-database-issues": [done()],
        "3-containment-30-120-minutes-for-infrastructure-issues": [done()],
        "4-recovery-60-240-minutes-application-recovery": [fails({157: "not being able to find a file"}, {153: MET, 156: NOT_MET})],
        "4-recovery-60-240-minutes-data-recovery": [fails({167: 'relation "users" already exists'}, {169: MET})],
        "5-post-incident-review-24-72-hours-incident-review-process": hand(5),
        "morning-health-check-9-00-am": [
            done({227: MET, 230: MET, 233: MET, 237: MET, 243: MET, 248: UNKNOWN, 250: NOT_MET, 254: MET})
        ],
        "log-rotation": [done()],
        "security-updates-monday-2-00-am": [named((283, "trivy"))],
        "database-maintenance": [fails({292: "REINDEX DATABASE cannot run inside a transaction block"})],
        "performance-optimization": [
            fails({313: 'column "total_time" does not exist', 321: 'column "tablename" does not exist'})
        ],
        "capacity-planning-review": hand(3),
        "security-audit": [named((339, "trivy"), (342, "gitleaks"))],
        "backup-verification": [done({350: MET, 360: MET, 361: UNKNOWN})],
        "complete-system-recovery": [named((448, "github.com"))],
        "database-only-recovery": [done({475: MET, 477: UNKNOWN})],
    },
    "todo": {
        "morning-checklist-daily-9-am": [*hand(5), refused(35, 38, 39, 42, 43, judged={27: UNKNOWN, 30: UNKNOWN})],
        "weekly-review-friday-4-pm": [*hand(5), named((61, "aws"))],
        "1-higherrorrate-p1": [named((88, "syntax error near unexpected token `('")), *hand(4)],
        "2-highlatency-p2": [named((109, "syntax error near unexpected token `('")), *hand(4)],
        "3-podcrashlooping-p1": [refused(130, 133, 136), *hand(4)],
        "4-databaseconnectionfailed-p1": [refused(151, 154, 157, judged={153: NOT_MET}), *hand(4)],
        "incident-lifecycle": hand(6),
        "incident-commands-create-incident-channel": [named((184, "/slack"))],
        "incident-commands-declare-incident": [named((198, "slack"))],
        "incident-commands-update-incident": [named((204, "/slack"))],
        "incident-commands-close-incident": [named((209, "/slack"))],
        "issue-api-returns-500-errors": [refused(260, 263), refused(269), refused(274), refused(279)],
        "issue-websocket-connections-dropping": [refused(292, 295), *hand(2)],
        "issue-reminders-not-sending": [
            fails({320: CLUSTER, 323: CLUSTER, 326: "Cannot connect to the Docker daemon"}),
            refused(332),
            refused(337, judged={335: NOT_MET}),
            refused(342),
        ],
        "issue-high-cpu-memory-usage": [
            refused(354, 355), refused(361), fails({369: "connect: connection refused"}), refused(374),
        ],
        "rolling-update": [refused(385, 390, 393, judged={389: NOT_MET})],
        "database-migration": [
            fails({400: CLUSTER, 403: "pod, type/name", 406: "pod, type/name"}, {405: NOT_MET})
        ],
        "secret-rotation": [
            fails({
                416: "connect: connection refused", 423: CLUSTER, 428: CLUSTER, 431: CLUSTER,
                432: 'unknown command "rename"',
            })
        ],
        "database-optimization": [done()],
        "scaling-metrics-quarterly-review": hand(3),
        "recovery-procedures-1-restore-from-backup": [done()],
        "recovery-procedures-2-failover-to-backup-region": [
            fails({520: "connect: connection refused", 523: "nothing answers there"}, {522: NOT_MET})
        ],
        "recovery-procedures-3-full-disaster-recovery": hand(6),
    },
}  # fmt: skip
