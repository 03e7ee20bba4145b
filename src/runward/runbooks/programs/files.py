"""Programs for files and text."""

import re

from runward.runbooks.programs.rules import Effect, Flags, Judge, always, changes, destroys, reads, unclear
from runward.runbooks.programs.text import awk_writes, sed_writes
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of


def _find(call: Call) -> Effect:
    if unclear(call):
        return changes(f"find: {unclear(call)}")
    if call.has("-delete"):
        return destroys("find -delete removes what it finds")
    writing = next((word.text for word in call.arguments if re.match(r"-fprint|-fls", word.text)), "")
    return (
        changes(f"find {writing} writes a file")
        if writing
        else reads("find only looks, but for what it executes")
    )


def _sed(call: Call) -> Effect:
    if unclear(call):
        return changes(f"sed: {unclear(call)}")
    options = options_of(call.arguments, words_of("-e -f -l -i --expression --file --line-length"))
    given = options.values("-e", "--expression") or options.rest[:1]
    if any(
        word.text.startswith(("-i", "--in-place")) or re.match(r"-[nErsuz]+i", word.text)
        for word in call.arguments
    ):
        return changes("sed -i rewrites the file")
    if options.has("-f", "--file"):
        return changes("sed takes its script from a file, which is not known")
    if any(word.crafted or sed_writes(word.text) for word in given):
        return changes("its script may write files or run programs")
    return reads("sed prints what it makes of its input")


def _awk(call: Call) -> Effect:
    if unclear(call):
        return changes(f"{call.name}: {unclear(call)}")
    options = options_of(
        call.arguments,
        words_of("-F -v -f -i -l -e -E --field-separator --assign --file --source --include"),
        stop=True,
    )
    if options.has("-f", "--file", "-i", "--include", "-l", "-E", "--exec", "-e", "--source"):
        return changes(f"{call.name} takes its program from a file, which is not known")
    program = options.rest[0] if options.rest else None
    if program is None or program.crafted or awk_writes(program.text):
        return changes("its program may write files or run programs")
    return reads(f"{call.name} prints what it makes of its input")


def _tee(call: Call) -> Effect:
    targets = [word.text for word in options_of(call.arguments, frozenset()).rest]
    if not call.more and all(
        target in {"/dev/null", "/dev/stderr", "/dev/stdout", "/dev/tty"} for target in targets
    ):
        return reads("tee only passes its input on")
    return changes(f"tee writes {', '.join(targets) or 'a file'}")


def _dd(call: Call) -> Effect:
    target = next((word.text[3:] for word in call.arguments if word.text.startswith("of=")), "")
    if unclear(call):
        return changes(f"dd: {unclear(call)}")
    if not target or target in {"/dev/null", "/dev/stdout"}:
        return reads("dd reads and throws away")
    return (
        destroys(f"dd overwrites {target}") if target.startswith("/dev/") else changes(f"dd writes {target}")
    )


def _tar(call: Call) -> Effect:
    words = [word.text for word in call.arguments]
    if unclear(call):
        return changes(f"tar: {unclear(call)}")
    first = words[0].lstrip("-") if words and not words[0].startswith("--") else ""
    letters = first + "".join(word[1:] for word in words[1:] if re.match(r"-[A-Za-z]+$", word))
    running = any(
        word.startswith(
            (
                "--to-command",
                "--checkpoint-action",
                "--use-compress",
                "-I",
                "--info-script",
                "--new-volume",
                "--rsh",
            )
        )
        for word in words
    )
    long = {word.partition("=")[0] for word in words if word.startswith("--")}
    if running or set(first) & {"I", "F"}:
        return changes("tar runs a program for what it reads")
    if long & {"--remove-files", "--delete", "--overwrite", "--unlink-first", "--recursive-unlink"}:
        return destroys("tar removes or overwrites files")
    if (
        ("t" in first or "--list" in long)
        and not set(letters) & set("xcruA")
        and not long & {"--extract", "--get", "--create"}
    ):
        return reads("tar lists an archive")
    return changes("tar writes files")


def _compress(call: Call) -> Effect:
    """Gzip and its kin replace the file unless they are told to print or test."""
    if unclear(call):
        return changes(f"{call.name}: {unclear(call)}")
    options = options_of(call.arguments, words_of("-S --suffix -T -M -o --threads --memory"))
    if options.has("-o"):
        return changes(f"{call.name} -o writes a file")
    if options.has("-c", "--stdout", "--to-stdout", "-t", "--test", "-l", "--list") or not options.rest:
        return reads(f"{call.name} prints or tests")
    return changes(f"{call.name} replaces {options.rest[0].text}")


