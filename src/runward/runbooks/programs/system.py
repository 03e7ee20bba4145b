"""Programs of the operating system: services, processes, network, disks, packages, users."""

import re

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
from runward.runbooks.shell.options import options_of, words_of


def _journalctl(call: Call) -> Effect:
    if unclear(call):
        return changes(f"journalctl: {unclear(call)}")
    for word in call.arguments:
        if word.text.startswith("--vacuum"):
            return destroys("journalctl --vacuum deletes old logs")
        if word.text.partition("=")[0] in _JOURNAL_CHANGES:
            return changes(f"journalctl {word.text} changes how logs are kept")
    return reads("journalctl only looks")


_JOURNAL_CHANGES = words_of(
    "--rotate --flush --sync --relinquish-var --smart-relinquish-var --setup-keys --update-catalog --cursor-file"
)


def _kill(call: Call) -> Effect:
    words = [word.text for word in call.arguments]
    if words[:1] in (["-l"], ["-L"], ["-0"]) or words[:2] in (["-s", "0"], ["-n", "0"]):
        return reads("it only asks whether a process lives")
    mild = any(
        re.fullmatch(r"-(?:s)?(?:SIG)?(?:HUP|1|USR1|10|USR2|12|WINCH|28|CONT|18|QUIT|3)", word)
        for word in words[:2]
    )
    if mild or (
        words[:1] == ["-s"]
        and len(words) > 1
        and words[1].removeprefix("SIG") in {"HUP", "USR1", "USR2", "QUIT", "WINCH"}
    ):
        return changes(f"{call.name} sends a signal")
    return destroys(f"{call.name} ends processes")


def _sysctl(call: Call) -> Effect:
    setting = any(re.search(r"=|^-[wp]|^--(?:write|load|system)", word.text) for word in call.arguments)
    return (
        changes("sysctl sets kernel values")
        if setting or unclear(call)
        else reads("sysctl shows kernel values")
    )


def _crontab(call: Call) -> Effect:
    if call.has("-r"):
        return destroys("crontab -r removes all of a user's jobs")
    return (
        reads("crontab -l lists jobs")
        if call.has("-l") and not unclear(call)
        else changes("crontab sets jobs")
    )


def _ip(call: Call) -> Effect:
    if unclear(call):
        return changes(f"ip: {unclear(call)}")
    options = options_of(call.arguments, words_of("-n -netns -f -family -b -batch -rc -l"), single=True)
    words = [word.text for word in options.rest]
    if (
        options.has("-b", "-batch")
        or len([word for word in options.rest if not word.fixed]) == len(words) > 0
    ):
        return changes("ip takes its commands from elsewhere")
    ending = {"del", "delete", "flush"} & set(words[1:3])
    if ending:
        return destroys(f"ip {' '.join(words[:2])} takes a part of the network away")
    shown = len(words) < 2 or any(len(word) > 1 and "show".startswith(word) for word in words[1:2])
    if (
        shown
        or words[1] in {"list", "lst", "ls", "l", "s", "get", "monitor", "dev"}
        or words[0] in {"monitor", "help"}
    ):
        return reads("ip only looks")
    return changes(f"ip {' '.join(words[:2])} changes the network")


def _ifconfig(call: Call) -> Effect:
    plain = [word for word in call.arguments if not word.text.startswith("-")]
    return (
        changes("ifconfig changes the network")
        if len(plain) > 1 or call.more
        else reads("ifconfig only looks")
    )


def _arp(call: Call) -> Effect:
    return (
        changes("arp changes the address table")
        if call.has("-d", "-s", "-f", "--delete", "--set") or call.more
        else reads("arp only looks")
    )


def _route(call: Call) -> Effect:
    acts = any(word.text in {"add", "del", "delete", "change", "flush"} for word in call.arguments)
    return changes("route changes the network") if acts or unclear(call) else reads("route only looks")


def _tables(call: Call) -> Effect:
    """Iptables and nft: listing looks; flushing and deleting take the protection away."""
    words = [word.text for word in call.arguments]
    if unclear(call):
        return changes(f"{call.name}: {unclear(call)}")
    if any(
        re.fullmatch(r"-\w*[FXDZ]\w*|--(?:flush|delete|zero)\S*|flush|delete|destroy|reset", word)
        for word in words
    ):
        return destroys(f"{call.name} removes rules")
    looks = any(re.fullmatch(r"-[nvx]*[LSC][nvx]*|--list\S*|--check|list|-S", word) for word in words)
    adds = any(
        re.fullmatch(
            r"-[AIPRN]\w*|--(?:append|insert|policy|replace|new)\S*|add|insert|-f|create|replace", word
        )
        for word in words
    )
    return reads(f"{call.name} lists rules") if looks and not adds else changes(f"{call.name} changes rules")


