"""Rules about commands that do not end by themselves, print without measure, or hold a server up."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.commands import list_calls
from runward.runbooks.finding.genre import is_paper
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity
from runward.runbooks.finding.places import found_at, found_call, line_of
from runward.runbooks.model import Block, Endless, Kind

_MONITORS = re.compile(
    r"^(?:h|a|b|io|if|nm|ctop|my|inno|power|pg_)?top\b|^(?:pg_activity|glances|mtr|nmon|k9s|nethogs|iotop|iftop|innotop|lazydocker|perf)\b"
)
_PROMPT = re.compile(
    r"\s*\(\w[\w-]*\)\s|\s*\w+[>#]\s"
)  # typed into a program, not into the shell: "(gdb) top"
_TOLD = re.compile(r"\S\s+#\s*\w")  # a command, and what it is for behind it
_LIST = 4
_RUN = (Kind.COMMAND, Kind.TRANSCRIPT)


def _in_blocks(case: Case) -> Iterator[tuple[Block, Endless, int]]:
    """Every endless command of the document with the line of what would come after it, 0 for nothing."""
    for block in case.runbook.blocks:
        if block.kind not in _RUN or not block.endless:
            continue
        starts = sorted({call.command.line for call in block.calls if not call.command.nested})
        for one in block.endless:
            if re.search(r"\b(?:redis-server|mongod)\b.*\.conf\b", one.command):
                continue  # the file may say that it goes to the background
            if (
                _PROMPT.match(line_of(case.runbook, one.line))
                or _is_meant(one)
                or re.search(r"\btop\b.*\s-[a-z]*n ?\d", one.command)
            ):
                continue
            last = one.line + one.command.count("\n")
            yield block, one, next((line for line in starts if line > last), 0)


def _before_others(case: Case) -> Iterator[Found]:
    for block, one, following in _in_blocks(case):
        if following and block.kind is Kind.COMMAND and not _is_listed(case, block, one):
            lost = "goes to its screen and not to the shell" if one.interactive else "is never reached"
            yield _found(case, one, f"{_capital(one.why)}: what stands from line {following} on {lost}")


def _alone(case: Case) -> Iterator[Found]:
    held = {number for procedure in case.runbook.procedures for number in procedure.blocks}
    for block, one, following in _in_blocks(case):
        last = not following or block.kind is not Kind.COMMAND
        if last and (
            block.number in held or (block.form == "inline" and one.bounded and not is_paper(case.runbook))
        ):
            yield _found(case, one, f"{_capital(one.why)}: a step with it has no end and no answer")


def _is_listed(case: Case, block: Block, one: Endless) -> bool:
    """Whether it stands in a list of forms, each explained on its line, of which a reader takes one."""
    called = {call.command.line for call in block.calls if not call.command.nested}
    told = [line for line in called if _TOLD.search(line_of(case.runbook, line))]
    return one.line in told and len(called) >= _LIST and len(told) * 2 > len(called)


def _capital(why: str) -> str:
    """The sentence's first letter large, where it is not that of a program's name."""
    return why[:1].upper() + why[1:] if why.startswith("the ") else why


def _is_meant(one: Endless) -> bool:
    """Whether a person is to type into it: a shell, an editor, a client; what follows is meant for after that, or for it."""
    return one.interactive and not _MONITORS.search(one.why)


def _found(case: Case, one: Endless, said: str) -> Found:
    text = line_of(case.runbook, one.line)
    mend = None
    if one.bounded and "\n" not in one.command and "\n" not in one.bounded and text.count(one.command) == 1:
        mend = Mend(one.line, one.line, text.replace(one.command, one.bounded))
    first = one.command.split("\n", 1)[0]
    return found_at(case, one.line, first, said + (f"; `{one.bounded}` ends." if mend else "."), mend)


def _unbounded(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        call = one.call
        words = [word.text for word in call.arguments]
        if call.name in {"kubectl", "oc"} and "logs" in words and "--tail=-1" in words:
            if (
                not any(word.startswith(("--since", "--limit-bytes")) for word in words)
                and not call.command.piped
            ):
                said = "--tail=-1 prints every line that is kept, of every pod that matches: gigabytes on a busy service."
                yield found_call(case, one, "--tail=-1", said)
        elif call.name in {"redis-cli", "valkey-cli"}:
            scan = next((word for word in words if word in {"--bigkeys", "--memkeys", "--hotkeys"}), "")
            if scan and not any(word == "-i" or re.fullmatch(r"-i[\d.]+", word) for word in words):
                said = f"{scan} looks at every key of the server without a pause: -i 0.1 lets others through."
                yield found_call(case, one, scan, said)


def _keys(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        if one.call.name not in {"redis-cli", "valkey-cli"}:
            continue
        words = [word.text for word in one.call.arguments]
        place = next((number for number, word in enumerate(words) if word.lower() == "keys"), -1)
        if place < 0 or place + 1 >= len(words):
            continue
        pattern = words[place + 1]
        bare = re.search(rf"(?i)\bkeys\s+{re.escape(pattern)}(?![\"'])", one.call.command.text)
        globbed = bool(bare) and any(mark in pattern for mark in "*?[")
        shell = f", and unquoted {pattern} becomes the names of files first" if globbed else ""
        said = f"KEYS holds the server up for as long as it looks at every key{shell}."
        yield found_call(case, one, words[place], said)


RULES = (
    Rule(
        "endless-before-others",
        Severity.WARNING,
        "Nothing stands behind a command that does not end.",
        "The block is pasted or run as a whole: the first `tail -f` keeps the terminal, and what follows is never carried out, though it seems to belong to what was done.",
        "The last lines instead of all to come (`tail -n 100`, `kubectl logs --tail=100`, `journalctl -n 100`, `docker stats --no-stream`, all versions), or a block of its own as the last step.",
        "# Book\n\n## Look\n\n```bash\ntail -f /var/log/web.log\nsystemctl status web\n```\n",
        "# Book\n\n## Look\n\n```bash\ntail -n 100 /var/log/web.log\nsystemctl status web\n```\n",
        _before_others,
    ),
    Rule(
        "endless-command",
        Severity.NOTE,
        "Steps end by themselves.",
        "A step that follows a log or shows a screen has no exit code and leaves no evidence, and nothing can carry it out unattended.",
        "Bound it by lines, by time (`timeout 30 ...`) or by a count, and say what is looked for.",
        "# Book\n\n## Look\n\n```bash\njournalctl -u web -f\n```\n",
        "# Book\n\n## Look\n\n```bash\njournalctl -u web -n 100 --no-pager\n```\n",
        _alone,
    ),
    Rule(
        "unbounded-volume",
        Severity.WARNING,
        "What is printed or scanned has a bound.",
        "On a busy service the whole log, or a look at every key, takes minutes, fills the terminal and slows down those who are served.",
        "kubectl logs --since=15m or --tail=1000; redis-cli --bigkeys -i 0.1 (all versions).",
        "# Book\n\n## Look\n\n```bash\nredis-cli --bigkeys\n```\n",
        "# Book\n\n## Look\n\n```bash\nredis-cli --bigkeys -i 0.1\n```\n",
        _unbounded,
    ),
    Rule(
        "redis-keys",
        Severity.WARNING,
        "Keys of Redis are listed by SCAN.",
        "KEYS is one command over the whole keyspace, and Redis does one command at a time: all others wait. Unquoted, the shell puts file names in place of the pattern first.",
        "redis-cli --scan --pattern 'session:*' (Redis 2.8 and later), in quotes.",
        "# Book\n\n## Look\n\n```bash\nredis-cli KEYS *\n```\n",
        "# Book\n\n## Look\n\n```bash\nredis-cli --scan --pattern 'session:*' | head -n 20\n```\n",
        _keys,
    ),
)
