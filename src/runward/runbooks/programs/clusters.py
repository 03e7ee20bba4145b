"""Programs that speak to containers, clusters, clouds and infrastructure."""

from collections.abc import Callable

from runward.runbooks.programs.rules import Effect, Judge, Verbs, always, changes, destroys, reads, worst
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of
from runward.runbooks.shell.wrappers import inside_of

_KUBE_FLAGS = """-n --namespace --context --kubeconfig --cluster -s --server --token --as --as-group --request-timeout -l --selector -o --output
    -c --container -f --filename -k --kustomize --field-selector --sort-by --tail --since --since-time -p --patch --type --replicas --timeout
    --user -v --v --cache-dir --certificate-authority --client-certificate --client-key --max-log-requests --for --port --from --image"""
_KUBECTL = Verbs(
    read="""get, describe, logs, top, explain, version, api-resources, api-versions, cluster-info, events, diff, wait, rollout status,
    rollout history, config view, config current-context, config get-contexts, config get-clusters, config get-users, auth can-i, auth whoami,
    plugin list, kustomize, completion, options, port-forward, proxy, status, whoami, projects, project, adm top, adm node-logs, help, krew list""",
    change="""apply, create, patch, scale, autoscale, edit, label, annotate, set, rollout restart, rollout undo, rollout pause, rollout resume, expose,
    run, cp, exec, attach, debug, uncordon, cordon, taint, config use-context, config set-context, config set, rollout, new-app, start-build, rsh,
    tag, import-image, login, certificate approve, certificate deny, auth reconcile, adm policy, adm uncordon, adm cordon""",
    destroy="delete, drain, replace --force, config delete-context, config delete-cluster, config unset, adm drain, adm prune",
    valued=_KUBE_FLAGS,
    dry="--dry-run",
    changing="--output-directory",
)


def _kubectl(call: Call) -> Effect:
    options = options_of(call.arguments, words_of(_KUBE_FLAGS))
    verb = options.rest[0].text if options.rest else ""
    if verb == "project" and len(options.rest) > 1:
        return changes("another project is what later commands act on")
    if verb == "exec" and _wraps(call):
        return reads(f"{call.name} exec only carries a command into a container")
    if verb == "replace" and options.has("--force"):
        return destroys("replace --force deletes before it creates")
    if verb == "apply" and options.has("--prune") and not options.has("--dry-run"):
        return destroys("apply --prune deletes what is not in the files")
    if verb == "scale" and any(word.text == "0" for word in options.values("--replicas")):
        return changes("scaling to 0 stops the workload")
    return _KUBECTL(call)


def _wraps(call: Call) -> bool:
    """Whether what a wrapper runs is judged on its own."""
    return any(inside.words or inside.script is not None for inside in inside_of(call))


_DOCKER = Verbs(
    read="""ps, images, logs, inspect, stats, top, version, info, events, port, diff, history, search, container ls, container list, container ps,
    container inspect, container logs, container stats, container top, container port, image ls, image list, image inspect, image history,
    network ls, network list, network inspect, volume ls, volume list, volume inspect, system df, system info, system events, node ls, node ps, node inspect,
    service ls, service list, service ps, service logs, service inspect, stack ls, stack ps, stack services, secret ls, secret inspect, config ls, config inspect,
    context ls, context show, context inspect, manifest inspect, buildx ls, buildx du, plugin ls, swarm ca, compose, wait, pod ps, help""",
    change="""run, create, start, restart, stop, pause, unpause, exec, build, pull, push, tag, commit, cp, load, import, login, logout, rename, update,
    attach, export, save, container start, container restart, container stop, image build, image pull, image push, network create, network connect,
    network disconnect, volume create, service update, service scale, service create, service rollback, stack deploy, node update, swarm init, swarm join,
    secret create, config create, buildx build, buildx create, context use""",
    destroy="""rm, rmi, kill, prune, container rm, container kill, container prune, image rm, image prune, image remove, volume rm, volume prune,
    volume remove, network rm, network prune, system prune, builder prune, buildx prune, service rm, stack rm, stack down, swarm leave, node rm, secret rm, config rm""",
    valued="-H --host -c --context --config -l --log-level -f --filter --format -n --tail --since --until --name -t --tag -a",
)
_COMPOSE = Verbs(
    read="ps, logs, top, config, images, ls, version, events, port, stats, exec, volumes, help, convert, wait",
    change="up, start, restart, stop, build, pull, push, create, run, pause, unpause, scale, cp, attach, watch",
    destroy="down, rm, kill",
    valued="-f --file -p --project-name --profile --env-file --project-directory --ansi --progress --parallel --tail --since --until -n",
    dry="--dry-run",
)


