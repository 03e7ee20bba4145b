"""Judge PowerShell and batch text by a small reading of its own: what is not known to look is a change."""

import re
from collections.abc import Iterator

from runward.runbooks.model import Endless, Question, RiskyLine
from runward.runbooks.programs.development import named_effect
from runward.runbooks.programs.judge import call_effect, command_effect, is_known
from runward.runbooks.programs.rules import Effect, changes, destroys, reads, worst
from runward.runbooks.shell.calls import calls_of
from runward.runbooks.shell.model import Call, Command, Word
from runward.runbooks.shell.options import words_of
from runward.runbooks.shell.parse import script_of
from runward.runbooks.shell.wrappers import WRAPPERS

_LOOKING = re.compile(
    r"(?:Get|Test|Measure|Select|Where|Sort|Group|Format|Compare|ConvertFrom|ConvertTo|Find|Show|Resolve|Search|Join|Split|Read|Trace|Wait|Debug|Assert"
    r"|Confirm)-\w+|Out-(?:String|Host|Null|GridView|Default)|Write-(?:Host|Output|Verbose|Warning|Error|Information|Debug|Progress)|ForEach-Object",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"(?:Remove|Clear|Uninstall|Unregister|Dismount|Revoke|Reset|Format-Volume|Initialize-Disk|Disable|Deny|Unpublish)-?\w*|Stop-(?:Process|Computer|VM|Job|AzVM\w*)"
    r"|Restart-Computer|Restore-\w+|Drop-\w+|Kill-\w+|Move-ADObject|Repair-Volume",
    re.IGNORECASE,
)
_ALIASES = {
    **dict.fromkeys(words_of("gci dir ls gc cat type gp gi gps ps gsv gwmi gcim select where sort measure ft fl fw echo write pwd gl cd sl ? % foreach group gm help man h history sls tnc cls clear"), "look"),
    **dict.fromkeys(words_of("rm del erase rd rmdir ri spps kill clc cli rp clv"), "end"),
}  # fmt: skip
_BATCH_LOOKS = words_of(
    "dir type echo findstr find where tasklist systeminfo ipconfig ping tracert nslookup netstat hostname whoami ver cd chdir set more tree fc comp"
    " if for rem goto exit setlocal endlocal title cls pause query qwinsta quser driverquery getmac pathping vol path"
    " timeout pushd popd @echo"
)
_BATCH_ENDS = words_of("del erase rd rmdir format taskkill shutdown diskpart cipher tskill logoff rwinsta")
_SUBCOMMANDS = {
    "sc": ("query queryex qc qdescription enumdepend sdshow", "delete"),
    "sc.exe": ("query queryex qc qdescription enumdepend sdshow", "delete"),
    "net": ("view statistics accounts config", ""),
    "schtasks": ("/query", "/delete /end"),
    "wevtutil": ("qe el gl gli get-log enum-logs query-events", "cl clear-log"),
    "reg": ("query compare", "delete"),
    "netsh": ("show", "delete reset"),
    "wmic": ("get list", "delete call"),
    "iisreset": ("/status", ""),
    "appcmd": ("list", "delete"),
    "robocopy": ("/l", "/mir /purge"),
    "route": ("print", "delete"),
    "arp": ("-a", "-d"),
    "bcdedit": ("/enum", "/delete"),
    "dism": ("/get-features /get-packages /scanhealth /checkhealth", ""),
    "sfc": ("/verifyonly", ""),
    "w32tm": ("/query /stripchart /monitor", ""),
    "nltest": ("/dsgetdc: /dclist:", ""),
    "repadmin": ("/replsummary /showrepl", ""),
    "dcdiag": ("", ""),
    "vssadmin": ("list", "delete"),
    "wbadmin": ("get", "delete start"),
    "ipconfig": ("/all", ""),
}
_SENDING = re.compile(r"-(?:Method\s+['\"]?(?!Get|Head)\w+|Body|InFile|OutFile)\b", re.IGNORECASE)
_METHOD = re.compile(r"\.(\w+)\s*\(")
_HARMLESS_METHODS = words_of(
    "tostring trim split replace substring contains startswith endswith toupper tolower addays adddays addhours addminutes addseconds subtract indexof format"
    " getenumerator equals compareto parse getdate tolocaltime touniversaltime padleft padright join round ceiling floor max min isnullorempty gettype"
)
_STATEMENT = re.compile(r"(?:'[^']*'|\"(?:[^\"`]|`.)*\"|[^;|&\n{}'\"]|&(?!&))+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_REDIRECTION = re.compile(r"(?<![-=<\d&*])(?:\d|\*)?>{1,2}\s*(?!&|\$null|nul\b)(\S+)", re.IGNORECASE)
_BEGINNING = re.compile(
    r"^\s*(?:\$[\w:.]+\s*[+]?=\s*|\(+|@\(|return\s+|if\s*\(|elseif\s*\(|while\s*\(|foreach\s*\([^)]*\bin\b|&\s*|\.\s+|@)+"
)
_KEYWORDS = re.compile(r"\d|else\b|try\b|catch\b|finally\b|param\b")
_PIECES = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s()]+")


