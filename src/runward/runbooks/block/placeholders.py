"""Find the words of a block that stand for values its reader must supply."""

import re
from collections.abc import Iterable, Iterator

from runward.runbooks.block.forms import Form
from runward.runbooks.model import Placeholder
from runward.runbooks.shell.model import Script
from runward.runbooks.shell.options import words_of
from runward.runbooks.shell.parse import PLACEHOLDER
from runward.runbooks.sql.tokens import statements_of

_WELL_KNOWN = re.compile(
    r"(?:HOME|PATH|USER|USERNAME|SHELL|PWD|OLDPWD|HOSTNAME|LANG|LC_\w+|TERM|TMPDIR|TMP|TEMP|RANDOM|SRANDOM|SECONDS|LINENO|UID|EUID|PPID|GROUPS|BASH\w*|EDITOR"
    r"|VISUAL|LOGNAME|MAIL|IFS|OSTYPE|HOSTTYPE|MACHTYPE|DISPLAY|SSH_\w+|SUDO_\w+|PIPESTATUS|FUNCNAME|OPT\w+|REPLY|COLUMNS|LINES|XDG_\w+|EPOCH\w+|COMP_\w+"
    r"|SHLVL|TZ|MAPFILE|COPROC|0|_|HISTFILE|DEBIAN_FRONTEND|KUBECONFIG)"
)
_TAGS = words_of(
    "a abbr b br body button code dd details div dl dt em form h1 h2 h3 h4 head hr html i img input li link meta ol option p pre script section select span"
    " strong style sub summary sup table tbody td th thead title tr u ul EOF EOT"
)
_HOSTS = re.compile(
    r"(?<![\w@.-])[\w.+-]+@(?:[\w-]+\.)*(?:example|company|yourcompany|yourdomain|mycompany|domain|acme|yourorg|contoso|your[\w-]*)\.[a-z]{2,6}(?:\.[a-z]{2})?\b"
    r"|(?<![\w@-])(?:[\w-]+\.)*(?:example\.(?:com|org|net|io|local|internal)|(?:your|my)-?[\w-]*(?:domain|company|org|site|app|host|server|instance|cluster|service|api)[\w-]*"
    r"\.(?:com|org|net|io|dev|local|internal|cloud|co|ai)|company\.(?:com|net|io|internal)|domain\.(?:com|tld|local|name)|acme\.(?:com|io|org)|contoso\.com"
    r"|foo\.com|yoursite\.\w+|website\.com|mysite\.com)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?<![\w$.@])(?:"
    r"your(?:[-_][\w-]*\w|_?[A-Z]\w*)|YOUR(?:[-_][\w-]*\w)?|yourorg|yourcompany|youruser\w*|yourapp\w*|yourproject|yourdb\w*|yourbucket|yourrepo\w*"
    r"|CHANGE[-_]?ME|change[-_]?me|REPLACE[-_](?:ME|WITH)[\w-]*|replace[-_](?:me|with)[\w-]*|INSERT[-_][\w-]+|FILL[-_]?(?:ME|IN)[\w-]*|TBD"
    r"|[xX]{3,}(?:-[xX]{2,})*|\+?\d?-?XXX-XXX-XXXX|(?:[xX]{1,3}\.){3}[xX]{1,3}|(?:\d{1,3}\.){1,3}[xX](?:\.[xX])*"
    r"|(?:new|old|my|some|target|actual|real)[-_](?:[a-z]+[-_])*(?:ip|host|hostname|password|passwd|secret|value|key|token|name|address|username|bucket|domain)"
    r"|(?:secret|password|api[-_]?key|token)[-_](?:here|value|goes[-_]here)|<[.]{3}>|123456789012|YYYY-?MM-?DD(?:[-_T]HH:?MM(?::?SS)?)?|HH:MM(?::SS)?"
    r"|(?:vpc|subnet|sg|ami|i|eni|vol|snap|rtb|igw|nat)-(?:x{4,}|1234567890?(?:abcdef0?)?|0?123456789\w*)|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+"
    r")(?![\w@])"
)
_CAPITALS = re.compile(
    r"(?<![\w$={.\"'/%-])(?:[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)*[-_](?:NAME|ID|IP|HOST|HOSTNAME|URL|PASSWORD|TOKEN|KEY|SECRET|NAMESPACE|POD|ARN|REGION|VERSION|TAG|PATH|FILE|DIR|USER"
    r"|ZONE|PROJECT|CLUSTER|BUCKET|ADDRESS|NUMBER|DATE|PORT|ENV|TIMESTAMP)|NAMESPACE|POD|PODNAME|HOSTNAME|CLUSTER|INSTANCE|CONTAINER|SERVICE_NAME|DEPLOYMENT|NODE|PID"
    r"|VERSION|BUCKET|REGION|PROJECT|TIMESTAMP)(?![\w=@:(.-])"
)
_BRACKETED = re.compile(
    r"(?<![\w$\])\\.\"'*^-])\[[A-Za-z][A-Za-z0-9 _/#-]{1,40}[A-Za-z0-9]\](?![\w\](*+?{:-])"
)
_FORM_FIELDS = re.compile(r"\[(?![ xX]\])[A-Za-z#][^\]\n]{0,80}\](?![(\[])")
_HANDLEBARS = re.compile(r"\{\{-?\s*([A-Za-z_][\w.\- ]*?)\s*-?\}\}|\$\{\{\s*([\w.\- ]+?)\s*\}\}")
_TEMPLATE_WORDS = re.compile(
    r"(?:range|if|end|else|with|json|index|println?|printf|template|define|block|toJson|include|join)\b"
)
_IN_URL = re.compile(r"https?://[^\s\"'<>]*?(?<![$])\{([a-z][\w-]*)\}")
_PATHS = re.compile(
    r"(?:[A-Za-z]:)?[\w.~/\\-]*(?:/|\\|\b)path[/\\]to[/\\][\w.*/\\-]*|/(?:your|some)/[\w./-]+|/home/(?:user|username)/[\w./-]*"
)
# What a script only prints need not be supplied; lines without any of these signs hold no placeholder.
_SAYS = re.compile(r"\s*(?:echo|printf)\b[^|]*$")
_ANY = re.compile(r"[<\[{]|[xX]{3}|\.[xX]{1,3}\b|HH:MM|path[/\\]to|/(?:your|some)/|/home/user|[A-Z]{3}")
_ANY_SMALL = re.compile(
    r"your|my[-_]|example|company|domain|acme|contoso|foo\.com|site\.|change[-_]?me|replace[-_]|insert[-_]"
    r"|fill[-_]?|tbd|(?:new|old|my|some|target|actual|real)[-_]|[-_]here|value[-_]|123456789|192\.0\.2|198\.51\.100|203\.0\.113|-x{4}|-0?1234567"
)
_PATH_SIGNS = ("path", "/your/", "/some/", "/home/user")
_SETS = re.compile(r"\s*(?:export|unset|printenv|declare|local|readonly|if|while|\[)")
_QUOTED_PATTERN = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")

