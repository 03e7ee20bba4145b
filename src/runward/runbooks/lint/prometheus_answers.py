"""Rules about questions to Prometheus whose answer is another figure than the one that is spoken of."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import is_advised_against, marked, text_between
from runward.runbooks.finding.claims import purpose_of
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity

_QUANTILE = re.compile(r"histogram_quantile\(\s*[\w.$]+\s*,\s*(?:i?rate|increase)\(\s*(?P<metric>[\w:]+)")
# Of these each machine is looked at by itself.
_OF_MACHINES = re.compile(
    r"(?:etcd|node|kubelet|go|jvm|process|scheduler|apiserver|workqueue|container|coredns|redis|pg|ceph)_"
)
_ERRORS = re.compile(
    r"\b(?:i?rate|increase)\(\s*(?P<metric>[\w:]*(?:request|http|grpc|response)[\w:]*)\{[^}]*\b(?:status|code|status_code|http_status|response_code)"
    r"\s*=~?\s*\\?[\"'](?:error|5(?:\.\.|xx|\d\d)|5\[0-9\]|\[45\]|5\.[*+]|4\.\.\|5\.\.)[^}]*\}\s*\[\w+\]\s*\)"
)  # fmt: skip
_SHARE = re.compile(
    r"\berror[ -]?rate\b[^\n]{0,40}\d\s*%|\d\s*%[^\n]{0,30}\berror|\berror (?:percentage|ratio)",
    re.IGNORECASE,
)
_SHARED = re.compile(r"\)\s*\)?\s*/|/\s*(?:sum|rate|ignoring|on|clamp)\b|\bby\b.*/")


def _quantile_of_each(case: Case) -> Iterator[Found]:
    for block in case.runbook.blocks:
        if "histogram_quantile" not in block.text:
            continue
        for number, text in enumerate(block.text.split("\n"), block.first_line):
            found = _QUANTILE.search(text)
            if (
                found
                and not _OF_MACHINES.match(found["metric"])
                and not is_advised_against(case.runbook, number)
            ):
                yield marked(
                    case.runbook,
                    number,
                    "histogram_quantile",
                    f"This is one figure for each series of {found['metric']}, that is for each instance and each value of its labels: none of them is that of the whole.",
                )


def _errors_a_second(case: Case) -> Iterator[Found]:
    for block in case.runbook.blocks:
        if "rate(" not in block.text and "increase(" not in block.text:
            continue
        for number, text in enumerate(block.text.split("\n"), block.first_line):
            found = _ERRORS.search(text)
            if not found or _SHARED.search(_whole(case, number)):
                continue
            near = text_between(case.runbook, number - 8, number - 1)
            if _SHARE.search(f"{purpose_of(case.runbook, number)}\n{near}"):
                yield marked(
                    case.runbook,
                    number,
                    found["metric"],
                    "This is a number of errors per second: the share that the document speaks of depends on how many requests there were.",
                )


def _whole(case: Case, number: int) -> str:
    """An expression may go on over the next lines, and begin before this one."""
    return " ".join(one.strip() for one in case.runbook.document.lines[max(0, number - 3) : number + 4])


RULES = (
    Rule(
        id="quantile-of-each-series",
        severity=Severity.WARNING,
        title="A quantile is taken of each series by itself.",
        why=(
            "histogram_quantile answers for every combination of labels. A limit on it fires for a path with three requests, and the value of"
            " the service stands nowhere."
        ),
        right="`histogram_quantile(0.95, sum by (le) (rate(NAME_bucket[5m])))`, with the labels to keep beside le (every version).",
        bad=example("Latency", "promql", "histogram_quantile(0.95, rate(checkout_seconds_bucket[5m]))"),
        good=example("Latency", "promql", "histogram_quantile(0.95, sum by (le) (rate(checkout_seconds_bucket[5m])))"),
        look=_quantile_of_each,
        misleads=True,
    ),
    Rule(
        id="errors-per-second-are-no-share",
        severity=Severity.WARNING,
        title="A share of errors is looked for in a number of errors per second.",
        why="Two errors a second are a disaster for one service and nothing for another. A limit in per cent cannot be read from it.",
        right='`sum(rate(NAME{status=~"5.."}[5m])) / sum(rate(NAME[5m]))` (every version).',
        bad=example("Error rate > 5%", "promql", 'rate(http_requests_total{status=~"5.."}[5m])'),
        good=example("Error rate > 5%", "promql", 'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))'),
        look=_errors_a_second,
        misleads=True,
    ),
)  # fmt: skip