def _systemctl(call: Call) -> Effect:
    if call.has("reboot", "poweroff", "halt", "kexec", "emergency", "rescue", "isolate"):
        return destroys("systemctl takes the machine down")
    return _SYSTEMCTL(call)


_SYSTEMCTL = Verbs(
    read="""status, show, cat, is-active, is-enabled, is-failed, is-system-running, list-units, list-unit-files, list-timers, list-jobs,
    list-sockets, list-dependencies, list-machines, list-paths, list-automounts, get-default, show-environment, help""",
    change="""start, stop, restart, reload, try-restart, reload-or-restart, enable, disable, daemon-reload, daemon-reexec, mask, unmask,
    reset-failed, edit, set-property, set-environment, link, preset, reenable, set-default""",
    destroy="kill, clean, revert",
    valued="-t --type -p --property -H --host -M --machine -n --lines -o --output --state -s --signal",
    bare=reads("systemctl lists units"),
)


def _service(call: Call) -> Effect:
    words = [word.text for word in call.arguments]
    looks = words == ["--status-all"] or words[1:2] in (["status"], ["--status"], ["configtest"])
    return (
        reads("service tells the status")
        if looks and not call.more
        else changes(f"service {' '.join(words[:2])} changes a service")
    )


def _fdisk(call: Call) -> Effect:
    return (
        reads(f"{call.name} lists partitions")
        if call.has("-l", "--list", "-lu", "print", "-p")
        else destroys(f"{call.name} changes partitions")
    )


def _nc(call: Call) -> Effect:
    options = options_of(call.arguments, words_of("-w -p -s -i -x -X -e -c -q -o -g -G -I -O -P -T -V -M"))
    if unclear(call) or options.has("-e", "-c", "-o"):
        return changes(f"{call.name} may run a program or write a file")
    if options.has("-z") or call.feed is None or call.feed.name == "/dev/null":
        return reads(f"{call.name} tries a connection")
    return changes(f"{call.name} sends data to another machine")


def _dmesg(call: Call) -> Effect:
    if call.has("-C", "--clear", "-c", "--read-clear"):
        return destroys("dmesg clears the kernel's messages")
    return _DMESG(call)


def _rpm(call: Call) -> Effect:
    asks = any(re.match(r"-[a-z]*[qV]|--(?:query|verify)", word.text) for word in call.arguments[:1])
    if asks and not unclear(call):
        return reads("rpm asks what is installed")
    return (
        destroys("rpm -e removes packages") if call.has("-e", "--erase") else changes("rpm installs packages")
    )


_DMESG = Flags(
    changing="-n -D -E --console-level --console-off --console-on",
    destroying="-C -c --clear --read-clear",
    valued="-n -l -f -s",
)
_TIMED = "timedatectl, status, show, timesync-status, show-timesync, list-timezones"
_APT = Verbs(
    read="list, search, show, policy, cache, showpkg, depends, rdepends, changelog, check, madison, stats, showsrc, dump, help",
    change="update, upgrade, install, reinstall, full-upgrade, dist-upgrade, build-dep, download, source, edit-sources, autoclean, clean",
    destroy="remove, purge, autoremove, autopurge",
    valued="-t -o -c --target-release --option",
    dry="-s --simulate --dry-run --just-print --no-act",
)
_YUM = Verbs(
    read="""list, info, search, check-update, repolist, repoquery, provides, whatprovides, history, history list, history info, deplist,
    updateinfo, grouplist, group list, check""",
    change="install, update, upgrade, reinstall, downgrade, makecache, clean, localinstall, groupinstall, distro-sync, history undo, history rollback",
    destroy="remove, erase, autoremove, groupremove",
    valued="-c --config -x --exclude --enablerepo --disablerepo --releasever",
    dry="--assumeno",
)
_FIREWALL = Flags(why="it shows the firewall", changing="--add-port --add-service --add-source --add-rich-rule --reload --set-default-zone --permanent --runtime-to-permanent --panic-on --panic-off", destroying="--remove-port --remove-service --remove-source --remove-rich-rule --complete-reload")  # fmt: skip

