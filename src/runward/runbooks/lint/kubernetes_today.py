"""Rules about kubectl commands and annotations that clusters of today do not know."""

import json
import re
from collections.abc import Iterator

from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_at, found_call, lines_of, mentions, verb_of
from runward.runbooks.shell.options import options_of, words_of

_VALUED = words_of(
    "-n --namespace --context --kubeconfig --cluster -s --server --token --as -l --selector -o --output -c --container -f --filename --field-selector"
    " --sort-by --tail --since -p --patch --type --replicas --timeout --user -v --request-timeout"
)
# Verbs that people carry over from docker, systemctl and git; a plugin of such a name is announced in the document.
_WRONG = {
    "rename": "objects cannot be renamed: create one under the new name, switch to it, then delete the old one",
    "restart": "write kubectl rollout restart",
    "start": "scale the workload up",
    "stop": "scale the workload to 0",
    "update": "write kubectl apply, patch or edit",
    "remove": "write kubectl delete",
    "list": "write kubectl get",
    "show": "write kubectl get or describe",
    "status": "write kubectl rollout status or get",
    "rollback": "write kubectl rollout undo",
    "ps": "write kubectl get pods",
    "inspect": "write kubectl describe",
    "deploy": "write kubectl apply",
    "rm": "write kubectl delete",
    "log": "write kubectl logs",
}
_ANNOTATION = re.compile(r"nginx\.ingress\.kubernetes\.io/([a-z0-9-]+)")
_PREFIXES = ("auth-", "canary", "cors-", "proxy-", "session-cookie-", "affinity", "limit-", "modsecurity-", "enable-cors", "ssl-", "global-", "http2-", "opentelemetry-", "opentracing", "jaeger", "mirror-", "custom-", "client-body-", "service-", "fastcgi-", "influxdb-", "jwt-")  # fmt: skip
_ANNOTATIONS = frozenset(
    words_of(
        "app-root backend-protocol enable-cors default-backend enable-access-log enable-global-auth enable-modsecurity enable-owasp-core-rules"
        " enable-opentelemetry enable-opentracing enable-rewrite-log configuration-snippet server-snippet stream-snippet from-to-www-redirect"
        " force-ssl-redirect permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code preserve-trailing-slash"
        " denylist-source-range whitelist-source-range allowlist-source-range rewrite-target satisfy secure-verify-ca-secret server-alias upstream-hash-by"
        " upstream-hash-by-subset upstream-hash-by-subset-size upstream-vhost use-regex x-forwarded-prefix load-balance connection-proxy-header"
        " disable-proxy-intercept-errors relative-redirects secure-backends base-url-scheme add-base-url enable-influxdb grpc-backend rewrite-log use-port-in-redirects"
        " cluster-id whitelist-source denylist enable-dynamic-tls-records"
    )
)
_BUILT_IN = words_of(
    "po pod pods svc service services deploy deployment deployments rs replicaset replicasets sts statefulset statefulsets ds daemonset daemonsets"
    " job jobs cj cronjob cronjobs cm configmap configmaps secret secrets ing ingress ingresses no node nodes ns namespace namespaces pv"
    " persistentvolume persistentvolumes pvc persistentvolumeclaim persistentvolumeclaims sa serviceaccount serviceaccounts hpa"
    " horizontalpodautoscaler horizontalpodautoscalers pdb poddisruptionbudget poddisruptionbudgets ev event events ep endpoints netpol networkpolicy"
    " networkpolicies role roles rolebinding rolebindings clusterrole clusterroles clusterrolebinding clusterrolebindings crd crds"
    " customresourcedefinition customresourcedefinitions sc storageclass storageclasses quota resourcequota resourcequotas limits limitrange all"
    " componentstatus cs lease leases priorityclass pc rc replicationcontroller apiservice csr"
)
_DATABASES = words_of(
    "postgresql postgresqls postgres mysql redis rediscluster mongodb kafka elasticsearch rabbitmq cassandra pg postgrescluster"
)