def windows_risks(text: str, first_line: int, *, batch: bool) -> tuple[RiskyLine, ...]:
    """What each line of PowerShell or batch text does."""
    made = []
    for number, line in _joined_lines(text, "^" if batch else "`"):
        stripped = line.strip()
        if stripped and not re.match(r"#|::|rem\b|@rem\b|<#|@echo off", stripped, re.IGNORECASE):
            effects = [_statement(one.strip(), batch=batch) for one in _statements(stripped)]
            made.append(RiskyLine(first_line + number, stripped, *worst(*effects, _redirected(stripped))))
    return tuple(made)


def _joined_lines(text: str, mark: str) -> Iterator[tuple[int, str]]:
    """Lines with the ones that go on put together, and the number of the first."""
    held, start = "", 0
    for number, line in enumerate(text.split("\n")):
        start = start if held else number
        if line.rstrip().endswith(mark) and not line.rstrip().endswith(mark * 2):
            held += line.rstrip()[:-1] + " "
        else:
            yield start, held + line
            held = ""
    if held:
        yield start, held


def _statements(line: str) -> list[str]:
    return [found[0] for found in _STATEMENT.finditer(line) if found[0].strip(" ()@")]


def _redirected(line: str) -> Effect:
    bare = _QUOTED.sub("", line)
    target = _REDIRECTION.search(bare)
    return (
        changes(f"it writes {target[1]}") if target and not bare.lstrip().startswith(("<", "if")) else reads()
    )


def _statement(said: str, *, batch: bool) -> Effect:
    text = _BEGINNING.sub("", said).strip()
    if not text or text.startswith(("#", "-", ")", "[", '"', "'", "<", "$")) or _KEYWORDS.match(text):
        return _expression(said)
    words = _PIECES.findall(text)
    if not words:
        return reads()
    effect = _batch(words) if batch else _powershell(words, text)
    return worst(effect, _expression(said)) if not batch else effect


def _expression(said: str) -> Effect:
    """Methods and invocation in what is no command."""
    bare = re.sub(r"'[^']*'", "", said)
    if re.match(r"\s*[&.]\s*[\"'$(]", bare) or re.search(
        r"\b(?:iex|Invoke-Expression|Invoke-Command|icm|Start-Process|saps)\b|\bDownloadString\b|-EncodedCommand|-enc\b",
        bare,
        re.IGNORECASE,
    ):
        return changes("it runs text or programs that are computed")
    for found in _METHOD.finditer(bare):
        name = found[1].lower()
        if re.match(r"delete|kill|remove|clear|drop|truncate|terminate|shutdown", name):
            return destroys(f"it calls .{found[1]}()")
        if name not in _HARMLESS_METHODS:
            return changes(f"it calls .{found[1]}(), of which nothing is known")
    called = re.findall(r"::(\w+)\s*\(", bare)
    strange = [name for name in called if name.lower() not in _HARMLESS_METHODS]
    return changes(f"it calls ::{strange[0]}()") if strange else _inner(bare)


def _inner(bare: str) -> Effect:
    """Commands in parentheses and blocks of a line that is otherwise an expression."""
    names = re.findall(r"\b[A-Z][a-z]+-[A-Z]\w+", bare)
    return worst(*(_cmdlet(name, bare) for name in names)) if names else reads("it only computes")


def _powershell(words: list[str], text: str) -> Effect:
    name = words[0].strip("'\"")
    alias = _ALIASES.get(name.lower())
    if alias:
        return reads(f"{name} only looks") if alias == "look" else destroys(f"{name} removes something")
    if re.fullmatch(r"[A-Za-z]+-\w+", name) and not is_known(name):
        return _cmdlet(name, text)
    return _program(words)


def _cmdlet(name: str, text: str) -> Effect:
    if re.search(r"-WhatIf\b(?!:\s*\$false)", text, re.IGNORECASE):
        return reads(f"{name} -WhatIf only shows what it would do")
    if re.fullmatch(r"Invoke-(?:WebRequest|RestMethod)", name, re.IGNORECASE):
        gone = re.search(r"-Method\s+['\"]?Delete", text, re.IGNORECASE)
        if gone:
            return destroys(f"{name} sends DELETE")
        return (
            changes(f"{name} sends data or writes a file")
            if _SENDING.search(text)
            else reads(f"{name} only gets")
        )
    if re.fullmatch(r"Invoke-Sqlcmd", name, re.IGNORECASE):
        return changes("it runs SQL")
    if _ENDING.fullmatch(name) and not re.match(r"Reset-(?:Host)", name, re.IGNORECASE):
        return destroys(f"{name} removes or ends something")
    return reads(f"{name} only looks") if _LOOKING.fullmatch(name) else changes(f"{name} changes something")


def _batch(words: list[str]) -> Effect:
    name = words[0].lower().lstrip("@").removesuffix(".exe").strip('"')
    if name in {"if", "for"}:
        inner = next(
            (number for number, word in enumerate(words) if word.lower() == "do"),
            2 if name == "if" else len(words),
        )
        return _batch(words[inner + 1 :]) if words[inner + 1 :] else reads()
    if name == "call" and len(words) > 1:
        return _batch(words[1:])
    if name in _SUBCOMMANDS:
        return _program(words)
    if name in _BATCH_ENDS:
        return destroys(f"{name} removes or ends something")
    return reads(f"{name} only looks") if name in _BATCH_LOOKS else _program(words)


