"""Rules about secrets that others can read: among a program's arguments, or in its output."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import block_at, calls_between, line_of, list_named, marked
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.shell.model import Call, Word
from runward.runbooks.shell.options import options_of, words_of

_SECRET = re.compile(
    r"passw|passwd|secret|token|api[_-]?key|private[_-]?key|credential|\bpw\b|_key$", re.IGNORECASE
)
_URL = re.compile(r"\w+://[^\s:/@]*:(?!\d+(?:/|$))[^\s/@]+@")
_URL_VARIABLE = re.compile(
    r"\$\{?(\w*(?:DATABASE_URL|DB_URL|POSTGRES_URL|PG_URL|DATABASE_URI|_DSN|REDIS_URL|MONGO_URI|MONGODB_URI))\}?"
)
_POSTGRES = (
    "psql",
    "pg_dump",
    "pg_restore",
    "pg_dumpall",
    "pg_isready",
    "pg_basebackup",
    "createdb",
    "dropdb",
    "vacuumdb",
)
_MYSQL = (
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mariadb",
    "mariadb-dump",
    "mysqlcheck",
    "mysqlimport",
    "mysqlbinlog",
)
_MONGO = ("mongosh", "mongo", "mongodump", "mongorestore", "mongoexport")
_REDIS = ("redis-cli", "valkey-cli", "redis-benchmark")
_INSTEAD = {
    _POSTGRES: "a .pgpass file or a service file",
    _MYSQL: "an option file (--defaults-extra-file)",
    _MONGO: "--config with a file that only its owner can read",
    _REDIS: "the variable REDISCLI_AUTH",
}
_PRINTERS = (
    "python",
    "python3",
    "node",
    "openssl",
    "echo",
    "printenv",
    "cat",
    "vault",
    "aws",
    "gcloud",
    "base64",
    "kubectl",
    "oc",
)
_HANDED = ("kubectl", "oc", "vault", "docker", "podman", "sshpass")
_GENERATES = re.compile(
    r"secrets\.(?:token_|choice)|get_random_secret_key|generate_key\(|os\.urandom|uuid4|randomBytes"
)


def _in_arguments(case: Case) -> Iterator[Found]:
    held: dict[tuple[str, str], list[Placed]] = {}
    for placed in list_named(case, *_HANDED, *(name for names in _INSTEAD for name in names)):
        shown = _handed(placed.call)[0] if placed.call.name in _HANDED else _given(placed.call)
        if shown and _is_to_be_run(case, placed):
            held.setdefault((placed.call.name, shown), []).append(placed)
    for (name, shown), places in held.items():
        first, *others = sorted(places, key=line_of)
        instead = (
            _handed(first.call)[1]
            if name in _HANDED
            else next(one for names, one in _INSTEAD.items() if name in names)
        )
        said = f"{name} is given a secret as an argument ({_masked(shown)}), where ps, audit logs and the shell's history show it; use {instead}.{_also(others)}"
        yield marked(case.runbook, line_of(first), shown, said)


def _masked(shown: str) -> str:
    """An argument with its value left out where it stands there in so many words, so that a report does not spread it."""
    if "$" in shown or "_<" in shown:
        return shown
    url = re.sub(r"(://[^:]*:)[^@]+@", r"\1...@", shown)
    return (
        url
        if url != shown
        else re.sub(r"^(-p|--?\w[\w-]* |(?:--[\w-]+=)?[\w.-]+=).+$", r"\1...", shown, flags=re.DOTALL)
    )


def _also(others: list[Placed]) -> str:
    """The other lines with the same, so that one mistake made forty times is told once."""
    lines = sorted({line_of(one) for one in others})
    if not lines:
        return ""
    named = ", ".join(str(line) for line in lines[:5])
    return f" The same in line{'s' if len(lines) > 1 else ''} {named}{' and more' if len(lines) > 5 else ''}."


def _given(call: Call) -> str:
    """The argument by which a client of a database is given a password, "" if by none."""
    for at, word in enumerate(call.arguments):
        text = word.text
        following = call.arguments[at + 1].text if at + 1 < len(call.arguments) else ""
        if _URL.search(text) or (call.name in _POSTGRES and re.search(r"\bpassword=\S", text)):
            return _hidden(word)
        if call.name in _POSTGRES and _URL_VARIABLE.search(text):
            return text
        if call.name in _REDIS and text in {"-a", "--pass"} and following:
            return f"{text} {following}"
        if call.name in _MYSQL and (re.match(r"-p\S", text) or re.match(r"--password=\S", text)):
            return text
        if call.name in _MONGO and (
            re.match(r"--password=\S", text)
            or (text in {"-p", "--password"} and following and following[0] != "-")
        ):
            return text
    return ""


def _hidden(word: Word) -> str:
    """A word that holds a URL, without its end."""
    return word.text if len(word.text) < 60 else word.text[:40]


def _handed(call: Call) -> tuple[str, str]:
    """What kubectl, vault and their like are handed in the open, and what to use instead."""
    words = [word.text for word in call.arguments]
    if call.name in {"kubectl", "oc"}:
        literal = next(
            (one for one in words if one.startswith("--from-literal=") and _is_value(one[15:])), ""
        )
        return (literal, "--from-file=KEY=/dev/stdin or --from-env-file") if "secret" in words else ("", "")
    if call.name == "vault":
        pair = next((one for one in words[2:] if _is_value(one) and not one.startswith("-")), "")
        writes = words[:2] in (["kv", "put"], ["kv", "patch"])
        return (pair, "KEY=- and standard input, or KEY=@file") if writes else ("", "")
    if call.name in {"docker", "podman"}:
        options = options_of(call.arguments, words_of("-p -u --password --username"))
        given = options.values("-p", "--password") if words[:1] == ["login"] else ()
        return (given[0].text, "--password-stdin") if given else ("", "")
    given = options_of(call.arguments, words_of("-p -f -d -P"), stop=True).values("-p")
    return (
        (f"-p {given[0].text}" if given[0].text in words else "-p", "a key, or sshpass -e")
        if given
        else ("", "")
    )


def _is_value(pair: str) -> bool:
    """Whether NAME=VALUE is that of a secret; a value read from standard input or a file is none."""
    name, sign, value = pair.partition("=")
    return (
        bool(sign)
        and value not in {"", "-"}
        and not value.startswith("@")
        and bool(_SECRET.search(name) or name == "value")
    )


def _printed(case: Case) -> Iterator[Found]:
    held: dict[str, list[Placed]] = {}
    for placed in list_named(case, *_PRINTERS):
        call = placed.call
        kept = (
            call.command.piped
            or call.command.background
            or any(">" in one.sign for one in call.command.redirects)
        )
        shown = "" if kept or not _is_to_be_run(case, placed) else _shows(call, case, placed)
        if shown:
            held.setdefault(shown, []).append(placed)
    for shown, places in held.items():
        first, *others = sorted(places, key=line_of)
        said = f"{shown} is printed: it stays in the terminal's scrollback, in recordings and in whatever keeps the output of a run.{_also(others)}"
        yield marked(case.runbook, line_of(first), first.call.name, said)


def _is_to_be_run(case: Case, placed: Placed) -> bool:
    """Whether a command stands in a block or is a numbered step, and is not only mentioned."""
    line = case.runbook.document.lines[line_of(placed) - 1]
    return placed.block.form != "inline" or bool(re.match(r"\s*\d+[.)]\s", line))


def _shows(call: Call, case: Case, placed: Placed) -> str:
    """The secret that a call prints, in words; "" if it prints none."""
    words = [word.text for word in call.arguments]
    said = " ".join(words)
    if call.name in {"python", "python3", "node"}:
        return (
            "A newly made secret"
            if re.search(r"print|console\.log", said) and _GENERATES.search(said)
            else ""
        )
    if call.name == "openssl":
        return "A newly made secret" if words[:1] == ["rand"] and not {"-out"} & set(words) else ""
    if call.name in {"echo", "printenv"}:
        return _named(call, words)
    if call.name == "cat":
        return next(
            (
                f"All of {one}"
                for one in words
                if re.search(r"(?:^|/)\.env(?:\.prod\w*)?$|/run/secrets/|\.pgpass$", one)
            ),
            "",
        )
    if call.name in {"kubectl", "oc", "base64"}:
        return _of_cluster(call, words, case, placed)
    return _of_store(call.name, words)


def _named(call: Call, words: list[str]) -> str:
    """The variable with a secret that echo or printenv prints."""
    if call.name == "printenv":
        return next((one for one in words if _SECRET.search(one)), "")
    for word in call.arguments:
        found = re.fullmatch(
            r"[^$]*\$(?:\{(\w+)\}|(\w+))[^$]*", word.text
        )  # not ${NAME:+set} or its first letters
        if (
            found
            and re.search(
                r"(?:PASSWORD|PASSWD|_PASS|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|SECRET_KEY|ACCESS_KEY|KEY_BASE)$",
                found[1] or found[2],
            )
            and not word.fixed
        ):
            return f"${found[1] or found[2]}"
    return ""


def _of_cluster(call: Call, words: list[str], case: Case, placed: Placed) -> str:
    """What is read out of a Kubernetes secret."""
    if call.name == "base64":
        decodes = any(re.fullmatch(r"-\w*[dD]\w*|--decode", one) for one in words)
        block = block_at(case.runbook, line_of(placed))
        if not decodes or call.feed is None or call.feed.kind != "pipe" or block is None:
            return ""
        before = calls_between(case.runbook, line_of(placed) - 3, line_of(placed))
        return "The content of a secret" if any(_reads_secret(one.call) for one in before) else ""
    return ""


def _reads_secret(call: Call) -> bool:
    words = [word.text for word in call.arguments]
    return (
        call.name in {"kubectl", "oc"}
        and "get" in words
        and not re.search(r"user(?:name)?[\"'}]|key_id|initial", " ".join(words), re.IGNORECASE)
        and any(re.match(r"secrets?(?:/|$)", one) for one in words)
        and call.command.piped
    )


def _of_store(name: str, words: list[str]) -> str:
    """What is read out of a store of secrets."""
    reads = (
        (
            name == "vault"
            and words[:2] == ["kv", "get"]
            and not any(one.startswith("-field=") and "version" in one for one in words)
        )
        or (name == "aws" and words[:2] == ["secretsmanager", "get-secret-value"])
        or (name == "gcloud" and words[:3] == ["secrets", "versions", "access"])
    )
    return "The content of a secret" if reads else ""


RULES = (
    Rule(
        id="secret-in-arguments",
        severity=Severity.WARNING,
        title="A program is given a password among its arguments.",
        why="Every user of the machine sees the arguments of every process; shells, audit logs and monitoring keep them. A connection URL in a variable is an argument too, once it is put in.",
        right=(
            "PGPASSFILE or a service file for PostgreSQL, REDISCLI_AUTH for Redis (5.0.3 and later), an option file for MySQL, standard input for vault, docker"
            " login and kubectl."
        ),
        bad=example("Look", "bash", "redis-cli -h cache1 -a $REDIS_PASSWORD ping"),
        good=example("Look", "bash", 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -h cache1 ping'),
        look=_in_arguments,
    ),
    Rule(
        id="secret-printed",
        severity=Severity.WARNING,
        title="A secret is printed.",
        why="What is printed is kept: scrollback, screen sharing, CI logs, the evidence of a run.",
        right="Hand it on without showing it: into a variable, a pipe or a file that only its owner can read (`umask 077`), or straight into the store of secrets.",
        bad=example("New key", "bash", 'python -c "import secrets; print(secrets.token_hex(32))"'),
        good=example("New key", "bash", "openssl rand -hex 32 | vault kv put -mount=secret shop/key value=-"),
        look=_printed,
    ),
)