# [Service] above a setting is the head of its section.
_SECTION = re.compile(
    r"^[ \t]*\[[\w .:@/-]+\](?=[ \t]*\n(?:[ \t]*[#;][^\n]*\n)*[ \t]*[\w.-]+[ \t]*=)", re.MULTILINE
)

_SEARCHED = {
    Form.SHELL,
    Form.SQL,
    Form.BATCH,
    Form.POWERSHELL,
    Form.TRANSCRIPT,
    Form.CONFIG,
    Form.CRONTAB,
    Form.PYTHON,
    Form.REDIS,
    Form.MONGO,
    Form.CODE,
    Form.QUERY,
    Form.NATIVE,
}
_COMMENTS = {Form.SQL: ("--",), Form.BATCH: ("::", "rem ", "REM "), Form.CODE: ("//", "#", "*", "/*")}


def list_placeholders(
    text: str, first_line: int, form: Form, script: Script | None = None
) -> tuple[Placeholder, ...]:
    """The placeholders of a block, in order; the same one is given once, at its first line."""
    found = list(_in_lines(text, first_line, form))
    if script is not None:
        found.extend(_variables(script))
    if form is Form.SQL:
        found.extend(_columns(text, first_line))
    once: dict[str, Placeholder] = {}
    for one in sorted(found, key=lambda placeholder: placeholder.line):
        once.setdefault(one.name, one)
    return tuple(once.values())


def _in_lines(text: str, first_line: int, form: Form) -> Iterator[Placeholder]:
    """What stands in the lines themselves; what only stands in a comment need not be supplied."""
    if form not in _SEARCHED and form is not Form.TEMPLATE:
        return
    comments = _COMMENTS.get(form, ("#",))
    text = _SECTION.sub("", text)
    for number, line in enumerate(text.split("\n"), first_line):
        if form is Form.TEMPLATE:
            yield from _fields(line, number)
        elif not line.lstrip().startswith(comments):
            yield from _marked(line, number, form)


def _fields(line: str, number: int) -> Iterator[Placeholder]:
    for found in _FORM_FIELDS.finditer(line):
        yield Placeholder(found[0], number, "bracket", "a field in brackets is to be filled in")
    for found in _WORDS.finditer(line):
        yield Placeholder(found[0], number, "word", "its wording stands for a value")


