"""Rules about how a service is asked whether it is well."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.commands import list_calls
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_call

_PATH = re.compile(
    r"/(?:\w+/)*(?:health\w*|ready\w*|live\w*|alive|status|ping|up|api)(?:[/?]|$)", re.IGNORECASE
)


def _head(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        if one.call.name != "curl":
            continue
        words = [word.text for word in one.call.arguments]
        asks = next((word for word in words if re.fullmatch(r"-[sSkLv]*I[sSkLv]*|--head", word)), "")
        fails = any(re.fullmatch(r"-[a-zA-Z]*f[a-zA-Z]*|--fail\S*", word) for word in words)
        address = next((word for word in words if "/" in word and not word.startswith("-")), "")
        if (
            asks
            and not fails
            and _PATH.search(re.sub(r"^\w+://[^/]*", "", address))
            and not one.call.command.piped
        ):
            said = f"curl {asks} asks with HEAD, which a route made for GET answers with 405, and without -f curl ends well whatever the answer."
            yield found_call(case, one, asks, said)


RULES = (
    Rule(
        "head-as-health-check",
        Severity.WARNING,
        "A service is asked for its health in the way it answers.",
        "FastAPI and others register GET alone: HEAD gets 405 from a service that is well. And curl ends with 0 on 404, 405 and 500, so nothing that looks at its exit code ever learns of trouble.",
        "`curl -fsS --max-time 5 URL` (a GET; -f makes 4xx and 5xx an error, all versions).",
        "# Book\n\n## Look\n\n```bash\ncurl -I http://localhost:8000/api/health\n```\n",
        "# Book\n\n## Look\n\n```bash\ncurl -fsS --max-time 5 http://localhost:8000/api/health\n```\n",
        _head,
        misleads=True,
    ),
)