def _docker(call: Call) -> Effect:
    before = options_of(call.arguments, words_of("-H --host -c --context --config -l --log-level"), stop=True)
    words = [word.text for word in before.rest[:2]]
    if words[:1] == ["compose"]:
        inner = Call("docker compose", before.rest[1:], call.command, feed=call.feed, more=call.more)
        return _compose(inner)
    if "exec" in words and _wraps(call):
        return reads(f"{call.name} exec only carries a command into a container")
    return _DOCKER(call)


def _compose(call: Call) -> Effect:
    options = options_of(call.arguments, words_of(_COMPOSE.valued), stop=True)
    if (
        options.rest[:1]
        and options.rest[0].text == "config"
        and call.has("-o", "--output", "--lock-image-digests")
    ):
        return changes("compose config -o writes a file")
    return _COMPOSE(call)


_AWS_FLAGS = """--region --profile --output --query --endpoint-url --cluster --service --db-instance-identifier --instance-ids --group-name --filters
    --log-group-name --filter-pattern --bucket --key --name --max-items --start-time --end-time --statistics --metric-name --namespace --period
    --dimensions --function-name --table-name --queue-url --stack-name --target-group-arn --load-balancer-arn --secret-id --task --tasks --container
    --command --since --follow --cli-input-json --exclude --include --invocation-type --payload --qualifier --color --ca-bundle --page-size"""


def _aws(call: Call) -> Effect:
    words = [word.text for word in options_of(call.arguments, words_of(_AWS_FLAGS)).rest]
    operation = words[1] if len(words) > 1 else ""
    if words[:2] == ["ecs", "execute-command"] and _wraps(call):
        return reads("aws ecs execute-command carries a command into a container")
    if words[:2] == ["s3", "sync"] and call.has("--delete") and not call.has("--dryrun"):
        return destroys("aws s3 sync --delete deletes what its source does not hold")
    if words[:2] == ["s3", "cp"] and words[-1:] == ["-"]:
        return reads("aws s3 cp to - prints an object")
    if operation.startswith("test-invoke"):
        return changes("it invokes the method")
    if operation in {"get-object", "select-object-content"} and words[0] == "s3api":
        return changes("it writes a file")
    return _AWS(call)


_AWS = Verbs(
    read="""* describe-*, * list-*, * get-*, * batch-get-*, * head-*, * lookup-*, * search-*, * filter-*, * scan, * query, * tail, * ls, * wait, * view-*,
    * estimate-*, * validate-*, * simulate-*, * check-*, * test-*, * decode-*, s3 ls, logs tail, logs start-query, configure list, configure get,
    sts get-caller-identity, elbv2 describe-*, help, * help, s3 presign""",
    change="""s3 cp, s3 sync, s3 mb, s3 website, * create-*, * update-*, * put-*, * modify-*, * start-*, * stop-*, * reboot-*, * run-*, * attach-*, * detach-*,
    * enable-*, * disable-*, * register-*, * set-*, * tag-*, * untag-*, * send-*, * publish*, * invoke*, * restore-*, * copy-*, * promote-*""",
    destroy="""s3 rm, s3 rb, s3 mv, * delete-*, * terminate-*, * remove-*, * deregister-*, * purge-*, * revoke-*, * batch-delete-*, * release-*, * cancel-*,
    * failover-*, * destroy-*, * disassociate-*, * batch-write-item, * reset-*, * switchover-*, * schedule-key-deletion""",
    valued=_AWS_FLAGS,
    dry="--dryrun --dry-run",
    notes={"* get-*": "it only gets", "* list-*": "it only lists", "* describe-*": "it only describes"},
)


