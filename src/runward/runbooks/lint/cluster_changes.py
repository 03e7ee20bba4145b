"""Rules about changing things in a Kubernetes cluster."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import (
    is_advised_against,
    line_of,
    list_named,
    marked,
    text_around,
)
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import lowered
from runward.runbooks.shell.options import Options, options_of, words_of

_VALUED = words_of(
    "-n --namespace --context --cluster --kubeconfig -l --selector -o --output -c --container -f --filename --field-selector --type -p --patch"
    " --since --tail --timeout --replicas --image --as --sort-by -k --kustomize --server --token --user --request-timeout --for --port --name --limits --requests"
)
_MIGRATES = re.compile(
    r"\bmigrat\w*|alembic\s+upgrade|flyway|liquibase|db:migrate|prisma\s+migrate|goose\b|dbmate",
    re.IGNORECASE,
)
_LOOKS = re.compile(r"verif|show|status|current|check|history|list|plan|--dry-run|info\b", re.IGNORECASE)
_DECLARED = re.compile(r"helm charts?\b|helm\s+(?:upgrade|rollback)|argo\s?cd|\bflux\b|kustomiz|gitops")
_WRITTEN_BACK = re.compile(
    r"values\S*\.ya?ml|commit|pull request|\bPR\b|manifest|in git\b|back.?port|drift|temporar|emergenc|until the next|helm upgrade|sync|self.?heal",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\.items\[0\]|head\s+-n?\s*1")
# Kinds that stand in a namespace for certain; of others nobody can tell from their names.
_KINDS = words_of(
    "pod pods po deployment deployments deploy service services svc configmap configmaps cm secret secrets ingress ingresses ing job jobs cronjob cronjobs cj"
    " statefulset statefulsets sts daemonset daemonsets ds replicaset replicasets rs persistentvolumeclaim persistentvolumeclaims pvc event events ev endpoints ep"
    " horizontalpodautoscaler horizontalpodautoscalers hpa poddisruptionbudget poddisruptionbudgets pdb serviceaccount serviceaccounts sa role roles rolebinding"
    " rolebindings networkpolicy networkpolicies netpol resourcequota resourcequotas quota limitrange limitranges replicationcontroller rc"
)
_BARE = words_of("exec logs attach port-forward")  # their first word is a pod where it names no kind
_NAMESPACED = words_of(
    "get describe logs exec delete scale rollout set top patch edit label annotate port-forward cp expose autoscale wait"
)
_SETS = re.compile(
    r"set-context\b.*--namespace|\bkubens\b|\bkns\b|\boc\s+project\b|alias\s+k\w*=.*-n|default namespace|\bnamespace:\s"
)


def _first_pod(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "kubectl", "oc"):
        words = [word.text for word in placed.call.arguments]
        if "exec" not in words or "--" not in words:
            continue
        inner = " ".join(words[words.index("--") + 1 :])
        if not _MIGRATES.search(inner) or _LOOKS.search(inner):
            continue
        variable = next((found[1] for one in words if (found := re.match(r"\$\{?(\w+)\}?$", one))), "")
        lines = case.runbook.document.lines
        taken = (
            [
                one
                for one in lines[placed.block.first_line - 1 : line_of(placed) - 1]
                if re.search(rf"^\s*(?:export\s+)?{variable}=", one)
            ]
            if variable
            else []
        )
        first = any(_FIRST.search(one) for one in taken) or any(_FIRST.search(one) for one in words)
        if not first:
            continue
        said = f"The migration runs in whichever pod is first in the list: it may not be ready or be about to go, and nothing keeps a second run out{_without_backup(case, placed)}."
        yield marked(case.runbook, line_of(placed), "exec", said)


def _without_backup(case: Case, placed: Placed) -> str:
    around = text_around(case.runbook, line_of(placed))
    return (
        "" if re.search(r"back.?up|pg_dump|snapshot", around, re.IGNORECASE) else "; no backup is made before"
    )


def _imperative(case: Case) -> Iterator[Found]:
    if not _DECLARED.search(lowered(case.runbook)):
        return
    told: set[int] = set()  # once a block: one that sets four images is one mistake
    for placed in list_named(case, "kubectl", "oc"):
        words = [word.text for word in placed.call.arguments if not word.text.startswith("-")]
        changes = words[:2] in (["set", "image"], ["set", "resources"], ["set", "env"]) or (
            words[:1] in (["edit"], ["patch"])
            and bool(re.match(r"deploy|statefulset|sts|daemonset|ds/|ds$|hpa", " ".join(words[1:2])))
        )
        if not changes or placed.block.form == "inline" or placed.call.has("--dry-run=client", "--local"):
            continue
        if placed.block.number in told or _WRITTEN_BACK.search(text_around(case.runbook, line_of(placed))):
            continue
        told.add(placed.block.number)
        said = f"kubectl {' '.join(words[:2])} changes what runs and not what is declared: the next deployment takes it back without a word."
        yield marked(case.runbook, line_of(placed), " ".join(words[:2]), said)


def _namespace_missing(case: Case) -> Iterator[Found]:
    held = [(placed, _options(placed)) for placed in list_named(case, "kubectl", "oc")]
    named = [
        options.values("-n", "--namespace")[0].text
        for _, options in held
        if options.values("-n", "--namespace")
    ]
    if len(named) < 4 or _SETS.search(lowered(case.runbook)):
        return
    usual = max(set(named), key=named.count)
    if usual == "default":
        return
    for placed, options in held:
        if not _needs_namespace(options) or is_advised_against(case.runbook, line_of(placed)):
            continue
        beside = [
            other
            for one, other in held
            if one.block.number == placed.block.number and other.values("-n", "--namespace")
        ]
        if not beside and named.count(usual) < 0.8 * len(held):
            continue
        said = f"No namespace is named: it looks in whichever the operator's context happens to be set to, not in {usual} as the other commands do."
        yield marked(case.runbook, line_of(placed), placed.call.name, said)


def _options(placed: Placed) -> Options:
    words = placed.call.arguments
    at = next((number for number, word in enumerate(words) if word.text == "--"), len(words))
    return options_of(words[:at], _VALUED)


def _needs_namespace(options: Options) -> bool:
    """Whether a call acts on something in a namespace and names none."""
    if options.has("-n", "--namespace", "-A", "--all-namespaces", "-f", "--filename", "-k", "--raw"):
        return False
    words = [word.text for word in options.rest]
    if words[:1] == ["cp"] and any(re.match(r"[^/:]*/[^:]*:", one) for one in words[1:]):
        return False
    if not words or words[0] not in _NAMESPACED or any("{{" in one or "$NS" in one for one in words):
        return False
    kind = (
        words[2] if words[0] in {"rollout", "set"} and len(words) > 2 else words[1] if len(words) > 1 else ""
    )
    if words[0] in _BARE and kind and "/" not in kind:
        return True
    return all(one in _KINDS for one in kind.partition("/")[0].lower().split(","))


RULES = (
    Rule(
        id="migration-in-first-pod",
        severity=Severity.WARNING,
        title="A schema migration is run inside whichever pod comes first.",
        why="The first pod of a list may be starting, ending or of the old version; two people may do it at once; when the pod goes, the migration stops in the middle.",
        right="A Job of its own with the new image, an advisory lock, a backup before and `kubectl wait --for=condition=complete` after (every supported Kubernetes).",
        bad=example(
            "Migrate",
            "bash",
            "POD=$(kubectl get pod -n shop -l app=api -o jsonpath='{.items[0].metadata.name}')",
            "kubectl exec -n shop $POD -- python manage.py migrate",
        ),
        good=example(
            "Migrate",
            "bash",
            "kubectl apply -n shop -f migrate-job.yaml",
            "kubectl wait -n shop --for=condition=complete job/migrate --timeout=10m",
        ),
        look=_first_pod,
    ),
    Rule(
        id="change-drifts-away",
        severity=Severity.NOTE,
        title="Something that Helm or Git declares is changed by hand.",
        why="The next deployment puts back what is declared: the trouble returns at a time when nobody thinks of it. An undo takes back the pods, never a schema.",
        right="Change the chart's values or the manifest and deploy that (`helm upgrade`, a commit); by hand only in an emergency, with the step that writes it back.",
        bad=example(
            "Memory is short",
            "bash",
            "# deployed from a Helm chart",
            "kubectl set resources deployment/api -n shop --limits=memory=2Gi",
        ),
        good=example(
            "Memory is short", "bash", "helm upgrade shop ./chart -n shop --reuse-values --set api.memory=2Gi"
        ),
        look=_imperative,
    ),
    Rule(
        id="namespace-missing",
        severity=Severity.WARNING,
        title="A command for a cluster names no namespace, where its neighbours do.",
        why="It acts on the namespace that the operator's context was left in: it finds nothing, or the same name of another team or stage.",
        right="`-n NAMESPACE` in every command (every version), or one that sets it at the top for all.",
        bad=example(
            "Look",
            "bash",
            "kubectl get pods -n shop",
            "kubectl describe deployment api -n shop",
            "kubectl get events -n shop",
            "kubectl logs deploy/api -n shop --tail=50",
            "kubectl delete pod api-0",
        ),
        good=example(
            "Look",
            "bash",
            "kubectl get pods -n shop",
            "kubectl describe deployment api -n shop",
            "kubectl get events -n shop",
            "kubectl get nodes",
            "kubectl delete pod api-0 -n shop",
        ),
        look=_namespace_missing,
    ),
)