def _unzip(call: Call) -> Effect:
    if unclear(call):
        return changes(f"unzip: {unclear(call)}")
    return (
        reads("unzip lists or tests")
        if call.has("-l", "-t", "-p", "-v", "-Z", "-z")
        else changes("unzip writes files")
    )


def _truncating_copy(call: Call) -> Effect:
    """Cp and mv: over something that holds data, or from nothing, they destroy."""
    words = [word.text for word in call.arguments if not word.text.startswith("-")]
    if words[:1] == ["/dev/null"]:
        return destroys(f"{call.name} empties {words[-1]}")
    if words and words[-1] == "/dev/null":
        return destroys(f"{call.name} throws {words[0]} away")
    if words and words[-1].startswith("/dev/"):
        return destroys(f"{call.name} overwrites {words[-1]}")
    return changes(f"{call.name} writes {words[-1] if words else 'files'}")


def _rsync(call: Call) -> Effect:
    options = options_of(call.arguments, words_of("-e --rsh -f --exclude --include --filter -T -M -B"))
    if options.has("-n", "--dry-run", "--list-only") and not unclear(call) and not options.has("-e", "--rsh"):
        return reads("rsync only shows what it would do")
    if any(flag.startswith(("--delete", "--remove-source", "--del")) for flag, _ in options.flags):
        return destroys("rsync deletes what its source does not hold")
    return changes("rsync writes files")


def _date(call: Call) -> Effect:
    options = options_of(call.arguments, words_of("-d -f -r -s -v --date --file --reference --set"))
    if options.has("-s", "--set") or call.more:
        return changes("date sets the clock")
    plain = [word.text for word in options.rest if not word.text.startswith(("+", "$"))]
    setting = plain and not options.has("-j", "-d", "--date", "-r", "-f", "-v")
    return changes("date sets the clock") if setting else reads("date only tells the time")


def _hostname(call: Call) -> Effect:
    options = options_of(call.arguments, words_of("-F -b --file"))
    return (
        changes("hostname sets the name")
        if options.rest or options.has("-F", "-b", "--file") or call.more
        else reads("hostname tells the name")
    )


def _keygen(call: Call) -> Effect:
    """ssh-keygen -l shows a fingerprint; everything else writes keys."""
    return (
        reads("ssh-keygen shows a fingerprint")
        if call.has("-l", "-lf", "-F")
        else changes("ssh-keygen writes keys")
    )


def _less(call: Call) -> Effect:
    if any(
        word.text.startswith("+") and not re.fullmatch(r"\+[GF\d]*", word.text) for word in call.arguments
    ):
        return changes("less is given commands of its own")
    return _LESS(call)


_LESS = Flags(changing="-o -O --log-file --LOG-FILE -k", valued="-o -O -k -p -P -t")
_QUIET = """
    ls dir vdir cat tac head tail nl wc cut paste join fold fmt expand unexpand pr grep egrep fgrep zgrep zcat zless bzcat cal
    xzcat zstdcat gzcat lz4cat bzgrep xzgrep zegrep zmore od hexdump hd strings stat du df pwd basename dirname realpath readlink
    which whereis locate type echo test [ [[ true false : sleep wait exit return break continue shift getopts cd pushd popd dirs
    local declare typeset export readonly unset set read let umask ulimit times fg bg disown help yes seq bc expr factor numfmt tr
    rev column colrm look comm diff diff3 cmp cksum sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum md5 shasum
    crc32 tput clear reset printenv locale getconf uname arch nproc whoami id who w users groups logname last lastb lastlog finger
    tty uptime free vmstat mpstat pidstat numastat slabtop iotop lsof pgrep pidof ps pstree pmap top htop btop atop glances nmon
    iftop nethogs bmon dstat jq gron lsblk lsscsi findmnt lscpu lsusb lspci lsmod lshw modinfo lsns lsattr getfacl namei exa eza
    ag getent nm size objdump readelf apropos whatis tldr ping ping6 traceroute traceroute6 tracepath tracert mtr dig nslookup
    host whois getcap more most tsort zipinfo lzcat base32 base64 uuidgen mcookie cpuid netstat printf findstr where ver
    systeminfo tasklist pathping ssh-keyscan lsipc lslocks lslogins ipcs inxi neofetch fastfetch dir.exe
    """  # fmt: skip

