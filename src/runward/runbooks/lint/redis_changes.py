"""Rules about commands that change a Redis or Valkey server."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from runward.runbooks.finding.around import (
    calls_between,
    calls_by_name,
    headings_of,
    is_advised_against,
    line_of,
    marked,
    stretch_of,
    text_around,
)
from runward.runbooks.finding.example import example
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Block, Kind, Runbook
from runward.runbooks.programs.redis import REDIS_VALUED
from runward.runbooks.shell.options import options_of

_CLIENTS = ("redis-cli", "valkey-cli")
_PLAYGROUND = re.compile(r"\b(?:local|dev|development|tests?|testing|staging|sandbox)\b", re.IGNORECASE)
_LASTING = {
    "maxmemory", "maxmemory-policy", "maxclients", "appendonly", "appendfsync", "save", "requirepass", "masterauth", "timeout",
    "tcp-keepalive", "min-replicas-to-write", "min-replicas-max-lag", "repl-backlog-size", "hz", "protected-mode", "io-threads",
}  # fmt: skip
_KEPT = re.compile(
    r"config\s+rewrite|redis\.conf|valkey\.conf|parameter.group|\bhelm\b|values\.ya?ml|configmap|compose\.ya?ml|temporar|permanent|persist|undo=|config(?:uration)? file",
    re.IGNORECASE,
)


class _Sent(NamedTuple):
    """A command that is sent to the server."""

    line: int
    words: tuple[str, ...]
    names_database: bool


@once_a_runbook
def _commands(runbook: Runbook) -> tuple[_Sent, ...]:
    """What is sent to Redis, by its client in a shell or line by line in a block for it; not what is advised against."""
    made = []
    for name in _CLIENTS:
        for placed in calls_by_name(runbook).get(name, ()):
            options = options_of(placed.call.arguments, REDIS_VALUED, stop=True)
            words = tuple(word.text for word in options.rest)
            made.append(_Sent(line_of(placed), words, options.has("-n")))
    for block in runbook.blocks:
        if block.tools == ("redis-cli",) and not block.calls and block.kind is Kind.COMMAND:
            made.extend(_typed(block))
    return tuple(one for one in made if one.words and not is_advised_against(runbook, one.line))


def _typed(block: Block) -> Iterator[_Sent]:
    for number, line in enumerate(block.text.split("\n"), block.first_line):
        if not line.lstrip().startswith(("#", "//", "--")):
            yield _Sent(number, tuple(line.split()), names_database=False)


def _flushed(case: Case) -> Iterator[Found]:
    for one in _commands(case.runbook):
        verb = one.words[0].upper()
        if verb not in {"FLUSHALL", "FLUSHDB"} or (verb == "FLUSHDB" and one.names_database):
            continue
        around = f"{headings_of(case.runbook, one.line)} {case.runbook.document.lines[one.line - 1]}"
        if _PLAYGROUND.search(around):
            continue
        reach = (
            "every database of the server"
            if verb == "FLUSHALL"
            else "the whole database that the client happens to be in"
        )
        yield marked(
            case.runbook,
            one.line,
            one.words[0],
            f"{verb} empties {reach}: sessions, rate limits, locks and queued jobs with the cache; on a cluster it empties one node only.",
        )


def _lost_at_restart(case: Case) -> Iterator[Found]:
    for one in _commands(case.runbook):
        words = [word.lower() for word in one.words]
        if words[:2] != ["config", "set"] or len(words) < 3 or words[2] not in _LASTING:
            continue
        around = text_around(case.runbook, one.line)
        if _KEPT.search(around):
            continue
        also = ""
        if words[2] == "maxmemory" and "maxmemory-policy" not in around:
            also = " And no maxmemory-policy is set: below what is used now it evicts, or refuses writes, at once."
        said = f"CONFIG SET {one.words[2]} holds until the next restart; nothing here writes it down.{also}"
        yield marked(case.runbook, one.line, " ".join(one.words[:3]), said)


def _replica_of_anyone(case: Case) -> Iterator[Found]:
    for one in calls_by_name(case.runbook).get("redis-cli", ()):
        call, line = one.call, line_of(one)
        if (
            not call.has("add-node")
            or not call.has("--cluster-slave", "--cluster-replica")
            or call.has("--cluster-master-id")
        ):
            continue
        before = calls_between(case.runbook, stretch_of(case.runbook, line)[0], line - 1)
        hasty = any(other.call.has("add-node") for other in before) and not any(
            other.call.has("check") or other.call.name == "sleep" for other in before
        )
        said = "It names no master: the new node follows whichever has the fewest replicas, not the one that was meant."
        more = " The node added just before is not waited for either." if hasty else ""
        yield marked(case.runbook, line, "--cluster-slave", said + more)


RULES = (
    Rule(
        id="redis-flushed-whole",
        severity=Severity.ERROR,
        title="A whole Redis database or server is emptied.",
        why=(
            "Other things live beside the cache: sessions, rate limits, locks, a job queue's messages. All users then miss the cache at once,"
            " and the database behind it takes the load."
        ),
        right=(
            "Remove by prefix: `redis-cli --scan --pattern 'cache:*' | xargs redis-cli UNLINK` (Redis 4 and later), or give the cache a"
            " database or server of its own and use `-n N FLUSHDB ASYNC`; on a cluster on every master; warm up with a limit."
        ),
        bad=example("Stale cache", "bash", "redis-cli FLUSHALL"),
        good=example(
            "Stale cache", "bash", "redis-cli --scan --pattern 'cache:*' | xargs -r redis-cli UNLINK"
        ),
        look=_flushed,
        instead="redis-memory-full",
    ),
    Rule(
        id="redis-setting-lost",
        severity=Severity.WARNING,
        title="A lasting Redis setting is changed only until the next restart.",
        why="CONFIG SET changes the running server alone: after the next restart or failover the old value is back, mostly in the next emergency.",
        right=(
            "Compare with CONFIG GET first, then CONFIG SET and CONFIG REWRITE (Redis 2.8 and later), or change the file that the server is"
            " started with; set maxmemory and maxmemory-policy together."
        ),
        bad=example("Memory full", "bash", "redis-cli CONFIG SET maxmemory 2gb"),
        good=example(
            "Memory full",
            "bash",
            "redis-cli CONFIG GET maxmemory",
            "redis-cli CONFIG SET maxmemory 2gb",
            "redis-cli CONFIG SET maxmemory-policy allkeys-lru",
            "redis-cli CONFIG REWRITE",
        ),
        look=_lost_at_restart,
        instead="redis-memory-full",
    ),
    Rule(
        id="redis-replica-of-anyone",
        severity=Severity.WARNING,
        title="A node joins a Redis cluster as a replica without being told of which master.",
        why="Redis picks the master with the fewest replicas that it knows of at that moment; right after another node was added, that knowledge has not spread.",
        right="Wait until `redis-cli --cluster check` agrees on every node, then name the master with --cluster-master-id (Redis 5 and later).",
        bad=example(
            "Grow", "bash", "redis-cli --cluster add-node 10.0.0.8:7000 10.0.0.1:7000 --cluster-slave"
        ),
        good=example(
            "Grow",
            "bash",
            "redis-cli --cluster check 10.0.0.1:7000",
            "redis-cli --cluster add-node 10.0.0.8:7000 10.0.0.1:7000 --cluster-slave --cluster-master-id 07c37dfeb235213a872192d90877d0cd55635b91",
        ),
        look=_replica_of_anyone,
    ),
)