RULES: dict[str, Judge] = {
    "journalctl": _journalctl,
    **dict.fromkeys(("kill", "pkill", "killall", "skill", "xkill", "taskkill", "tskill"), _kill),
    "sysctl": _sysctl,
    "crontab": _crontab,
    "ip": _ip,
    "ifconfig": _ifconfig,
    "arp": _arp,
    "route": _route,
    **dict.fromkeys(("iptables", "ip6tables", "nft", "ipset", "ebtables", "arptables"), _tables),
    "iptables-save": Flags(changing="-f --file", valued="-f"),
    "systemctl": _systemctl,
    "service": _service,
    **dict.fromkeys(("fdisk", "sfdisk", "gdisk", "sgdisk", "parted", "cfdisk"), _fdisk),
    **dict.fromkeys(("nc", "ncat", "netcat", "socat"), _nc),
    "socat": always(changes("socat passes data between programs")),
    "telnet": always(reads("telnet tries a connection")),
    "dmesg": _dmesg,
    "hostnamectl": Verbs(read="status, show", change="set-hostname, hostname, set-icon-name, set-chassis", bare=reads("hostnamectl tells the name")),
    "timedatectl": Verbs(read=_TIMED, change="set-time, set-timezone, set-ntp, set-local-rtc", bare=reads("timedatectl tells the time")),
    "localectl": Verbs(read="status, list-locales, list-keymaps", bare=reads("localectl tells the locale")),
    "loginctl": Verbs(read="list-sessions, session-status, list-users, user-status, show-session, show-user, show-seat, list-seats", destroy="terminate-session, terminate-user, kill-session, kill-user", bare=reads("loginctl lists sessions")),
    "resolvectl": Verbs(read="status, query, statistics, dns, domain, service, show-cache", change="flush-caches, reset-statistics, reset-server-features, revert", bare=reads("resolvectl shows the resolver")),
    "networkctl": Verbs(read="list, status, lldp", bare=reads("networkctl lists links")),
    "nmcli": Verbs(read="general status, device status, device show, connection show, device wifi list, dev status, con show, device, connection, general", destroy="connection delete, con delete, device delete", bare=reads("nmcli lists devices")),
    "coredumpctl": Verbs(read="list, info", bare=reads("coredumpctl lists dumps")),
    "systemd-analyze": Verbs(read="blame, time, critical-chain, verify, security, plot, calendar, dump", bare=reads("it shows the start-up time")),
    "systemd-cgtop": always(reads("it shows what services use")),
    "systemd-cgls": always(reads("it shows services")),
    "chronyc": Verbs(read="tracking, sources, sourcestats, activity, clients, ntpdata, serverstats", change="makestep, burst, online, offline"),
    "ntpq": always(reads("ntpq asks the time server")),
    "ntpstat": always(reads("ntpstat tells the clock's state")),
    "supervisorctl": Verbs(read="status, tail, avail, pid, version, maintail", change="start, stop, restart, reread, update, reload, signal, add", destroy="shutdown, remove, clear", valued="-c -s -u -p"),
    "pm2": Verbs(read="list, ls, status, show, describe, logs, monit, info, jlist, prettylist, env, id, ping", change="start, restart, reload, stop, save, startup, scale, resurrect", destroy="delete, kill, flush, reset", dry=""),
    "monit": Verbs(read="status, summary, report, validate", change="start, stop, restart, reload, monitor, unmonitor"),
    "apt": _APT,
    "apt-get": _APT,
    "apt-cache": Verbs(read="search, show, policy, madison, depends, rdepends, showpkg, stats, pkgnames"),
    "dpkg": Flags(changing="-i --install --configure -a --unpack --update-avail --set-selections --add-architecture", destroying="-r -P --remove --purge", why="it lists packages"),
    "dpkg-query": always(reads("it lists packages")),
    "rpm": _rpm,
    **dict.fromkeys(("yum", "dnf", "microdnf", "zypper"), _YUM),
    "apk": Verbs(read="info, search, list, policy, version, stats, audit, dot", change="add, update, upgrade, fix, cache", destroy="del"),
    "brew": Verbs(read="list, info, search, doctor, outdated, deps, config, services list, services info, --version", change="install, upgrade, update, services", destroy="uninstall, remove, cleanup"),
    "snap": Verbs(read="list, info, find, changes, version, services, connections", change="install, refresh, set, start, stop, restart", destroy="remove"),
    "choco": Verbs(read="list, search, info, outdated", change="install, upgrade", destroy="uninstall"),
    "winget": Verbs(read="list, search, show", change="install, upgrade", destroy="uninstall"),
    "ufw": Verbs(read="status, show, app list, app info", change="allow, deny, enable, limit, reload", destroy="delete, reset, disable"),
    "firewall-cmd": _FIREWALL,
    "fail2ban-client": Verbs(read="status, ping, get, version, banned", change="set, reload, start, stop, restart, unban"),
    **dict.fromkeys(("pvs", "vgs", "lvs", "pvdisplay", "vgdisplay", "lvdisplay", "pvscan", "lvscan", "getsebool", "sestatus", "getenforce", "quota", "repquota", "sa", "ausearch", "aureport", "smem", "lvmdiskscan", "runlevel", "who", "xfs_info", "showmount", "nfsstat", "rpcinfo", "lpstat", "mailq", "turbostat", "lastcomm", "faillog:r"), always(reads("it only looks"))),
    **dict.fromkeys(("lvremove", "vgremove", "pvremove", "mkfs", "mkswap", "swapoff", "cryptsetup", "shutdown", "reboot", "halt", "poweroff", "init", "telinit", "userdel", "groupdel", "deluser", "delgroup", "dropuser", "atrm", "rmmod", "zpool:d"), always(destroys("it takes something away"))),
    **dict.fromkeys(("useradd", "usermod", "adduser", "addgroup", "groupadd", "groupmod", "passwd", "chpasswd", "chage", "visudo", "lvextend", "lvcreate", "vgextend", "pvcreate", "resize2fs", "xfs_growfs", "growpart", "fsck", "e2fsck", "xfs_repair", "swapon", "modprobe", "insmod", "depmod", "ldconfig", "update-rc.d", "chkconfig", "hwclock", "ntpdate", "logger", "mail", "mailx", "sendmail", "mutt", "wall", "write", "at", "batch", "renice", "setenforce", "setsebool", "semanage", "restorecon", "update-ca-certificates", "update-alternatives", "logrotate", "partprobe", "postsuper", "strace", "gdb", "gcore", "sync", "eval", "source", ".", "enable", "shopt", "fallocate", "chsh", "ldapmodify", "ssh-copy-id", "kinit"), always(changes("it changes the machine"))),
    "open": always(reads("it opens a page for a person to look at")),
    "xdg-open": always(reads("it opens a page for a person to look at")),
    "smartctl": Flags(changing="-t --test -s --smart -o -S -X", valued="-t -d -l -s -q -T -n -o -S", why="it shows a disk's health"),
    "ethtool": Flags(changing="-s -K -G -C -A -L -N -X -E -p -r -t -f -W --change --set-ring --offload --coalesce", why="it shows a network card"),
    "mdadm": Flags(changing="-C -A -a --create --assemble --add --grow --manage", destroying="-f -r -S --fail --remove --stop --zero-superblock", why="it shows arrays"),
    "zpool": Verbs(read="status, list, iostat, history, get", change="scrub, import, online, replace, add, attach, clear, set, trim", destroy="destroy, offline, detach, export, remove, labelclear"),
    "zfs": Verbs(read="list, get, diff, holds", change="create, snapshot, clone, send, receive, set, mount, unmount, promote", destroy="destroy, rollback"),
    "btrfs": Verbs(read="filesystem df, filesystem show, filesystem usage, subvolume list, device stats, scrub status", destroy="subvolume delete, device delete, device remove"),
    "tcpdump": Flags(changing="-w -z", valued="-w -z -i -c -s -r -G -W -C", why="it listens to the network"),
    "tshark": Flags(changing="-w -b", valued="-w -b -i -c -f -Y -T -e -r -a", why="it listens to the network"),
    "nmap": Flags(changing="-oN -oX -oG -oA -oS --script", valued="-p --script -oN -oX -oG -oA", single=True, why="it looks at ports"),
    "lsattr": always(reads("it only looks")),
    "postqueue": Flags(changing="-f -i -s", valued="-i -s -c", why="it lists mail"),
    "exim": Flags(changing="-M -Mrm -qff", why="it lists mail"),
    "auditctl": Flags(changing="-a -A -w -e -f -r -R", destroying="-d -D -W", why="it lists audit rules"),
    "tune2fs": Flags(changing="-c -e -i -j -L -m -o -O -U -E", why="it shows a file system"),
    "stty": Flags(positional=0, why="it shows the terminal"),
}  # fmt: skip


def prefixed(name: str) -> Effect | None:
    """The effect of families of programs that are told by how their name begins."""
    if name.startswith(("mkfs.", "mke2fs")):
        return destroys(f"{name} makes a new file system over what is there")
    return None
