"""Rules about changing secrets and settings while the service runs: what must follow what."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import (
    calls_between,
    headings_of,
    line_of,
    list_named,
    marked,
    stretch_of,
    text_around,
    text_before,
)
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity

_DATABASE = re.compile(r"\bdb\b|database|postgres|mysql|maria|\bpg\b|\brds\b", re.IGNORECASE)
_CHANGED = re.compile(
    r"alter\s+(?:role|user)|\\password|set\s+password|modify-db|master-user-password|mysqladmin\s+.*password|createuser|create\s+(?:role|user)|rotate-secret"
    r"|set-password|sql\s+users\s+set-password|changeUserPassword",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"openssl\s+rand|pwgen|token_(?:hex|urlsafe)|uuidgen|/dev/u?random|NEW_PASS|new-pass|new_pass",
    re.IGNORECASE,
)
_EDITED = re.compile(
    r"(?:updat|edit|chang|set|add|modif|replac|rotat|export|put|generat)\w*\b.{0,60}(?:\.env\b|environment variables?|env vars?|docker-compose(?:\.\w+)?\.ya?ml|compose\.ya?ml)"
    r"|(?:updat|chang|replac|rotat|put)\w*\b.{0,20}\b(?:secrets?|credentials?|passwords?|api keys?)\b.{0,20}\b(?:vault|environment|secrets? manager|parameter store)"
    r"|(?:nano|vim?|sed\s+-i.*)\s+\S*(?:\.env\b|compose\S*\.ya?ml)|>>?\s*\S*\.env\b",
    re.IGNORECASE,
)
# A file that is mounted is read again by a restart.
_MOUNTED = re.compile(r"(?<!compose)(?<!compose\.prod)\.(?:ya?ml|conf|ini|json|toml)\b", re.IGNORECASE)
_SIGNING = re.compile(
    r"\b(?:DJANGO_)?SECRET_KEY(?!_BASE_)\b|\bJWT_?(?:SECRET|SIGNING)\w*|\bSESSION_SECRET\b|\bsigning key\b|\bFERNET_KEY\b|\bENCRYPTION_KEY\b",
    re.IGNORECASE,
)
_STOLEN = re.compile(r"compromis|breach|leak|stolen|exposed|security incident|ransom", re.IGNORECASE)
_BOTH = re.compile(
    r"fallback|previous|old key|both|overlap|grace|dual|key ?ring|multifernet|invalidat|log(?:ged|s)? (?:\w+ )?out|sign in again|re-?login|re-?authenticat"
    r"|sessions will|re-?encrypt|existing (?:tokens|sessions)|kid\b",
    re.IGNORECASE,
)


def _not_in_database(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "kubectl", "oc", "vault"):
        words = [word.text for word in placed.call.arguments]
        passwords = [
            one for one in words if re.match(r"(?:--from-literal=)?\w*passw\w*=", one, re.IGNORECASE)
        ]
        if not passwords or not _is_for_database(words):
            continue
        around = text_around(case.runbook, line_of(placed))
        replaces = re.search(
            r"rotat|new[ _-](?:password|secret|credential)|chang\w+ the password|renew",
            f"{headings_of(case.runbook, line_of(placed))} {around}",
            re.IGNORECASE,
        )
        if (
            replaces
            and not _STOLEN.search(headings_of(case.runbook, line_of(placed)))
            and _is_made(passwords[0], text_before(case.runbook, line_of(placed)))
            and not _CHANGED.search(around)
        ):
            said = f"The new password goes into {_name(words)}, but nothing gives it to the database's user: the next connection is refused."
            yield marked(case.runbook, line_of(placed), passwords[0].rpartition("=")[0], said)


def _is_made(pair: str, before: str) -> bool:
    """Whether the value was made up right there, so that no database can know it yet."""
    value = pair.rpartition("=")[2]
    variable = re.search(r"\$\{?(\w+)", value)
    made = re.search(rf"\b{variable[1]}=[^\n]*", before) if variable else None
    return bool(_MADE.search(value) or (made and _MADE.search(made[0])))


def _is_for_database(words: list[str]) -> bool:
    return bool(_DATABASE.search(" ".join(words).replace("_", " ").replace("-", " ")))


def _name(words: list[str]) -> str:
    plain = [one for one in words if not one.startswith("-")]
    place = plain.index("generic") + 1 if "generic" in plain else len(plain) - 1
    return (
        f"the secret {plain[place]}" if "generic" in plain and place < len(plain) else "the store of secrets"
    )


def _deleted_early(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "kubectl", "oc"):
        words = [word.text for word in placed.call.arguments]
        kinds = {"secret", "secrets", "configmap", "cm"}
        if "delete" not in words or not kinds & {one.partition("/")[0] for one in words}:
            continue
        first, _ = stretch_of(case.runbook, line_of(placed))
        before = calls_between(case.runbook, first, line_of(placed) - 1)
        started = [one for one in before if _rolls_out(one)]
        seen = [
            one
            for one in before
            if (one.call.has("rollout") and one.call.has("status")) or one.call.has("wait")
        ]
        if started and (not seen or line_of(seen[-1]) < line_of(started[-1])):
            name = next(
                (one for one in reversed(words) if not one.startswith("-") and one not in {"delete", *kinds}),
                "it",
            )
            said = (
                f"The {_deleted(words, name)} is deleted while pods that need it may still start: {started[-1].call.command.text.split(chr(10))[0].strip(' ' + chr(92))}"
                " only begins the rollout, and nothing waits for it."
            )
            yield marked(case.runbook, line_of(placed), "delete", said)


def _deleted(words: list[str], name: str) -> str:
    after = words[words.index("delete") + 1 :]
    named = [one for one in after if not one.startswith("-")]
    return f"{named[0]} {named[1]}" if len(named) > 1 and "/" not in named[0] else named[0] if named else name


def _rolls_out(placed: Placed) -> bool:
    words = [word.text for word in placed.call.arguments]
    return placed.call.name in {"kubectl", "oc"} and (
        words[:2] == ["rollout", "restart"] or words[:2] in (["set", "env"], ["set", "image"])
    )


def _keeps_environment(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "docker-compose", "docker", "podman-compose"):
        words = [word.text for word in placed.call.arguments]
        if "restart" not in words or (placed.call.name == "docker" and words[:1] != ["compose"]):
            continue
        before = text_before(case.runbook, line_of(placed))[-900:]
        edited = next(reversed(tuple(_EDITED.finditer(before))), None)
        if edited is None or re.search(r"up\s+-d|--force-recreate", before[edited.end() :]):
            continue
        if _MOUNTED.search(before[edited.end() :]):
            continue
        changed = line_of(placed) - 1 - before.count("\n", edited.end())
        said = f"A restart keeps the containers as they were made: what line {changed} changes does not reach them."
        yield marked(case.runbook, line_of(placed), "restart", said)


def _at_once(case: Case) -> Iterator[Found]:
    seen: set[int] = set()
    for placed in list_named(case, "python", "python3", "openssl"):
        words = " ".join(word.text for word in placed.call.arguments)
        if not re.search(r"token_|get_random_secret_key|generate_key|^rand\b", words):
            continue
        line = line_of(placed)
        first, last = stretch_of(case.runbook, line)
        titles = headings_of(case.runbook, line)
        around = text_around(case.runbook, line)
        key = _SIGNING.search(around)
        rotates = re.search(r"rotat|renew|replace", f"{titles} {around}", re.IGNORECASE)
        if (
            key is None
            or not rotates
            or _STOLEN.search(f"{titles} {text_before(case.runbook, line)}")
            or _BOTH.search(around)
            or first in seen
            or last < line
        ):
            continue
        seen.add(first)
        said = f"{key[0]} is replaced at one stroke: everything signed or encrypted with the old one (sessions, tokens, links) stops being valid."
        yield marked(case.runbook, line, placed.call.name, said)


RULES = (
    Rule(
        id="password-not-in-database",
        severity=Severity.ERROR,
        title="A new database password is handed out, but never set in the database.",
        why="The application reads a password that the server does not know: every new connection fails, at once or when the pool next renews one.",
        right=(
            "Two roles that take turns (every PostgreSQL): give the idle one the new password (`ALTER ROLE ... PASSWORD`), log in with it once, hand it out,"
            " see that nobody uses the old one, lock that (NOLOGIN)."
        ),
        bad=example(
            "Rotate",
            "bash",
            "NEW=$(openssl rand -hex 24)",
            "kubectl create secret generic shop-db --from-literal=password=$NEW -n shop",
            "kubectl rollout restart deployment/shop -n shop",
        ),
        good=example(
            "Rotate",
            "bash",
            "NEW=$(openssl rand -hex 24)",
            'psql -v new="$NEW" -c "ALTER ROLE shop_b PASSWORD :\'new\'"',
            'printf %s "$NEW" | kubectl create secret generic shop-db --from-file=password=/dev/stdin -n shop',
        ),
        look=_not_in_database,
    ),
    Rule(
        id="secret-deleted-early",
        severity=Severity.ERROR,
        title="A secret is deleted before the rollout that does without it is seen to be done.",
        why="`rollout restart` and `set env` return at once: a pod that is made anew meanwhile finds neither the old secret nor a way to start, and there is nothing to go back to.",
        right="`kubectl rollout status ... --timeout=5m` first; keep the old secret until the new one has worked for a while.",
        bad=example(
            "Rotate",
            "bash",
            "kubectl rollout restart deployment/shop -n shop",
            "kubectl delete secret shop-db-old -n shop",
        ),
        good=example(
            "Rotate",
            "bash",
            "kubectl rollout restart deployment/shop -n shop",
            "kubectl rollout status deployment/shop -n shop --timeout=5m",
            "kubectl delete secret shop-db-old -n shop",
        ),
        look=_deleted_early,
    ),
    Rule(
        id="restart-keeps-environment",
        severity=Severity.ERROR,
        title="Containers are restarted so that they take up a changed environment, which a restart does not do.",
        why="`docker compose restart` stops and starts the same containers: variables, secrets from the environment, image and limits are those they were made with.",
        right="`docker compose up -d --force-recreate SERVICE` (Compose 2; `up -d` alone where the compose file or its .env changed).",
        bad=example("New key", "bash", "# update SECRET_TOKEN in .env", "docker compose restart api"),
        good=example(
            "New key", "bash", "# update SECRET_TOKEN in .env", "docker compose up -d --force-recreate api"
        ),
        look=_keeps_environment,
    ),
    Rule(
        id="key-replaced-at-once",
        severity=Severity.WARNING,
        title="A signing or encryption key is replaced without a time in which both are accepted.",
        why="Whatever the old key signed is refused from that moment: people are logged out, links in mails break, encrypted columns cannot be read.",
        right="A ring of keys: sign with the new one, accept both until the longest lifetime is over (SECRET_KEY_FALLBACKS in Django 4.1 and later, MultiFernet, `kid` in tokens).",
        bad=example(
            "Rotate the key",
            "bash",
            "# new SECRET_KEY",
            'python -c "import secrets; print(secrets.token_urlsafe(50))"',
        ),
        good=example(
            "Rotate the key",
            "bash",
            "# new SECRET_KEY; the old one goes into SECRET_KEY_FALLBACKS for two weeks",
            "openssl rand -hex 32 | vault kv put -mount=secret shop/key value=-",
        ),
        look=_at_once,
    ),
)
