"""Rules about commands that no machine has, or that do not take what they are given."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_call, replaced, verb_of

_MISSPELT = {"pgsql": "psql", "postgre": "psql", "posgres": "psql", "kubect": "kubectl", "kubeclt": "kubectl", "kubctl": "kubectl", "systemclt": "systemctl", "sytemctl": "systemctl", "systemtcl": "systemctl", "redis-clie": "redis-cli", "rediscli": "redis-cli", "pgdump": "pg_dump", "pgrestore": "pg_restore", "pg_isreday": "pg_isready", "dokcer": "docker", "journalclt": "journalctl"}  # fmt: skip
_CHATS = frozenset(["slack", "incident", "incidents", "topic", "invite", "remind", "page", "pd", "statuspage", "jira", "zoom", "opsgenie", "teams", "giphy", "status", "rootly", "msteams", "firehydrant", "fh", "inc"])  # fmt: skip
_SOURCE = re.compile(
    r"(?:cd|pushd) |git (?:clone|checkout|pull|fetch|worktree|switch)|(?:npm|yarn|pnpm) (?:ci|install|i|add)$|(?:docker|podman) build"
)


def _stranger(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        right = _MISSPELT.get(one.call.name)
        if right:
            line = one.call.command.line
            mend = replaced(case, line, f"{one.call.name} ", f"{right} ")
            said = f"There is no program {one.call.name}: it is called {right}."
            found = found_call(case, one, one.call.name, said)
            yield Found(found.line, said, 0, found.column, found.width, mend if found.line == line else None)


def _chat(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        name, words = one.call.name, verb_of(one.call)
        if re.fullmatch(r"/[a-z-]+", name) and name[1:] in _CHATS and one.call.arguments:
            said = f"{name} is typed into a chat, not into a shell: bash looks for a file {name} and fails."
            yield found_call(case, one, name, said)
        elif name == "slack" and words[:1] in (["post"], ["send"], ["message"], ["notify"], ["set"]):
            said = f"No program `slack {words[0]}` exists: Slack's own command line builds apps and posts nothing."
            yield found_call(case, one, f"slack {words[0]}", said)


def _desktop(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        if (
            one.call.name not in {"open", "xdg-open", "start"}
            or one.block.form == "inline"
            or not one.call.local
        ):
            continue
        address = next((word.text for word in one.call.arguments if re.match(r"https?://", word.text)), "")
        if address:
            where = (
                "macOS"
                if one.call.name == "open"
                else "a desktop"
                if one.call.name == "xdg-open"
                else "Windows"
            )
            said = f"`{one.call.name}` shows a page on {where}; over ssh, in a container or unattended it fails and tells nothing."
            yield found_call(case, one, one.call.name, said)


def _vault(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        words = verb_of(one.call)
        if one.call.name != "vault" or words[:1] != ["kv"] or len(words) < 3 or words[1] == "list":
            continue
        path = words[2]
        if re.match(r"[\w-]+/data/\S", path):
            mount = path.split("/", 1)[0]
            said = f"With version 2 of the engine, vault kv puts data/ into the path itself: this acts on {mount}/data/data/{path.split('/', 2)[2]}."
            yield found_call(case, one, path, said)


_RUNNERS = frozenset({"npm", "yarn", "pnpm"})
_SPEAKING = frozenset({"curl", "wget", "http", "docker", "docker-compose", "kubectl", "systemctl", "ssh"})


def _tests(case: Case) -> Iterator[Found]:
    prepared: set[object] = set()  # procedures, or blocks outside of one, that have gone to a source
    for one in list_calls(case.runbook):
        within = one.procedure.id if one.procedure else one.block.number
        words = verb_of(one.call)
        if _SOURCE.match(f"{one.call.name} {' '.join(words[:1])}"):
            prepared.add(within)
        elif within not in prepared and _tests_here(one, words):
            said = f"`{one.call.name} test` runs what the package.json of the current folder says, and nothing here goes to a checkout or installs one."
            yield found_call(case, one, f"{one.call.name} {words[0]}", said)


def _tests_here(one: Placed, words: list[str]) -> bool:
    """Whether this block speaks to a running service and, beside these tests, does nothing with a project's source."""
    called = one.call.name in _RUNNERS and words[:1] in (["test"], ["t"])
    if not called or not one.call.local or _prefixed(one) or one.block.form == "inline":
        return False
    beside = {call.name for call in one.block.calls if call.command is not one.call.command}
    return bool(beside & _SPEAKING) and not beside & {*_RUNNERS, "git", "npx", "node", "make"}