def _verb(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        if one.call.name not in {"kubectl", "oc"}:
            continue
        words = verb_of(one.call, _VALUED)
        right = _WRONG.get(words[0]) if words else None
        if right and not (one.call.name == "oc" and words[0] in {"status", "deploy"}):
            if mentions(case.runbook, rf"kubectl-{words[0].lower()}|krew"):
                continue
            said = f"{one.call.name} has no command “{words[0]}”: {right}"
            yield found_call(case, one, words[0], said)


_PATCH = re.compile(r"(?:^|\s)(?:-p|--patch|-d|--data|--data-raw)[= ]?'([\[{][^'\\]*)('(?=[\s\")|;]|$)|$)")


def _patch(case: Case) -> Iterator[Found]:
    """JSON handed over in quotes; in a comment too, since commented-out commands are taken up in a hurry."""
    for block in case.runbook.blocks:
        if block.written not in {"shell", "transcript"} or block.form == "inline" or "'" not in block.text:
            continue
        lines = list(lines_of(block))
        for place, (line, text) in enumerate(lines):
            if not re.search(r"\b(?:kubectl|oc|curl)\b", text) and not text.lstrip().startswith("-"):
                continue
            found = _PATCH.search(text)
            if found is None:
                continue
            whole = text.lstrip().startswith("#") or place == len(lines) - 1
            broken = (
                _broken(found[1])
                if found[2]
                else "the quote and the brackets are never closed"
                if whole
                else ""
            )
            if broken:
                yield found_at(case, line, found[1][:60], f"what is handed over is no JSON: {broken}")


def _broken(text: str) -> str:
    if re.search(r"<\w|\$|\{\{|\.\.\.|…|YOUR|\*\*", text):
        return ""
    try:
        json.loads(text)
    except json.JSONDecodeError as problem:
        if re.match(r"\{\s*\w+\s*:", text):  # kubectl takes YAML's way of writing too
            return ""
        return f"{problem.msg} at its character {problem.pos + 1}"
    return ""


def _annotation(case: Case) -> Iterator[Found]:
    if "nginx.ingress.kubernetes.io/" not in case.runbook.document.text:
        return
    for block in case.runbook.blocks:
        for line, text in lines_of(block):
            for found in _ANNOTATION.finditer(text):
                name = found[1]
                if name not in _ANNOTATIONS and not name.startswith(_PREFIXES):
                    said = f"ingress-nginx knows no annotation {name} and passes over it in silence"
                    yield found_at(case, line, found[0], said)


def _custom(case: Case) -> Iterator[Found]:
    """A kind that only an operator brings, in a document that never speaks of one."""
    told: set[str] = set()
    for one in list_calls(case.runbook):
        kind = _kind_acted_on(one)
        if not kind or kind in told or kind in _BUILT_IN or kind not in _DATABASES:
            continue
        if mentions(
            case.runbook, r"\boperator\b|\bcrds?\b|custom resource|zalando|percona|strimzi|cnpg|cloudnative"
        ):
            return
        told.add(kind)
        said = f"“{kind}” is no kind of Kubernetes itself: without the operator that brings it, kubectl says the server doesn't have a resource type"
        yield found_call(case, one, f" {kind}", said)


def _kind_acted_on(one: Placed) -> str:
    if one.call.name not in {"kubectl", "oc"}:
        return ""
    words = [word.text for word in options_of(one.call.arguments, _VALUED).rest]
    if len(words) < 2 or words[0] not in {
        "patch",
        "edit",
        "get",
        "describe",
        "delete",
        "scale",
        "annotate",
        "label",
    }:
        return ""
    return words[1].partition("/")[0].lower()


RULES = (
    Rule(
        "kubectl-verb",
        Severity.ERROR,
        "kubectl is told what it can do.",
        "The verbs of docker, systemctl and git are not those of kubectl: “error: unknown command”, and a procedure that counted on it stops half way.",
        "kubectl get, describe, logs, apply, patch, delete, scale, rollout restart | undo | status (all versions). Objects cannot be renamed.",
        "# Book\n\n## Swap\n\n```bash\nkubectl delete secret login -n shop\nkubectl rename secret/login-new login -n shop\n```\n",
        "# Book\n\n## Swap\n\n```bash\nkubectl set env deployment/web --from=secret/login-2 -n shop\nkubectl rollout status deployment/web -n shop\n```\n",
        _verb,
    ),
    Rule(
        "json-argument",
        Severity.ERROR,
        "JSON that a command is given is JSON.",
        "A bracket or quote too few, and the server refuses the patch, or the shell goes on reading the rest of the script as its text.",
        "Check it with `jq . <<< '...'`, or keep it in a file (kubectl patch --patch-file, 1.20 and later; curl --data @file).",
        '# Book\n\n## Switch\n\n```bash\nkubectl patch svc db -p \'{"spec":{"selector":{"role":"new"}}\'\n```\n',
        '# Book\n\n## Switch\n\n```bash\nkubectl patch svc db -p \'{"spec":{"selector":{"role":"new"}}}\'\n```\n',
        _patch,
    ),
    Rule(
        "ingress-annotation-unknown",
        Severity.WARNING,
        "Annotations are ones that ingress-nginx knows.",
        "An unknown annotation is accepted and does nothing, so the trouble is taken for solved.",
        "WebSockets need no switch in ingress-nginx, only longer proxy-read-timeout and proxy-send-timeout (60 s if not set). The project was retired in March 2026: plan the move to the Gateway API.",
        '# Book\n\n## Keep alive\n\n```yaml\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/enable-websocket: "true"\n```\n',
        '# Book\n\n## Keep alive\n\n```yaml\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\n```\n',
        _annotation,
    ),
    Rule(
        "kind-of-an-operator",
        Severity.WARNING,
        "Kinds that an operator brings come with the operator's name.",
        "`kubectl patch postgresql` works only where an operator has defined that kind; elsewhere the database is a pod like any other, or not in the cluster at all. A JSON patch with “replace” also fails where the path is not there yet.",
        "Name the operator and the whole kind (`postgresqls.acid.zalan.do`); use `add` in a JSON patch, which replaces too, or a merge patch; say that the database restarts.",
        '# Book\n\n## More memory\n\n```bash\nkubectl patch postgresql shop -n shop --type=merge -p \'{"spec":{"resources":{"limits":{"memory":"2Gi"}}}}\'\n```\n',
        '# Book\n\nThe Zalando operator runs the database.\n\n## More memory\n\n```bash\nkubectl patch postgresqls.acid.zalan.do shop -n shop --type=merge -p \'{"spec":{"resources":{"limits":{"memory":"2Gi"}}}}\'\n```\n',
        _custom,
    ),
)
