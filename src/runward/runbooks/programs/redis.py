"""Judge what a Redis command does, given on the command line or fed to the client."""

import re
import shlex

from runward.runbooks.programs.rules import Effect, changes, destroys, reads, unclear, worst
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of

REDIS_VALUED = words_of(
    "-h -p -s -a -u -r -i -n -d -D --user --pass --rdb --eval --sni --cacert --cacertdir --cert --key --functions-rdb --intrinsic-latency"
    " --lru-test --show-pushes -t --pattern --quoted-pattern --quoted-input --cluster --count -X"
)
_READING = words_of(
    "get mget strlen getrange substr exists type ttl pttl expiretime pexpiretime keys scan randomkey dbsize info ping echo time lastsave role"
    " hget hmget hgetall hkeys hvals hlen hexists hstrlen hscan hrandfield lrange llen lindex lpos smembers scard sismember smismember"
    " srandmember sscan sdiff sinter sunion sintercard zrange zrangebyscore zrevrange zrevrangebyscore zrangebylex zcard zscore zmscore zrank"
    " zrevrank zcount zlexcount zscan zrandmember zdiff zinter zunion bitcount bitpos getbit xlen xrange xrevrange xread xinfo xpending"
    " pfcount geopos geodist geohash georadius_ro georadiusbyval_ro geosearch object dump command monitor subscribe psubscribe ssubscribe wait"
    " auth select hello lolwut readonly json.get json.type json.mget ft.info ft.search ft._list ts.get ts.range ts.info bf.info bf.exists"
    " sort_ro eval_ro evalsha_ro fcall_ro lcs touch_ro quit help"
)
_ENDING = words_of(
    "flushall flushdb del unlink shutdown getdel lpop rpop lmpop spop zpopmin zpopmax zmpop blpop brpop bzpopmin bzpopmax blmpop bzmpop hdel"
    " lrem ltrim srem zrem zremrangebyrank zremrangebyscore zremrangebylex xdel xtrim swapdb replicaof slaveof restore migrate json.del"
    " ft.dropindex function_flush debug"
)
_PAIRS = {
    "config": ({"get", "help"}, {"rewrite", "set", "resetstat"}, set[str]()),
    "client": ({"list", "info", "getname", "id", "help", "getredir", "trackinginfo"}, {"setname", "pause", "unpause", "no-evict"}, {"kill"}),
    "memory": ({"usage", "stats", "doctor", "malloc-stats", "help"}, {"purge"}, set()),
    "slowlog": ({"get", "len", "help"}, set(), {"reset"}),
    "latency": ({"latest", "history", "doctor", "graph", "histogram", "help"}, set(), {"reset"}),
    "acl": ({"list", "whoami", "getuser", "users", "cat", "log", "help", "dryrun", "genpass"}, {"setuser", "load", "save"}, {"deluser"}),
    "cluster": (
        {"info", "nodes", "slots", "shards", "links", "myid", "keyslot", "countkeysinslot", "getkeysinslot", "replicas", "slaves", "help"},
        {"meet", "addslots", "saveconfig", "replicate", "setslot", "bumpepoch"},
        {"reset", "forget", "failover", "flushslots", "delslots"},
    ),
    "sentinel": (
        {"masters", "master", "slaves", "replicas", "sentinels", "get-master-addr-by-name", "ckquorum", "myid", "info-cache", "is-master-down-by-addr"},
        {"monitor", "set", "flushconfig"},
        {"failover", "reset", "remove"},
    ),
    "script": ({"exists", "help"}, {"load", "debug"}, {"flush", "kill"}),
    "function": ({"list", "dump", "stats", "help"}, {"load"}, {"flush", "delete", "restore", "kill"}),
    "module": ({"list", "help"}, {"load", "loadex"}, {"unload"}),
    "pubsub": ({"channels", "numsub", "numpat", "shardchannels", "help"}, set(), set()),
    "object": ({"encoding", "freq", "idletime", "refcount", "help"}, set(), set()),
    "xinfo": ({"stream", "groups", "consumers", "help"}, set(), set()),
    "xgroup": (set(), {"create", "createconsumer", "setid"}, {"destroy", "delconsumer"}),
    "command": ({"count", "docs", "info", "list", "getkeys", ""}, set(), set()),
}  # fmt: skip
_CLUSTER_LOOKS = {"check", "info", "help"}
_CLUSTER_CHANGES = {"create", "add-node", "rebalance", "reshard", "fix", "set-timeout", "import"}
_OUTPUT = ("--rdb", "--functions-rdb")


