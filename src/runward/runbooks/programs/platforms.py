"""Programs of platforms and products that runbooks call besides the common ones."""

from runward.runbooks.programs.rules import (
    Effect,
    Flags,
    Judge,
    Verbs,
    always,
    changes,
    destroys,
    reads,
    unclear,
)
from runward.runbooks.shell.model import Call


def _context(call: Call) -> Effect:
    """Kubectx and kubens: a name switches what every later command acts on."""
    if unclear(call) or any(word.text not in {"-c", "--current", "-h", "--help"} for word in call.arguments):
        return changes(f"{call.name} switches what later commands act on")
    return reads(f"{call.name} lists contexts")


def _checks(call: Call) -> Effect:
    """Checkers of file systems repair unless they are told to answer no."""
    if unclear(call) or not any(word.text.startswith("-") and "n" in word.text for word in call.arguments):
        return changes(f"{call.name} repairs a file system")
    return reads(f"{call.name} -n only looks")


def _hadoop(call: Call) -> Effect:
    words = [word.text for word in call.arguments[:3]]
    flag = next((word for word in words if word.startswith("-")), "")
    if flag in {
        "-ls",
        "-du",
        "-df",
        "-cat",
        "-tail",
        "-count",
        "-stat",
        "-text",
        "-test",
        "-report",
        "-safemode",
        "-getServiceState",
    }:
        return (
            changes("it takes the file system out of or into safe mode")
            if flag == "-safemode" and "get" not in words
            else reads(f"{call.name} {flag} only looks")
        )
    return (
        destroys(f"{call.name} {flag} removes files")
        if flag.startswith("-rm") or flag == "-expunge"
        else changes(f"{call.name} {flag} changes files")
    )


def _jcmd(call: Call) -> Effect:
    looks = (
        "VM.",
        "Thread.print",
        "GC.heap_info",
        "GC.class_histogram",
        "PerfCounter.print",
        "help",
        "Compiler.codecache",
    )
    said = [word.text for word in call.arguments if word.text not in {"-l", "-h"}][1:]
    if said and not said[0].startswith(looks) and said[0] != "JFR.check":
        return changes(f"jcmd {said[0]} acts inside a running process")
    return reads("jcmd only looks into a process")


_AIRFLOW = Verbs(
    read="""dags list, dags list-runs, dags state, dags show, dags details, dags report, dags next-execution, dags list-import-errors, tasks list, tasks state,
    tasks states-for-dag-run, tasks logs, db check, db check-migrations, jobs check, info, version, config list, config get-value, connections list, pools list,
    providers list, users list, variables list, cheat-sheet""",
    change="dags trigger, dags pause, dags unpause, dags reserialize, dags backfill, tasks run, tasks test, tasks clear, db init, db migrate, db upgrade, users create, variables set, connections add, scheduler, webserver",
    destroy="dags delete, db reset, db clean, users delete, variables delete, connections delete, pools delete",
)
_WORDPRESS = Verbs(
    read="""core version, core check-update, core verify-checksums, plugin list, plugin status, plugin verify-checksums, theme list, user list, post list, option get,
    option list, cron event list, db check, db size, db tables, db query, site list, transient list, cli info, config get, config list, maintenance-mode status, wc order list""",
    destroy="db reset, db drop, db import, plugin uninstall",
    valued="--path --url --user --format --ssh",
)

