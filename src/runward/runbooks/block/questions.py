"""Find what a script would ask its terminal: answers, passwords, confirmations, editors and pagers."""

import re
from collections.abc import Callable, Iterable

from runward.runbooks.model import Question
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of

_READ = words_of("-p -t -n -N -d -u -i -a")


def list_questions(calls: Iterable[Call]) -> tuple[Question, ...]:
    """What these calls would ask, in order; the same question of the same line once."""
    made: dict[tuple[int, str, str], Question] = {}
    for call in calls:
        question = _question(call)
        if question:
            made.setdefault((question.line, question.prompt, question.variable), question)
    return tuple(made.values())


def _question(call: Call) -> Question | None:
    rule = _RULES.get(call.name)
    said = rule(call) if rule else None
    if said is None:
        return None
    if isinstance(said, Question):
        return said
    return Question(
        call.command.line, said, secret=bool(re.search(r"password|passphrase|token|secret", said))
    )


def _read(call: Call) -> Question | None:
    """`read` asks unless its input comes from somewhere, as in a `while read` loop over a file or pipe."""
    options = options_of(call.arguments, _READ)
    if call.feed is not None or options.has("-u") or any(word.text == "0" for word in options.values("-t")):
        return None
    prompt = options.values("-p")
    names = [word.text for word in options.rest] or ["REPLY"]
    secret = options.has("-s")
    return Question(call.command.line, prompt[0].text.strip() if prompt else "", names[0], secret)


def _sudo(call: Call) -> str | None:
    quiet = options_of(
        call.arguments, words_of("-u -g -h -p -C -r -t -T -U -D -R --user --group"), stop=True
    ).has("-n", "-S", "-A", "--non-interactive", "--stdin")
    return None if quiet else "sudo may ask for a password"


def _ssh(call: Call) -> str | None:
    quiet = any("batchmode=yes" in word.text.lower() for word in call.arguments)
    return None if quiet else f"{call.name} may ask for a password, a passphrase or to trust the host"


def _unless(
    prompt: str, *flags: str, verbs: tuple[str, ...] = (), letters: str = ""
) -> Callable[[Call], str | None]:
    """A question that is asked unless a flag answers it, for some verbs only."""

    def rule(call: Call) -> str | None:
        words = {word.text for word in call.arguments}
        if verbs and not words & set(verbs):
            return None
        answered = any(word.text.startswith(flags) for word in call.arguments if flags)
        answered = answered or any(
            re.match(rf"-[a-zA-Z]*{letter}", word.text) for word in call.arguments for letter in letters
        )
        return (
            None
            if answered or (call.feed is not None and call.feed.name in {"yes", "echo", "printf"})
            else prompt
        )

    return rule


def _if(prompt: str, *flags: str) -> Callable[[Call], str | None]:
    """A question that is asked only with one of these flags."""
    return lambda call: prompt if call.has(*flags) else None


def _always(prompt: str) -> Callable[[Call], str | None]:
    return lambda call: prompt if call.feed is None else None


def _apt(call: Call) -> str | None:
    if any(name == "DEBIAN_FRONTEND" for name, _ in call.command.assignments) and call.has("-y"):
        return None
    return _APT(call)


def _git(call: Call) -> str | None:
    words = [word.text for word in call.arguments]
    if words[:1] == ["commit"] and not any(
        re.match(r"-[a-z]*[mFC]|--(?:message|file|no-edit|reuse|fixup)", word) for word in words
    ):
        return "git commit opens an editor"
    if words[:1] in (["rebase"], ["add"]) and {"-i", "--interactive", "-p", "--patch"} & set(words):
        return f"git {words[0]} asks what to take"
    return (
        "git opens an editor"
        if words[:1] in (["revert"], ["merge"])
        and "--no-edit" not in words
        and "--abort" not in words
        and "--no-commit" not in words
        else None
    )


def _redis(call: Call) -> str | None:
    managing = call.has("create", "reshard", "fix", "import") and call.has("--cluster")
    return (
        "redis-cli --cluster asks to accept its plan"
        if managing and not call.has("--cluster-yes")
        else _if("redis-cli asks for the password", "--askpass")(call)
    )


def _openssl(call: Call) -> str | None:
    asks = call.arguments[:1] and call.arguments[0].text in {"req", "passwd", "pkcs12"}
    return (
        "openssl asks for names or a password"
        if asks and not call.has("-subj", "-config", "-passout", "-passin", "-stdin", "-noout", "-nodes")
        else None
    )