def command_effect(words: list[str]) -> Effect:
    """The effect of one Redis command."""
    name = words[0].lower() if words else "ping"
    second = words[1].lower() if len(words) > 1 else ""
    if name in _PAIRS:
        looking, changing, ending = _PAIRS[name]
        said = f"Redis {name.upper()} {second.upper()}".rstrip()
        if second in looking:
            return reads(f"{said} only looks")
        if second in ending:
            return destroys(f"{said} cannot be undone")
        return changes(
            f"{said} changes the server" if second in changing else f"{said}: nothing is known of it"
        )
    if name in _ENDING:
        return destroys(f"Redis {name.upper()} removes data or ends the server")
    if name in _READING:
        return reads(f"Redis {name.upper()} only looks")
    return changes(f"Redis {name.upper()} changes data or settings")


def redis_effect(call: Call) -> Effect:
    """The effect of a call of redis-cli."""
    options = options_of(call.arguments, REDIS_VALUED, stop=True)
    if unclear(call):
        known = [word.text for word in options.rest if word.fixed]
        return worst(changes(f"{call.name}: {unclear(call)}"), command_effect(known) if known else reads())
    managing = options.values("--cluster")
    if managing:
        return _cluster(managing[0].text, [word.text for word in options.rest])
    written = [word.text for word in options.values(*_OUTPUT) if word.text != "-"]
    if written or options.has("--eval", "--pipe", "-x", "-X", "--lru-test"):
        return changes(
            f"{call.name} writes {written[0]}" if written else f"{call.name} sends what is fed to it"
        )
    return _plain(call, [(word.text, word.fixed) for word in options.rest])


def _plain(call: Call, words: list[tuple[str, bool]]) -> Effect:
    if words and not words[0][1]:
        return changes(f"{call.name}: its command is not known")
    if words:
        texts = [text for text, _ in words]
        if " " in texts[0].strip() and len(texts) == 1:
            return _lines(texts[0])
        subcommand_unknown = texts[0].lower() in _PAIRS and len(words) > 1 and not words[1][1]
        return (
            changes(f"{call.name}: its command is not known") if subcommand_unknown else command_effect(texts)
        )
    if call.feed is None:
        return reads(f"{call.name} only connects, or looks at keys and times")
    return (
        _lines(call.feed.text)
        if call.feed.text is not None
        else changes(f"{call.name} runs what is fed to it")
    )


def _lines(text: str) -> Effect:
    """The effect of several commands, one on each line."""
    effects = []
    for line in text.replace("\\n", "\n").split("\n"):
        try:
            words = shlex.split(line)
        except ValueError:
            words = line.split()
        if words:
            effects.append(command_effect(words))
    return worst(*effects) if effects else reads("there is no command")


def _cluster(verb: str, rest: list[str]) -> Effect:
    if verb in _CLUSTER_LOOKS and "--cluster-fix" not in " ".join(rest):
        return reads(f"redis-cli --cluster {verb} only looks")
    if verb == "call":
        return command_effect([word for word in rest[1:] if not re.match(r"--cluster", word)])
    if verb == "backup":
        return changes("redis-cli --cluster backup writes files")
    known = verb in _CLUSTER_CHANGES
    return (
        changes(f"redis-cli --cluster {verb} changes the cluster")
        if known
        else destroys(f"redis-cli --cluster {verb} takes nodes away")
    )