QUIET: frozenset[str] = frozenset(_QUIET.split())

_CHANGING = "mkdir touch ln chmod chown chgrp chattr setfacl install mkfifo mknod split csplit patch zip 7z 7za ar cpio scp sftp rcp alias"
_DESTROYING = "rm rmdir unlink shred truncate wipe srm wipefs"

RULES: dict[str, Judge] = {
    **{name: always(reads(f"{name} only looks")) for name in QUIET},
    **{name: always(changes(f"{name} changes files")) for name in _CHANGING.split()},
    **{name: always(destroys(f"{name} removes data")) for name in _DESTROYING.split()},
    "find": _find,
    "sed": _sed,
    "gsed": _sed,
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), _awk),
    "tee": _tee,
    "dd": _dd,
    "tar": _tar,
    "bsdtar": _tar,
    **dict.fromkeys(
        (
            "gzip",
            "gunzip",
            "bzip2",
            "bunzip2",
            "xz",
            "unxz",
            "zstd",
            "unzstd",
            "lz4",
            "pigz",
            "unpigz",
            "pbzip2",
            "compress",
            "uncompress",
        ),
        _compress,
    ),
    "unzip": _unzip,
    "cp": _truncating_copy,
    "mv": _truncating_copy,
    "rsync": _rsync,
    "date": _date,
    "hostname": _hostname,
    "sort": Flags(
        changing="-o --output --compress-program",
        valued="-o -k -t -S -T --output --key --field-separator --compress-program",
    ),
    "uniq": Flags(positional=1, valued="-f -s -w", changing="-z9"),
    "xxd": Flags(positional=1, changing="-r -revert", valued="-l -s -c -g -o"),
    "file": Flags(changing="-C --compile -m --magic-file", valued="-m -F -f"),
    "yq": Flags(changing="-i --inplace --in-place -s --split-exp", valued="-o -p -P --output-format"),
    "xmllint": Flags(changing="--output -o", valued="--output -o --xpath --pattern"),
    "rg": Flags(changing="--pre --hostname-bin", valued="-e -g -t -A -B -C -m --pre"),
    "ack": Flags(changing="--pager --output"),
    "fd": Flags(changing="-x -X --exec --exec-batch", valued="-e -t -d"),
    "less": _less,
    "fuser": Flags(destroying="-k --kill", valued="-s"),
    "ss": Flags(destroying="-K --kill", changing="-D --diag", valued="-D -f -A"),
    "iostat": Flags(changing="", valued="-g -j -o"),
    "sar": Flags(changing="-o", valued="-o -f -s -e -i -n -P"),
    "mount": Flags(positional=0, changing="-a -o -t --bind --move -L -U", valued="-t -o -O"),
    "umount": always(changes("umount takes a file system away")),
    "ssh-keygen": _keygen,
    "mapfile": Flags(changing="-C", valued="-d -n -O -s -u -C -c"),
    "readarray": Flags(changing="-C", valued="-d -n -O -s -u -C -c"),
    "hash": Flags(changing="-p -r -d", valued="-p"),
    "jobs": Flags(changing="-x"),
    "history": Flags(changing="-c -d -w -a -r -n -s", valued="-d"),
    "man": Flags(changing="-P --pager -H --html", valued="-P -H -C -M -S"),
    "info": Flags(changing="-o --output --dribble", valued="-o -f -n"),
    "bat": Flags(changing="--pager", valued="-l -r --pager"),
    "batcat": Flags(changing="--pager", valued="-l -r --pager"),
    "tree": Flags(changing="-o", valued="-o -L -P -I"),
    "shuf": Flags(changing="-o --output", valued="-o -n -i"),
    "iconv": Flags(changing="-o --output", valued="-o -f -t"),
    "sdiff": Flags(changing="-o --output", valued="-o -w"),
    "blkid": Flags(changing="-w -g", valued="-w -c -s -o -t"),
    "sensors": Flags(changing="-s --set"),
    "ncdu": Flags(changing="-o", valued="-o -f"),
    "dmidecode": Flags(changing="--dump-bin", valued="-t -s --dump-bin"),
}