def _cloud(reading: str, changing: str, ending: str, valued: str, carries: str = "") -> Judge:
    """Clouds whose verb is the last of several words: gcloud compute instances list, az vm show."""
    looking, acting, lost = words_of(reading), words_of(changing), words_of(ending)

    def judge(call: Call) -> Effect:
        options = options_of(call.arguments, words_of(valued))
        words = [word.text for word in options.rest[:6]]
        if not words:
            return (
                changes(f"{call.name}: its verb is named at run time")
                if call.more
                else reads(f"{call.name} prints its help")
            )
        if carries and carries in words and _wraps(call):
            return reads(f"{call.name} only carries a command to another machine")
        effects = _verbs(call.name, words, looking, acting, lost)
        known = all(word.fixed and not word.loose for word in options.rest[:1])
        return effects if known else worst(effects, changes(f"{call.name}: its words are not known"))

    return judge


def _verbs(
    name: str, words: list[str], looking: frozenset[str], acting: frozenset[str], lost: frozenset[str]
) -> Effect:
    """The first word that is a verb decides; a word of ending anywhere is enough to end."""
    words = words[1:] if words[0] == "run" and len(words) > 2 else words
    if any(word in lost or word.startswith(("delete-", "remove-", "purge-", "destroy-")) for word in words):
        return destroys(f"{name} {' '.join(words)} cannot be undone")
    if "get-credentials" in words:
        return changes(f"{name} writes credentials for later commands")
    for word in words:
        if word in looking or word.startswith(("describe-", "list-", "get-", "show-")):
            return reads(f"{name} {' '.join(words)} only looks")
        if word in acting:
            break
    return changes(f"{name} {' '.join(words)} changes something")


_CLOUD_CHANGES = "create update set start stop restart resize add deploy import restart-instances enable disable attach detach patch clone promote-replica run execute invoke call ssh scp export upload download cp sync apply scale rollback restore submit sign-url import-from move reset-password"
_CLOUD_ENDS = "delete remove rm rb destroy purge terminate failover drain mv cancel reset deallocate kill restart-and-wipe"
_TERRAFORM = Verbs(
    read="plan, show, output, validate, version, state list, state show, state pull, graph, providers, providers schema, workspace list, workspace show, console, fmt -check, metadata",
    change="apply, init, get, providers lock, providers mirror, import, refresh, taint, untaint, fmt, workspace new, workspace select, state mv, state push, state replace-provider, force-unlock, login",
    destroy="destroy, state rm, workspace delete, apply -destroy",
    valued="-chdir",
    changing="-out -generate-config-out",
    single=True,
)


def _terraform(call: Call) -> Effect:
    verb_destroys = call.has("-destroy", "--destroy") and call.has("apply")
    return destroys(f"{call.name} apply -destroy destroys everything") if verb_destroys else _TERRAFORM(call)


_HELM = Verbs(
    read="""list, ls, status, history, get, show, search, template, lint, version, env, repo list, dependency list, plugin list, verify, diff
    inspect, help""",
    change="install, upgrade, rollback, repo add, repo update, dependency update, dependency build, dep update, package, pull, push, create, plugin install, test, registry login",
    destroy="uninstall, delete, repo remove, plugin uninstall",
    valued="-n --namespace --kube-context --kubeconfig -f --values --set --version --timeout",
    dry="--dry-run",
    changing="--output-dir --post-renderer",
)
_ANSIBLE_DRY = "-C --check --syntax-check --list-hosts --list-tasks --list-tags"


def _ansible(call: Call) -> Effect:
    options = options_of(
        call.arguments,
        words_of("-m -a -i -u -l -e -t -f --module-name --args --inventory --limit --extra-vars --tags"),
    )
    module = [word.text for word in options.values("-m", "--module-name")]
    if options.has(
        "--list-hosts", "--syntax-check", "--list-tasks", "--list-tags", "-C", "--check"
    ) or module in (["ping"], ["setup"]):
        return reads(f"{call.name} only looks")
    if inside_of(call):
        return (
            changes(f"{call.name} runs a command on many hosts")
            if call.more
            else reads(f"{call.name} only carries a command to hosts")
        )
    return changes(f"{call.name} changes hosts")


def _one(
    read: str, change: str = "", destroy: str = "", valued: str = "", dry: str = "", single: bool = False
) -> Callable[[Call], Effect]:
    return Verbs(read=read, change=change, destroy=destroy, valued=valued, dry=dry, single=single)


_GCLOUD = _cloud(
    "list describe get-value get-iam-policy info read tail ls cat du stat get-serial-port-output print-access-token get-health logs version print-identity-token wait list-ip-blocks get-server-config history",
    _CLOUD_CHANGES,
    _CLOUD_ENDS,
    "--project --zone --region --format --filter --limit --account --configuration --command --instance --cluster --sort-by --freshness --database --location",
    "ssh",
)  # fmt: skip