def _prefixed(one: Placed) -> bool:
    return any(word.text.startswith(("--prefix", "--cwd", "-C")) for word in one.call.arguments)


_BAD_CHAT = '# Book\n\n## Tell\n\n```bash\n/slack post "Deploy has begun"\n```\n'
_GOOD_CHAT = '# Book\n\n## Tell\n\n```bash\ncurl -fsS -X POST -H \'Content-Type: application/json\' -d \'{"text": "Deploy has begun"}\' "$SLACK_WEBHOOK"\n```\n'

RULES = (
    Rule(
        "no-such-program",
        Severity.ERROR,
        "Programs are called by their names.",
        "A name that is nearly right is “command not found” at the moment when it matters.",
        "psql, kubectl, systemctl, redis-cli, pg_dump (all versions).",
        "# Book\n\n## Look\n\n```bash\npgsql -d shop -c 'SELECT 1'\n```\n",
        "# Book\n\n## Look\n\n```bash\npsql -d shop -c 'SELECT 1'\n```\n",
        _stranger,
    ),
    Rule(
        "chat-command-in-shell",
        Severity.ERROR,
        "What is typed into a chat does not stand in a shell block.",
        "A shell takes /name for the path of a program; nobody is told, and the incident has no channel.",
        "Slack's Web API (conversations.create, conversations.setTopic, chat.postMessage) or an incoming webhook; or write the step as prose for a person.",
        _BAD_CHAT,
        _GOOD_CHAT,
        _chat,
    ),
    Rule(
        "desktop-command",
        Severity.WARNING,
        "Commands work where runbooks are carried out.",
        "`open` exists on macOS only and needs a screen; what it shows reaches neither the evidence nor the one who reads it later.",
        "Ask the program behind the page: `curl -fsS --get .../api/v1/query --data-urlencode 'query=...'` for Prometheus (all versions); or give the address as a link in the text.",
        "# Book\n\n## Look\n\n```bash\nopen http://localhost:3000/d/shop\n```\n",
        "# Book\n\n## Look\n\nSee [the dashboard](http://localhost:3000/d/shop).\n\n```bash\ncurl -fsS http://localhost:9090/api/v1/query --data-urlencode 'query=up'\n```\n",
        _desktop,
    ),
    Rule(
        "vault-data-in-path",
        Severity.ERROR,
        "Paths of vault kv are written without data/.",
        "The command adds data/ itself where the engine has version 2, so the secret lands beside the place that services read, and the rotation changes nothing.",
        "`vault kv put -mount=secret shop/key value=-` with the value on standard input (Vault 1.11 and later; before, `vault kv put secret/shop/key`). data/ belongs only into paths of the HTTP API and into policies.",
        "# Book\n\n## Rotate\n\n```bash\nvault kv put secret/data/shop/key value=-\n```\n",
        "# Book\n\n## Rotate\n\n```bash\nvault kv put -mount=secret shop/key value=-\n```\n",
        _vault,
    ),
    Rule(
        "tests-without-source",
        Severity.WARNING,
        "Who runs a project's tests first goes to its source.",
        "On a production machine there is no checkout and no test framework: the command ends with “no package.json”, or runs something else's tests.",
        "Check the running service over its own interface, or say which checkout is tested and how it is installed (`git clone`, `npm ci`, `cd`).",
        "# Book\n\n## After the deploy\n\n```bash\ncurl -fsS https://shop.internal/health\nnpm test -- --grep smoke\n```\n",
        "# Book\n\n## After the deploy\n\n```bash\ncurl -fsS https://shop.internal/health\ncd /srv/shop/smoke\nnpm ci\nnpm test -- --grep smoke\n```\n",
        _tests,
    ),
)