_APT = _unless(
    "it asks whether to continue",
    "-y",
    "--yes",
    "--assume-yes",
    "-qq",
    "-s",
    "--dry-run",
    verbs=("install", "upgrade", "dist-upgrade", "full-upgrade", "remove", "purge", "autoremove"),
    letters="y",
)
_EDITOR = _always("it opens an editor")
_RULES: dict[str, Callable[[Call], Question | str | None]] = {
    "read": _read,
    "select": _always("it asks to choose"),
    "sudo": _sudo,
    **dict.fromkeys(("ssh", "scp", "sftp"), _ssh),
    **dict.fromkeys(("less", "more", "most", "man"), lambda call: None if call.command.piped else "it shows a page and waits for a key"),
    **dict.fromkeys(("vi", "vim", "nvim", "nano", "emacs", "pico", "micro", "ed", "visudo", "vipw", "vigr", "sudoedit"), _EDITOR),
    **dict.fromkeys(("kubectl", "oc"), lambda call: "it opens an editor" if call.has("edit") else None),
    "crontab": _if("it opens an editor", "-e"),
    "systemctl": _if("it opens an editor", "edit"),
    "ansible-vault": _if("it asks for a password", "edit", "create", "encrypt", "decrypt", "view", "rekey"),
    **dict.fromkeys(("psql", "pg_dump", "pg_restore", "pg_basebackup", "createuser", "createdb", "dropdb", "pg_dumpall", "vacuumdb"), _if("it asks for the password", "-W", "--password")),
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mariadb", "mysqlcheck", "mysqlimport", "mongosh", "mongo", "mongodump", "mongorestore"), _if("it asks for the password", "-p", "--password")),
    "mysql_secure_installation": _always("it asks for passwords and choices"),
    **dict.fromkeys(("apt", "apt-get", "aptitude"), _apt),
    **dict.fromkeys(("yum", "dnf", "zypper"), _unless("it asks whether to continue", "-y", "--assumeyes", "-n", verbs=("install", "update", "upgrade", "remove", "erase", "autoremove", "downgrade"), letters="y")),
    "pacman": _unless("it asks whether to continue", "--noconfirm", "-Q", "-Ss"),
    **dict.fromkeys(("passwd", "htpasswd"), _unless("it asks for a password", "-b", "-bc", "-i", "--stdin", "-l", "-u", "-S", "-d", "-e")),
    "su": _always("su may ask for a password"),
    "adduser": _unless("it asks for a password and names", "--disabled-password", "--gecos", "--system", "-D"),
    "ssh-keygen": _unless("it asks where to write and for a passphrase", "-N", "-l", "-R", "-F", "-y"),
    "ssh-copy-id": _always("it asks for a password"),
    "gpg": _unless("it may ask for a passphrase", "--batch", "--list", "-k", "-K", "--version", "--import", "--export", "--verify"),
    "git": _git,
    **dict.fromkeys(("docker", "podman"), lambda call: _unless("it asks whether to continue", "-f", "--force", verbs=("prune",))(call) or _unless("it asks for the password", "-p", "--password", verbs=("login",))(call)),
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), _unless("it asks to type yes", "-auto-approve", "--auto-approve", "-help", verbs=("apply", "destroy"))),
    "pulumi": _unless("it asks whether to go on", "--yes", "-y", verbs=("up", "update", "destroy", "refresh")),
    "aws": lambda call: "it asks for keys" if [word.text for word in call.arguments] == ["configure"] else None,
    **dict.fromkeys(("az", "gcloud", "npm", "gh", "vault", "heroku"), lambda call: "it asks to log in" if call.has("login", "init", "adduser") and not call.has("--service-principal", "--with-token", "-y", "--cred-file", "--identity", "-method", "token") else None),
    **dict.fromkeys(("rm", "cp", "mv"), lambda call: "it asks about each file" if call.has("-i", "-I", "-ri", "-ir", "--interactive") else None),
    "unzip": _unless("it asks before it overwrites", "-o", "-n", "-l", "-t", "-p", "-Z", "-q", letters="on"),
    "pip": _unless("it asks whether to continue", "-y", "--yes", verbs=("uninstall",)),
    "pip3": _unless("it asks whether to continue", "-y", "--yes", verbs=("uninstall",)),
    "redis-cli": _redis,
    "patronictl": _unless("it asks to confirm", "--force", verbs=("failover", "switchover", "restart", "reinit", "reload", "remove", "edit-config")),
    **dict.fromkeys(("fdisk", "parted", "gdisk", "cfdisk"), _unless("it asks what to do", "-l", "--list", "-s", "--script", "print")),
    "openssl": _openssl,
    "certbot": _unless("it may ask for an address and consent", "-n", "--non-interactive", "renew", "certificates", "--agree-tos", "delete"),
    **dict.fromkeys(("manage.py", "django-admin"), _unless("it asks to confirm", "--noinput", "--no-input", verbs=("flush", "createsuperuser", "reset_db", "collectstatic"))),
    "python": lambda call: "it asks to confirm" if call.has("flush", "createsuperuser") and call.has("manage.py") and not call.has("--noinput", "--no-input") else None,
    "dropdb": _if("it asks to confirm", "-i", "--interactive", "-W"),
    "flyctl": _unless("it asks to confirm", "-y", "--yes", verbs=("destroy", "delete")),
    "dpkg-reconfigure": _unless("it asks for settings", "-f", "--frontend"),
    "kinit": _unless("it asks for the password", "-k", "-t"),
}  # fmt: skip