def _gsutil(call: Call) -> Effect:
    if call.has("rsync") and call.has("-d", "-rd", "-dr") and not call.has("-n"):
        return destroys("gsutil rsync -d deletes what its source does not hold")
    return _GCLOUD(call)


RULES: dict[str, Judge] = {
    **dict.fromkeys(("kubectl", "oc", "microk8s.kubectl", "k"), _kubectl),
    **dict.fromkeys(("docker", "podman", "nerdctl"), _docker),
    **dict.fromkeys(("docker-compose", "podman-compose"), _compose),
    "crictl": _one("ps, images, pods, logs, inspect, inspectp, inspecti, stats, statsp, info, version", "pull, start, exec", "rm, rmi, rmp, stop, stopp"),
    "ctr": _one("version, images ls, containers ls, tasks ls, namespaces ls", "", "images rm, containers rm, tasks kill"),
    **dict.fromkeys(("stern", "kubetail", "kube-capacity", "popeye", "k9s", "kubeconform", "kubeval", "kube-score", "dive", "ctop", "lazydocker", "hadolint"), always(reads("it only looks"))),
    "helm": _HELM,
    "helmfile": _one("list, status, template, lint, diff, build, version", "apply, sync, repos, deps", "destroy, delete", "-f --file -e --environment -l --selector"),
    "kustomize": _one("build, version, cfg", "edit, create"),
    "aws": _aws,
    **dict.fromkeys(("gcloud", "bq"), _GCLOUD),
    "gsutil": _gsutil,
    "az": _cloud("list show show-connection-string get-instance-view list-ip-addresses tail query check-name exists version logs log browse wait get-access-token list-usage show-usage", _CLOUD_CHANGES, _CLOUD_ENDS, "-g --resource-group -n --name -o --output --query --subscription --server --vault-name -s --database", "ssh"),
    "doctl": _cloud("list get ls logs show list-by-droplet", _CLOUD_CHANGES, _CLOUD_ENDS, "--format --context --access-token -t"),
    "oci": _cloud("list get summarize-metrics-data search", _CLOUD_CHANGES + " action", _CLOUD_ENDS, "--compartment-id --output --query --profile"),
    "ibmcloud": _cloud("list get ls show logs target", _CLOUD_CHANGES, _CLOUD_ENDS, "-g -r"),
    "hcloud": _cloud("list describe", _CLOUD_CHANGES, _CLOUD_ENDS, "-o"),
    "linode-cli": _cloud("list view", _CLOUD_CHANGES, _CLOUD_ENDS, "--format"),
    **dict.fromkeys(("fly", "flyctl"), _cloud("list status logs show info releases version checks ips doctor ls", _CLOUD_CHANGES + " machines:run", _CLOUD_ENDS, "-a --app -c --config -r", "ssh")),
    "heroku": _one("apps, ps, logs, config, config:get, releases, status, addons, pg, pg:info, pg:diagnose, pg:ps, pg:locks, pg:bloat, redis:info, info, releases:info, pg:backups, pg:outliers, pg:long-running-queries", "restart, config:set, ps:restart, ps:scale, maintenance:on, maintenance:off, run, pg:backups:capture, rollback, releases:rollback, domains:add", "pg:reset, pg:kill, pg:killall, pg:backups:restore, apps:destroy, config:unset, addons:destroy, ps:stop", "-a --app -r --remote -n --num -d"),
    "railway": _one("status, logs, list, variables, whoami", "up, run, redeploy, restart, link", "down, delete"),
    "vercel": Verbs(read="ls, list, inspect, logs, whoami, env ls, domains ls, projects ls", change="deploy, promote, rollback, redeploy, alias, env add, link, pull", destroy="rm, remove, env rm", bare=changes("vercel without a verb deploys")),
    "netlify": _one("status, sites:list, env:list, logs", "deploy, build, link, env:set", "sites:delete, env:unset"),
    "render": _one("services, logs, deploys list, whoami", "deploys create, restart, ssh", "services delete"),
    "wrangler": _one("tail, whoami, deployments list, deployments status, secret list, kv key list, kv key get, d1 list, versions list", "deploy, publish, rollback, secret put, kv key put, d1 execute", "delete, secret delete, kv key delete"),
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), _terraform),
    "pulumi": _one("preview, stack ls, stack output, config get, whoami, logs, stack history, about", "up, update, refresh, config set, import", "destroy, stack rm, cancel"),
    **dict.fromkeys(("ansible", "ansible-playbook"), _ansible),
    "ansible-inventory": always(reads("it shows the inventory")),
    "ansible-vault": _one("view", "encrypt, decrypt, edit, create, rekey"),
    "vault": _one("status, read, list, version, token lookup, token capabilities, kv get, kv list, kv metadata get, secrets list, auth list, policy list, policy read, lease lookup, audit list, operator raft list-peers, operator key-status, operator members, path-help, print, debug", "write, kv put, kv patch, kv undelete, kv rollback, login, token create, token renew, secrets enable, secrets tune, auth enable, policy write, operator unseal, operator seal, operator init, operator rotate, operator raft snapshot save, audit enable, lease renew, operator step-down", "delete, kv delete, kv destroy, kv metadata delete, secrets disable, secrets move, auth disable, policy delete, lease revoke, token revoke, operator raft remove-peer, operator raft snapshot restore, operator rekey, audit disable", "-address -namespace -mount -format -field", single=True),
    "consul": _one("members, info, kv get, catalog, version, operator raft list-peers, intention list, intention check, validate, rtt, monitor, acl token list, acl token read", "kv put, reload, maint, join, snapshot save, services register, config write, lock, exec, event", "kv delete, leave, force-leave, snapshot restore, operator raft remove-peer, services deregister, config delete", "-http-addr -token -datacenter", single=True),
    "nomad": _one("status, job status, node status, alloc status, alloc logs, server members, job history, deployment status, agent-info, version, job inspect, eval status, node pool list, monitor, operator raft list-peers, job plan, logs", "job run, run, job restart, alloc restart, job scale, job revert, job promote, deployment promote, node eligibility, alloc exec, system gc, job dispatch, job eval", "job stop, stop, node drain, alloc stop, namespace delete, deployment fail, system reconcile, server force-leave", "-address -namespace -region", single=True),
    "argocd": _one("app list, app get, app diff, app history, app logs, app manifests, app resources, cluster list, repo list, version, proj list, account get-user-info, app wait", "app sync, app rollback, app set, app create, app refresh, app patch, app actions run, login, repo add", "app delete, app terminate-op, app unset, cluster rm, repo rm, app delete-resource", "--server --auth-token --grpc-web-root-path -o"),
    "argo": _one("list, get, logs, version, template list, cron list, watch, wait", "submit, retry, resubmit, suspend, resume", "delete, stop, terminate", "-n --namespace"),
    "flux": _one("get, logs, check, events, trace, tree, stats, version, diff, export", "reconcile, suspend, resume, create, bootstrap, install", "delete, uninstall", "-n --namespace --context"),
    "istioctl": _one("analyze, proxy-status, ps, proxy-config, pc, version, describe, x describe, dashboard, validate, verify-install, bug-report", "install, upgrade, tag set, kube-inject", "uninstall, tag remove", "-n --namespace -i --context"),
    "linkerd": _one("check, stat, viz stat, top, viz top, tap, viz tap, edges, viz edges, version, diagnostics, routes", "inject, install, upgrade", "uninstall"),
    "velero": _one("backup get, backup describe, backup logs, restore get, restore describe, restore logs, schedule get, schedule describe, version, get, describe, backup-location get", "backup create, create, schedule create, schedule pause, backup-location set, backup download, backup", "backup delete, delete, schedule delete, restore create, restore, restore delete, uninstall", "-n --namespace"),
    "cilium": _one("status, version, connectivity test, config view, hubble, sysdump, endpoint list, endpoint get, service list, bpf", "install, upgrade, config set, hubble enable", "uninstall, config delete"),
    "hubble": _one("observe, status, list, version"),
    "calicoctl": _one("get, node status, version, ipam show, ipam check", "apply, create, replace, patch, ipam configure", "delete, ipam release", "-n --namespace -o"),
    "cmctl": _one("status certificate, check api, version, inspect secret", "renew, approve, deny, create certificaterequest"),
    "kubeadm": _one("version, config images list, certs check-expiration, token list, upgrade plan, config view", "init, join, upgrade apply, upgrade node, certs renew, token create", "reset, token delete"),
    "eksctl": _one("get, version, utils describe-stacks, info", "create, scale, upgrade, update, utils", "delete, drain", "--cluster --region --name --profile"),
    "kops": _one("get, validate, version, toolbox dump", "update, rolling-update, edit, create, export", "delete"),
    "minikube": _one("status, ip, profile list, version, addons list, logs, service list, dashboard", "start, stop, addons enable, tunnel, image load, pause, mount", "delete"),
    "kind": _one("get, version", "create, load, export", "delete"),
    "k3d": _one("cluster list, version, node list", "kubeconfig, cluster create, cluster start, cluster stop, image import", "cluster delete, node delete"),
    "rclone": _one("ls, lsl, lsd, lsf, size, check, about, cat, listremotes, version, config show, tree, md5sum, hashsum, cryptcheck, ncdu", "copy, copyto, copyurl, mkdir, touch, config, mount, rcat, settier", "sync, move, moveto, delete, deletefile, purge, rmdir, rmdirs, cleanup, bisync, dedupe", "--config", "-n --dry-run"),
    "mc": _one("ls, stat, cat, head, du, tree, find, admin info, admin trace, admin prometheus, version, diff, alias list, admin heal --dry-run, ping, ready", "cp, mb, mirror, alias set, admin service restart, policy, put, admin config set, pipe", "rm, rb, mv, admin service stop, admin config reset"),
    "s3cmd": _one("ls, la, du, info", "put, get, sync, cp, mb, setacl", "del, rm, rb, mv"),
    "restic": _one("snapshots, ls, stats, find, diff, check, version, cat, list, dump", "backup, init, unlock, tag, copy, mount, restore, rebuild-index, repair", "forget, prune, rewrite", "-r --repo -p --password-file -o", "-n --dry-run"),
    "borg": _one("list, info, check, diff, --version", "create, init, mount, umount, extract, export-tar, break-lock", "prune, delete, compact, recreate", "", "-n --dry-run"),
    "ceph": Verbs(read="status, health, health detail, osd tree, osd df, osd status, df, mon stat, quorum_status, pg stat, pg dump, osd stat, osd pool ls, mgr services, versions, osd perf, crash ls, fs status, orch ls, orch ps, log last, config get, config dump, osd lspools, pg ls, device ls, osd pool stats, osd blocked-by, osd dump", change="osd set, osd unset, osd in, osd reweight, config set, orch restart, orch daemon restart, osd pool set, osd pool create, tell, balancer, crash archive, mgr fail, osd crush", destroy="osd out, osd down, osd rm, osd purge, osd destroy, osd pool delete, osd pool rm, mon remove, orch rm, auth del, fs rm, config rm, osd lost", looks="-s --status -w --watch -v"),
    "gluster": _one("volume info, volume status, peer status, pool list, volume heal, volume list, volume profile", "volume start, volume set, peer probe, volume rebalance", "volume stop, volume delete, peer detach, volume reset, volume remove-brick"),
    "packer": _one("validate, inspect, version, fmt -check", "build, init, fmt"),
    "vagrant": _one("status, global-status, ssh-config, version, box list, port", "up, halt, reload, provision, ssh, suspend, resume, box add", "destroy, box remove"),
    "virsh": _one("list, dominfo, domstate, nodeinfo, dumpxml, net-list, pool-list, vol-list, domblklist, domiflist, version, capabilities, snapshot-list, cpu-stats, dommemstat", "start, shutdown, reboot, suspend, resume, define, autostart, snapshot-create-as, setmem, setvcpus", "destroy, undefine, snapshot-delete, snapshot-revert, vol-delete, reset"),
    "qm": _one("list, status, config, agent, listsnapshot", "start, reboot, shutdown, set, migrate, snapshot, resume, suspend, clone", "stop, destroy, rollback, delsnapshot, reset"),
    "pct": _one("list, status, config, df", "start, reboot, shutdown, exec, enter, set, snapshot", "stop, destroy, rollback, delsnapshot"),
    "multipass": _one("list, info, version", "start, stop, launch, exec, restart, suspend", "delete, purge"),
    **dict.fromkeys(("lxc", "incus"), _one("list, info, config show, version, image list, network list, storage list, cluster list", "start, restart, exec, launch, config set, file, snapshot, copy", "delete, stop, restore, move")),
}  # fmt: skip
