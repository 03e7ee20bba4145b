"""Programs that speak to queues, brokers and task workers."""

from runward.runbooks.programs.rules import Effect, Judge, Verbs, always, changes, destroys, reads, unclear
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of


def _kafka(call: Call) -> Effect:
    """The kafka-*.sh tools are told what to do by flags."""
    if unclear(call):
        return changes(f"{call.name}: {unclear(call)}")
    flags = {word.text.partition("=")[0] for word in call.arguments if word.text.startswith("--")}
    name = call.name.removesuffix(".sh")
    if flags & {"--delete", "--delete-offsets", "--delete-config", "--remove"} or name in {
        "kafka-delete-records",
        "kafka-streams-application-reset",
    }:
        return destroys(f"{name} deletes something")
    if "--reset-offsets" in flags:
        return (
            destroys(f"{name} --reset-offsets moves consumers")
            if "--execute" in flags
            else reads(f"{name} only shows the new offsets")
        )
    if flags & {"--alter", "--create", "--execute", "--add", "--add-config", "--cancel"}:
        return changes(f"{name} changes topics or settings")
    if name in {
        "kafka-console-consumer",
        "kafka-get-offsets",
        "kafka-run-class",
        "kafka-broker-api-versions",
        "kafka-log-dirs",
        "kafka-dump-log",
    }:
        return (
            changes("it runs a class of its own")
            if name == "kafka-run-class" and "--list" not in flags
            else _consumed(flags, name)
        )
    return (
        reads(f"{name} only looks")
        if flags & {"--list", "--describe", "--status", "--verify", "--version", "--help", "--generate"}
        else changes(f"{name} may change something")
    )


def _consumed(flags: set[str], name: str) -> Effect:
    if flags & {"--group", "--consumer.config", "--consumer-property"}:
        return changes(f"{name} moves the offset of a consumer group")
    return reads(f"{name} only looks")


def _kcat(call: Call) -> Effect:
    options = options_of(call.arguments, words_of("-b -t -p -o -c -G -F -X -K -D -k -f -s -r -T"))
    if unclear(call) or options.has("-P", "-G", "-T"):
        return changes(f"{call.name} produces or joins a group")
    return reads(f"{call.name} only looks")


def _rpk(call: Call) -> Effect:
    options = options_of(call.arguments, words_of("-g --group -n --num -X -o --offset --brokers -f --format"))
    words = [word.text for word in options.rest[:2]]
    if words == ["topic", "consume"] and options.has("-g", "--group"):
        return changes("consuming in a group moves its offset")
    return _RPK(call)


_RPK = Verbs(
    read="topic list, topic describe, topic consume, group list, group describe, cluster info, cluster health, cluster metadata, cluster config get, cluster config status, acl list, version, cluster partitions list, registry schema list, cluster logdirs",
    change="topic create, topic alter-config, topic produce, topic add-partitions, cluster config set, acl create, cluster maintenance enable",
    destroy="topic delete, group delete, group seek, acl delete, cluster config reset, topic trim-prefix, cluster partitions move",
    valued="-n --num -X --brokers -o --offset -f --format --user --password",
)
_RABBIT = Verbs(
    read="""status, list_queues, list_exchanges, list_bindings, list_connections, list_channels, list_consumers, list_users, list_vhosts, list_permissions,
    list_policies, list_parameters, cluster_status, node_health_check, environment, report, ping, version, list_unresponsive_queues, list_user_permissions,
    list_global_parameters, list_feature_flags, list_operator_policies, list_hashes, help, list, show, check_running, check_local_alarms,
    check_port_connectivity, check_virtual_hosts, alarms, memory_breakdown, listeners, observer, log_tail, quorum_status, check_if_node_is_quorum_critical,
    check_if_node_is_mirror_sync_critical, resolve_hostname, server_version, os_env, erlang_version, check_alarms, check_certificate_expiration, get""",
    change="""start_app, add_user, change_password, set_permissions, set_user_tags, set_policy, set_parameter, add_vhost, enable, disable, set_vm_memory_high_watermark,
    set_disk_free_limit, sync_queue, set, start, declare, publish, import, export, enable_feature_flag, rotate_logs, await_startup, join_cluster, grow, rebalance, resume_listeners""",
    destroy="""stop, stop_app, reset, force_reset, purge_queue, delete_queue, delete_user, delete_vhost, clear_permissions, clear_policy, clear_parameter,
    close_connection, close_all_connections, forget_cluster_node, force_boot, shutdown, delete, purge, close, suspend_listeners, drain, shrink, delete_member""",
    valued="-n --node -p --vhost -t --timeout --formatter -H --host -P --port -u --username --password -V",
)
_CELERY = Verbs(
    read="inspect, status, report, events, list, result, logtool, help",
    change="worker, beat, control, call, flower, multi, migrate, upgrade, shell, control rate_limit",
    destroy="purge, control shutdown, control revoke, amqp",
    valued="-A --app -b --broker -d --destination -t --timeout --result-backend --workdir -n --config",
)

RULES: dict[str, Judge] = {
    "rpk": _rpk,
    **dict.fromkeys(("rabbitmqctl", "rabbitmq-diagnostics", "rabbitmqadmin", "rabbitmq-queues", "rabbitmq-plugins", "rabbitmq-upgrade", "rabbitmq-streams"), _RABBIT),
    "celery": _CELERY,
    **dict.fromkeys(("kcat", "kafkacat"), _kcat),
    "nats": Verbs(
        read="stream ls, stream info, stream report, stream view, stream get, consumer ls, consumer info, consumer report, server ping, server list, server info, server report, server check, account info, rtt, context ls, kv ls, kv get, kv status, events, top, sub, stream subjects, stream state",
        change="pub, stream add, stream edit, consumer add, consumer edit, kv put, stream backup, request, consumer next, context select",
        destroy="stream rm, stream purge, stream rmm, consumer rm, kv rm, kv del, kv purge, stream restore, server raft step-down, server cluster peer-remove",
        valued="-s --server --context --creds --timeout --user --password",
    ),
    "rq": Verbs(read="info", change="worker, requeue, enqueue", destroy="empty", valued="-u --url"),
    "sidekiqmon": always(reads("it shows Sidekiq")),
    "pulsar-admin": Verbs(
        read="topics stats, topics list, namespaces list, tenants list, clusters list, brokers list, brokers healthcheck, topics partitioned-stats, topics stats-internal, topics subscriptions, topics peek-messages, namespaces policies",
        change="topics create, topics unload, namespaces create, namespaces unload, topics compact",
        destroy="topics delete, topics skip, topics clear-backlog, topics terminate, namespaces delete, topics unsubscribe, topics reset-cursor",
        valued="--admin-url",
    ),
    "zkCli.sh": always(changes("it speaks to ZooKeeper")),
}  # fmt: skip


def prefixed(name: str) -> Judge | None:
    """The tools of Kafka, all of which begin with its name."""
    return _kafka if name.startswith("kafka-") else None