def _program(words: list[str]) -> Effect:
    """A program that is neither a cmdlet nor built in."""
    name = words[0].strip("'\"").removesuffix(".exe")
    bare = [word.strip("'\"") for word in words[1:]]
    lower = [word.lower() for word in bare]
    table = _SUBCOMMANDS.get(name.lower())
    if table is not None:
        looking, ending = words_of(table[0]), words_of(table[1])
        if ending.intersection(lower):
            return destroys(f"{name} {' '.join(bare[:2])} removes or ends something")
        looks = looking.intersection(lower) or (
            not bare and name.lower() in {"ipconfig", "net", "dcdiag", "arp"}
        )
        return (
            reads(f"{name} only looks")
            if looks
            else changes(f"{name} {' '.join(bare[:2])} changes something")
        )
    if name in WRAPPERS:
        carried = script_of(" ".join(words).replace("\\", "/"))
        return worst(
            *(call_effect(call) for call in calls_of(carried)),
            *(command_effect(one) for one in carried.commands),
        )
    if is_known(name) and "\\" not in name:
        line = Command(tuple(Word(word) for word in [name, *bare]), 0, 0, " ".join(words))
        return call_effect(Call(name, tuple(Word(word, fixed="$" not in word) for word in bare), line))
    return named_effect(name, bare)


def windows_tools(text: str) -> tuple[str, ...]:
    """The programs named at the front of the statements, cmdlets left out."""
    made: dict[str, None] = {}
    for line in text.split("\n"):
        if re.match(r"\s*(?:#|::|rem\b)", line, re.IGNORECASE):
            continue
        for one in _statements(line):
            found = re.match(
                r"\s*(?:\$\w+\s*=\s*)?([.\\/\w:-]+\.(?:exe|bat|cmd|ps1)|[a-z][\w.-]*)(?=\s|$)", one
            )
            if (
                found
                and not re.fullmatch(r"[A-Za-z]+-[A-Z]\w+", found[1])
                and found[1].lower() not in _NOT_TOOLS
            ):
                made[found[1].replace("/", "\\").rpartition("\\")[2]] = None
    return tuple(made)


_NOT_TOOLS = words_of(
    "if else foreach for while function param return try catch finally echo set rem call exit switch begin process end throw cd dir type"
)


def windows_endless(text: str, first_line: int) -> tuple[Endless, ...]:
    """Lines that follow for ever."""
    made = []
    for number, line in enumerate(text.split("\n")):
        said = line.strip()
        if re.search(r"\bGet-Content\b.*\s-Wait\b|\bgc\b.*\s-Wait\b", said, re.IGNORECASE):
            bounded = re.sub(r"\s-Wait\b", "", said, flags=re.IGNORECASE)
            bounded += "" if re.search(r"-Tail|-Last|-TotalCount", said, re.IGNORECASE) else " -Tail 100"
            made.append(
                Endless(first_line + number, said, "Get-Content -Wait follows the file for ever", bounded)
            )
        elif re.search(r"\bping\b.*\s[-/]t\b", said):
            made.append(
                Endless(
                    first_line + number, said, "ping -t goes on for ever", re.sub(r"\s[-/]t\b", " -n 4", said)
                )
            )
        elif re.match(r"(?:while\s*\(\s*\$true|for\s*\(\s*;\s*;)", said, re.IGNORECASE):
            made.append(Endless(first_line + number, said, "the loop has no end"))
        elif re.match(
            r"(?:Enter-PSSession|powershell|pwsh|cmd)\s*(?:-ComputerName\s+\S+)?$", said, re.IGNORECASE
        ):
            made.append(
                Endless(
                    first_line + number,
                    said,
                    "it opens a shell and waits for what is typed",
                    interactive=True,
                )
            )
    return tuple(made)


def windows_questions(text: str, first_line: int) -> tuple[Question, ...]:
    """Lines that ask: Read-Host, Get-Credential, pause, set /p."""
    made = []
    for number, line in enumerate(text.split("\n")):
        asked = re.search(
            r"(?:\$(\w+)\s*=\s*)?Read-Host\s*(?:-Prompt\s*)?(?:['\"]([^'\"]*)['\"])?", line, re.IGNORECASE
        )
        batch = re.search(r"\bset\s+/p\s+(\w+)=(.*)", line, re.IGNORECASE)
        if asked:
            made.append(
                Question(first_line + number, asked[2] or "", asked[1] or "", "-AsSecureString" in line)
            )
        elif batch:
            made.append(Question(first_line + number, batch[2].strip(), batch[1]))
        elif re.search(r"\bGet-Credential\b", line, re.IGNORECASE):
            made.append(
                Question(first_line + number, "Get-Credential asks for a name and a password", secret=True)
            )
        elif re.match(r"\s*pause\s*$", line, re.IGNORECASE):
            made.append(Question(first_line + number, "it waits for a key"))
    return tuple(made)