def _marked(line: str, number: int, form: Form) -> Iterator[Placeholder]:
    if not (_ANY.search(line) or _ANY_SMALL.search(line.lower())):
        return
    taken = list(_named(line, number, form))
    yield from (placeholder for _, placeholder in taken)
    for found in _WORDS.finditer(line):
        if not any(start <= found.start() < end for (start, end), _ in taken):
            yield Placeholder(found[0], number, "word", "its wording stands for a value")
    if form is not Form.CODE and "{" in line:
        yield from _braced(line, number)
    if form in {Form.SHELL, Form.BATCH, Form.POWERSHELL, Form.TRANSCRIPT}:
        yield from _bare(line, number)


def _named(line: str, number: int, form: Form) -> Iterator[tuple[tuple[int, int], Placeholder]]:
    """Placeholders with a form of their own, and where they stand."""
    if form is not Form.CODE and not _SAYS.match(line):
        for found in PLACEHOLDER.finditer(line):
            if found[1].split()[0] not in _TAGS:
                yield (
                    found.span(),
                    Placeholder(found[0], number, "angle", "a name in angle brackets stands for a value"),
                )
    for found in _HOSTS.finditer(line) if "." in line else ():
        yield found.span(), Placeholder(found[0], number, "domain", "a made-up domain stands for a real one")
    for found in _PATHS.finditer(line) if any(sign in line for sign in _PATH_SIGNS) else ():
        yield found.span(), Placeholder(found[0], number, "path", "a made-up path stands for a real one")


def _braced(line: str, number: int) -> Iterator[Placeholder]:
    for found in _HANDLEBARS.finditer(line):
        if not _TEMPLATE_WORDS.match(found[1] or ""):
            yield Placeholder(found[0], number, "bracket", "a name in double braces stands for a value")
    for found in _IN_URL.finditer(line):
        yield Placeholder(
            f"{{{found[1]}}}", number, "bracket", "a name in braces in an address stands for a value"
        )


def _bare(line: str, number: int) -> Iterator[Placeholder]:
    """Brackets and capitals that are no part of a quoted pattern or of a test."""
    if "[" not in line and line == line.lower():
        return
    plain = _QUOTED_PATTERN.sub(lambda found: " " * len(found[0]), line)
    if not _SETS.match(line):
        for found in _CAPITALS.finditer(plain):
            yield Placeholder(found[0], number, "word", "a word in capitals stands for a value")
    for found in _BRACKETED.finditer(plain):
        yield Placeholder(found[0], number, "bracket", "a name in brackets stands for a value")


_ARGUMENT = re.compile(r"[1-9]\d*")


def _variables(script: Script) -> Iterator[Placeholder]:
    for use in script.uses:
        if use.name in {"@", "*"} or _ARGUMENT.fullmatch(use.name):
            if not use.function and not use.defaulted:
                yield Placeholder(
                    f"${use.name}", use.line, "argument", "the script expects it as an argument"
                )
        elif not (
            use.defaulted
            or use.name in script.assigned
            or _WELL_KNOWN.fullmatch(use.name)
            or not use.name.isidentifier()
        ):
            yield Placeholder(
                f"${use.name}", use.line, "variable", "the block uses this variable and never sets it"
            )


_NAMES = words_of(
    "select as and or not null true false in is like between case when then else end distinct interval current_date current_time current_timestamp current_user"
    " session_user user localtime localtimestamp explain analyze verbose buffers timing format json text xml yaml order by limit offset asc desc union all"
    " integer int bigint numeric varchar boolean date time timestamp timestamptz cast costs settings wal summary"
)


def _columns(text: str, first_line: int) -> Iterator[Placeholder]:
    """A SELECT without FROM has no columns, so a bare name in it must be a value: pg_cancel_backend(pid)."""
    for statement in statements_of(text):
        words = [token.lower for token in statement.tokens]
        if not words or words[0] != "select" or {"from", "with", "into"}.intersection(words) or "<" in words:
            continue
        place, line = statement.tokens[0].at, first_line + statement.line
        for number, token in enumerate(statement.tokens):
            line, place = line + text.count("\n", place, token.at), token.at
            following = words[number + 1] if number + 1 < len(words) else ""
            before = words[number - 1] if number else ""
            if (
                token.kind == "word"
                and token.lower not in _NAMES
                and following not in {"(", "."}
                and before not in {"as", "::", "."}
            ):
                yield Placeholder(
                    token.text, line, "word", "without a FROM there is no such column: it stands for a value"
                )


def names_of(placeholders: Iterable[Placeholder]) -> str:
    """The names of these placeholders in a sentence."""
    return ", ".join(one.name for one in placeholders)
