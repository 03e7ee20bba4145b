"""Read what a Prometheus expression measures: its metric, the statistic, the window, and the limit it is held to."""

import re
from urllib.parse import unquote

from runward.runbooks.fact.measures import known_measure, spoken
from runward.runbooks.fact.quantities import number_of

_METRIC = re.compile(r"(?<![\w.:{\"=$])(?P<name>[a-zA-Z_:][\w:]*)\s*(?P<labels>\{[^{}]*\})?\s*(?:\[(?P<window>\w+)(?::\w*)?\])?(?!\w*\s*\()")  # fmt: skip
_CALLS = re.compile(r"[a-z_]\w*\s*(?=\()")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right|offset|bool|and|or|unless|inf|nan)\b\s*(?:\([^()]*\))?", re.IGNORECASE)  # fmt: skip
_QUANTILE = re.compile(r"histogram_quantile\(\s*(0?\.\d+)")
_LIMIT = re.compile(r"\)?\s*(?P<op>>=|<=|==|!=|>|<)\s*(?:bool\s+)?(?P<value>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*$", re.IGNORECASE)  # fmt: skip
_RECKONED = re.compile(r"[-+*/%^]")
_TURNED = re.compile(
    r"\b(?:i?delta|deriv|predict_linear|changes|resets|absent\w*|count\w*|stddev\w*|quantile)\s*\("
)
_ENDINGS = re.compile(r"(?:_(?:total|count|sum|bucket|seconds|bytes|ratio|percent))+$")
_FAILED = re.compile(
    r"(?:status|code|status_code|outcome|result)\w*\s*=~?\s*\"(?:error|fail\w*|5)", re.IGNORECASE
)
_BY_NAME: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("target up", re.compile(r"(?:\w+:)?up")),
    ("response time", re.compile(r"(?:\w+_)?(?:http_)?(?:request|response|server_request)s?_(?:duration|latency|time)\w*")),
    ("request rate", re.compile(r"(?:\w+_)?(?:http_)?requests?(?:_(?:total|count|received))*")),
    ("cpu usage", re.compile(r"node_cpu_seconds_total|(?:container|process)_cpu(?:_usage)?_seconds_total|\w*cpu_usage\w*")),
    ("replication lag", re.compile(r"\w*replication_lag\w*")),
    ("certificate validity left", re.compile(r"probe_ssl_earliest_cert_expiry|\w*cert\w*_(?:expir|not_after)\w*")),
    ("pod restarts", re.compile(r"kube_pod_container_status_restarts_total")),
)  # fmt: skip
_QUERY = re.compile(r"https?://[^\s\"']*?(?:[?&](?:query|[a-z]?\d?\.?expr)=|/graph\?g0[. ]expr=)(?P<query>[^\s\"'&|;][^|;&]*)")  # fmt: skip
_OPERATORS = {"==": "="}


def queries_in(line: str) -> list[str]:
    """The expressions that addresses in a line ask Prometheus for."""
    return [_closed(unquote(found["query"])) for found in _QUERY.finditer(line)] if "://" in line else []


def _closed(query: str) -> str:
    """The expression up to where its brackets close; what follows belongs to the shell."""
    depth = 0
    for place, letter in enumerate(query):
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(letter, 0)
        if depth < 0 or (depth == 0 and letter in " '\"`"):
            return query[:place].strip()
    return query.strip("'\"` ")


def measured_by(expression: str) -> dict[str, object] | None:
    """What an expression measures; its limit too if it is held to one. None if no metric could be made out."""
    text = " ".join(expression.split())
    limit = _LIMIT.search(text)
    body = text[: limit.start() + 1].strip() if limit else text
    metrics = list(_METRIC.finditer(_CALLS.sub("", _GROUPING.sub(" ", body))))
    names = list(dict.fromkeys(one["name"] for one in metrics))
    if not names or (limit and limit.start() and not body):
        return None
    found: dict[str, object] = {}
    quantile = _QUANTILE.search(body)
    reckoned = bool(_TURNED.search(body) or _RECKONED.search(re.sub(r"\{[^{}]*\}|\[[^\]]*\]", "", body)))
    measure = _measure(names, [one["labels"] or "" for one in metrics], plain=not quantile and not reckoned)
    if measure and (not reckoned or (measure == "cpu usage" and not _TURNED.search(body))):
        found["measure"] = measure
    if quantile:
        found["stat"] = f"p{round(float(quantile[1]) * 1000) / 10:g}".replace(".", "")
    found["metric"] = (
        metrics[0]["name"] + (metrics[0]["labels"] or "") if len(names) == 1 and not reckoned else body
    )
    window = next((one["window"] for one in metrics if one["window"]), None)
    if window:
        found["window"] = window
    if limit:
        found |= {"op": _OPERATORS.get(limit["op"], limit["op"]), "value": _number(limit["value"])}
    return found


def _measure(names: list[str], labels: list[str], *, plain: bool) -> str:
    """The name of what is measured; "" where several metrics are put together in a way that is not known."""
    if len(names) > 1:
        return ""
    measure = next((name for name, pattern in _BY_NAME if pattern.fullmatch(names[0])), "")
    if measure == "request rate":
        return "error rate" if any(_FAILED.search(one) for one in labels) else measure
    words = spoken(_ENDINGS.sub("", names[0]).replace(":", " "))
    return measure or known_measure(words) or (words.lower() if plain else "")


def _number(text: str) -> int | float:
    return number_of(text) if text.replace(".", "").isdigit() else float(text)