RULES: dict[str, Judge] = {
    **dict.fromkeys(("kubectx", "kubens"), _context),
    **dict.fromkeys(("fsck", "e2fsck", "xfs_repair", "fsck.ext4", "fsck.xfs", "btrfsck"), _checks),
    **dict.fromkeys(("hdfs", "hadoop"), _hadoop),
    "jcmd": _jcmd,
    "airflow": _AIRFLOW,
    "wp": _WORDPRESS,
    "nvidia-smi": Flags(changing="-pm -pl -c -e -mig -ac -lgc --persistence-mode --power-limit", destroying="-r --gpu-reset", valued="-i -q -l --query-gpu --format", single=True, why="it shows graphics cards"),
    "rocm-smi": Flags(changing="--setsclk --setperflevel", destroying="--gpureset", why="it shows graphics cards"),
    "rbd": Verbs(read="ls, list, info, status, du, snap ls, children, showmapped, device list, mirror pool status, watch, perf image iostat", change="create, map, unmap, snap create, resize, copy, clone, flatten, export, import", destroy="rm, remove, snap rm, snap purge, snap rollback, trash purge, trash mv"),
    "rados": Verbs(read="ls, df, lspools, stat, get, list-inconsistent-obj", change="put, bench, mkpool", destroy="rm, rmpool, purge"),
    "virtctl": Verbs(read="version, guestosinfo, fslist, userlist, help, port-forward", change="start, stop, restart, pause, unpause, migrate, addvolume, console, vnc, ssh", destroy="removevolume", valued="-n --namespace --context"),
    "cast": Verbs(read="call, balance, block, block-number, nonce, code, storage, tx, receipt, gas-price, chain-id, logs, calldata, abi-encode, abi-decode, keccak, to-wei, from-wei, sig, 4byte, to-dec, to-hex, format-bytes32-string, wallet address", change="send, publish, wallet", valued="--rpc-url -r --from --block -b"),
    "bitcoin-cli": Verbs(read="getblockchaininfo, getnetworkinfo, getpeerinfo, getmempoolinfo, getblockcount, getblock, getbalance, getwalletinfo, uptime, getmininginfo, getchaintips", destroy="stop, invalidateblock"),
    "geth": Verbs(read="version, dump, db inspect", change="attach, init, export, import", destroy="removedb, snapshot prune-state"),
    "cosign": Verbs(read="verify, verify-attestation, tree, triangulate, version", change="sign, attest, generate-key-pair", destroy="clean"),
    "opa": Verbs(read="eval, test, check, inspect, version, fmt", changing="-w --write"),
    "conftest": always(reads("it tests configuration")),
    "promtool": Verbs(read="check, query, test, tsdb analyze, tsdb list, debug", change="push, tsdb create-blocks-from"),
    "pvesh": Verbs(read="get, ls, usage, help", change="set, create", destroy="delete"),
    "pvesm": Verbs(read="status, list, path, scan", change="add, set, alloc", destroy="remove, free"),
    "pvecm": Verbs(read="status, nodes", change="add, create, expected, updatecerts", destroy="delnode"),
    "ha-manager": Verbs(read="status, config, groupconfig", change="add, set, migrate", destroy="remove"),
    "proxmox-backup-client": Verbs(read="list, snapshot list, snapshot files, status, catalog dump, version", change="backup, login", destroy="snapshot forget, snapshot remove, prune, restore", valued="--repository", dry="--dry-run"),
    "ipsec": Verbs(read="status, statusall, listall, listcerts, version, verify", change="start, restart, reload, update, up, rereadall", destroy="stop, down"),
    "swanctl": Flags(changing="-i --initiate -q --load-all --load-conns", destroying="-t --terminate", why="it lists tunnels"),
    "wg": Verbs(read="show, showconf", change="set, setconf, addconf, syncconf, genkey, pubkey", bare=reads("wg shows tunnels")),
    "wg-quick": Verbs(change="up, save", destroy="down"),
    "vtysh": Flags(changing="-c -f -b", why="it opens a router's shell"),
    "gpg": Flags(changing="--import --gen-key --generate-key --full-generate-key --edit-key -e --encrypt -s --sign -d --decrypt -o --output -c --symmetric -a --export --export-secret-keys --recv-keys --refresh-keys --quick-generate-key --quick-add-key", destroying="--delete-key --delete-keys --delete-secret-keys --delete-secret-key", valued="-o --output -r --recipient --homedir", positional=9, why="it lists or verifies"),
    "knife": Verbs(read="node show, node list, search, status, role show, role list, environment show, environment list, client list, client show, cookbook list, data bag show, data bag list, user list, diff, list", change="ssh, bootstrap, upload, node edit, role edit, role from file, cookbook upload, vault edit, vault create, exec", destroy="node delete, client delete, role delete, cookbook delete, data bag delete, vault delete, delete"),
    "mlflow": Verbs(read="experiments search, experiments list, runs list, runs describe, models list", destroy="experiments delete, runs delete, gc"),
    "iotedge": Verbs(read="list, check, logs, version, system status, system logs", change="restart, system restart, config apply, support-bundle"),
    "flink": Verbs(read="list, info", change="run, savepoint, stop", destroy="cancel"),
    "cdk": Verbs(read="diff, list, ls, synth, doctor, metadata, notices", change="deploy, bootstrap, import, watch", destroy="destroy, gc", valued="-c --context --profile -a --app"),
    "sam": Verbs(read="validate, list, logs", change="build, deploy, sync, local invoke, package", destroy="delete"),
    "serverless": Verbs(read="info, print, metrics", change="deploy, invoke, package, rollback", destroy="remove"),
    "snyk": Verbs(read="test, container test, iac test, code test, version", change="monitor, auth, container monitor, protect, ignore"),
    "postsuper": Flags(changing="-h -H -r -p -s", destroying="-d", valued="-d -h -H -r", why="it looks at the mail queue"),
    "kafka-broker-api-versions": always(reads("it only asks the brokers")),
    "prlimit": Flags(changing="--nofile= --nproc= --core= --as=", why="it shows limits"),
    "odo": Verbs(read="list, describe, version", destroy="delete"),
    "skopeo": Verbs(read="inspect, list-tags", change="copy, sync", destroy="delete"),
    "crane": Verbs(read="ls, manifest, digest, config, catalog, validate", change="copy, cp, push, tag, mutate", destroy="delete"),
    "sops": Flags(changing="-i --in-place -e --encrypt --rotate -r updatekeys edit", valued="--age --kms --pgp", why="it decrypts to the screen"),
    "tailscale": Verbs(read="status, ip, ping, netcheck, version, whois, debug", change="up, set, login, serve, funnel, cert", destroy="down, logout"),
    "cloudflared": Verbs(read="tunnel list, tunnel info, version", change="tunnel run, tunnel create, tunnel route, service install", destroy="tunnel delete, tunnel cleanup, service uninstall"),
    "talosctl": Verbs(read="get, health, logs, version, dmesg, services, service, containers, stats, members, disks, etcd members, etcd status, read, list, time, dashboard", change="apply-config, patch, upgrade, bootstrap, config, edit", destroy="reset, reboot, shutdown, etcd remove-member, etcd leave", valued="-n --nodes -e --endpoints --talosconfig"),
}  # fmt: skip
