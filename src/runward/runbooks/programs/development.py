"""Programs of development and deployment: git, languages, package managers, migrations."""

import re
from dataclasses import replace

from runward.runbooks.programs.rules import (
    Effect,
    Judge,
    Verbs,
    always,
    changes,
    destroys,
    reads,
    unclear,
    worst,
)
from runward.runbooks.python.judge import python_effect
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of

_GIT = Verbs(
    read="""status, log, show, diff, describe, rev-parse, rev-list, ls-files, ls-remote, ls-tree, blame, shortlog, cat-file, reflog, remote show,
    remote get-url, config get, count-objects, fsck, grep, name-rev, for-each-ref, merge-base, cherry, stash list, stash show, worktree list,
    submodule status, version, whatchanged, show-ref, verify-commit, verify-tag, bisect log, help, show-branch, check-ignore, lfs ls-files""",
    change="""add, commit, push, pull, fetch, clone, checkout, switch, merge, rebase, revert, cherry-pick, tag, branch, stash, init, mv, apply, am,
    submodule, remote, config, restore, worktree, bisect, archive, bundle, notes, lfs""",
    destroy="clean, reset --hard, stash drop, stash clear, rm, gc, prune, filter-branch, branch -D, push --force, reflog expire, update-ref",
    valued="-C -c --git-dir --work-tree --namespace",
    changing="--output --ext-diff -o --textconv",
)


def _git(call: Call) -> Effect:
    words = [word.text for word in options_of(call.arguments, words_of("-C -c --git-dir --work-tree")).rest]
    if unclear(call):
        return changes(f"git: {unclear(call)}")
    verb = words[0] if words else ""
    flags = {word.text for word in call.arguments if word.text.startswith("-")}
    if flags & {"-c", "--exec-path", "--config-env", "--upload-pack", "-O", "--open-files-in-pager"}:
        return changes("git is given settings that can run programs")
    if (verb == "reset" and "--hard" in flags) or (
        verb in {"branch", "tag"} and flags & {"-D", "-d", "--delete"}
    ):
        return destroys(f"git {verb} throws work away")
    if verb == "push" and (
        flags & {"-f", "--force", "--delete", "-d", "--mirror", "--prune"}
        or any(word.startswith((":", "+")) for word in words[1:])
    ):
        return destroys("git push --force overwrites what others have")
    if verb in {"checkout", "restore"} and (words[-1:] == ["."] or "-f" in flags or "--force" in flags):
        return destroys(f"git {verb} throws changes away")
    lists = {
        "branch": {"-a", "-r", "-v", "-vv", "--list", "-l", "--show-current", "--contains"},
        "tag": {"-l", "--list", "-n"},
        "remote": {"-v", "--verbose"},
        "config": {"-l", "--list", "--get", "--get-all"},
    }
    if (
        verb in lists
        and flags <= lists[verb]
        and (flags or len(words) == 1)
        and (len(words) == 1 or flags & {"-l", "--list", "--get", "--contains", "--get-all"})
    ):
        return reads(f"git {verb} only lists")
    return _GIT(call)


_PIP = Verbs(
    read="list, show, freeze, check, search, index, config list, --version, inspect, debug, help",
    change="install, download, wheel, cache, config",
    destroy="uninstall",
)
_NODE_PACKAGES = Verbs(
    read="list, ls, outdated, audit, view, info, why, explain, config list, config get, ping, whoami, version, doctor, search, root, bin, prefix, docs, licenses, help",
    change="install, ci, update, run, start, test, build, publish, add, exec, dlx, link, init, cache, rebuild, upgrade, audit fix, config set, version patch, set, dedupe",
    destroy="uninstall, remove, unpublish, prune, rm",
    valued="--prefix -C --workspace -w --registry",
    changing="--fix",
)
_MODULES = {
    "json.tool": reads("it prints JSON"), "platform": reads("it tells the platform"), "site": reads("it tells where modules are"),
    "sysconfig": reads("it tells how Python was built"), "http.server": changes("it serves files"), "calendar": reads("it prints a calendar"),
    "timeit": changes("it runs code"), "pip": changes("it changes packages"), "venv": changes("it makes an environment"),
}  # fmt: skip


def _python(call: Call) -> Effect:
    options = options_of(call.arguments, words_of("-c -m -W -X"), stop=True)
    given, module = options.values("-c"), options.values("-m")
    if given and not call.more:
        if not given[0].fixed:
            return worst(python_effect(given[0].text), changes("a part of its program is not known"))
        return python_effect(given[0].text)
    if module and not call.more:
        return _module(module[0].text, call)
    if options.rest:
        return _script(call)
    if call.feed is not None:
        return (
            python_effect(call.feed.text)
            if call.feed.text is not None
            else changes(f"{call.name} runs what is fed to it")
        )
    shows = call.has("-V", "--version", "-VV", "-h", "--help")
    return (
        reads(f"{call.name} tells its version")
        if shows
        else changes(f"{call.name} waits for a program to be typed")
    )


def _module(name: str, call: Call) -> Effect:
    after = next(
        (number for number, word in enumerate(call.arguments) if word.text in {name, f"-m{name}"}),
        len(call.arguments),
    )
    rest = call.arguments[after + 1 :]
    inner = Call(name, rest, call.command, feed=call.feed, more=call.more)
    if name in {"pip", "pip3"}:
        return _PIP(inner)
    if name == "json.tool":
        plain = [word for word in rest if not word.text.startswith("-")]
        return changes("json.tool writes its second file") if len(plain) > 1 or call.more else _MODULES[name]
    if name in {"alembic", "django", "celery", "flask"}:
        return RULES.get(name, always(changes(name)))(inner)
    return _MODULES.get(name, changes(f"it runs the module {name}, which is not known"))


_MANAGE = Verbs(
    read="showmigrations, check, diffsettings, sqlmigrate, inspectdb, version, help, findstatic, sqlflush, sqlsequencereset, show_urls",
    change="migrate, makemigrations, collectstatic, createsuperuser, loaddata, runserver, shell, dbshell, createcachetable, test, dumpdata, changepassword, compilemessages, clearsessions",
    destroy="flush, reset_db, sqlclear, delete_stale_contenttypes, remove_stale_contenttypes, squashmigrations",
    valued="--settings --database --pythonpath",
    dry="--plan --check --dry-run",
)


def _script(call: Call) -> Effect:
    options = options_of(call.arguments, words_of("-W -X"), stop=True)
    script, rest = options.rest[0], options.rest[1:]
    if script.text.rpartition("/")[2] == "manage.py":
        return _MANAGE(Call("manage.py", rest, call.command, more=call.more))
    return named_effect(script.text, [word.text for word in rest])


_RESTORES = re.compile(
    r"(?:^|[^a-z])(?:restore|rollback|recover|wipe|purge|destroy|delete|drop|truncate|nuke|teardown|cleanup|clean|reset|prune|remove|failover|kill|uninstall|decommission)(?:$|[^a-z])"
)
# A rehearsal of a restore changes nothing that is used; a test that is destroyed is destroyed all the same.
_WHATEVER_FOLLOWS = re.compile(
    r"(?:^|[^a-z])(?:wipe|purge|destroy|delete|drop|nuke|teardown|reset|remove)[^a-z]"
)
_REHEARSES = re.compile(
    r"(?:^|[^a-z])(?:drill|test|verify|check|dry|rehears\w*|simulat\w*|validate|list|status|plan)(?:$|[^a-z])"
)


def named_effect(script: str, arguments: list[str]) -> Effect:
    """The effect of somebody's own script: never known to read, and told to be worse by its name."""
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", script.rpartition("/")[2].rpartition("\\")[2]).lower()
    said = " ".join([name, *(word.lower() for word in arguments if not word.startswith("-"))][:2])
    flags = " ".join(word.lower() for word in arguments if word.startswith("-"))
    ends, rehearses = _RESTORES.search(said), _REHEARSES.search(said)
    ends_first = _WHATEVER_FOLLOWS.match(said) and rehearses and rehearses.start() > 0
    if ends and (not rehearses or ends_first) and not _REHEARSES.search(flags):
        return destroys(f"by its name {script} overwrites or removes something")
    return changes(f"{script} is a script of its own, which may change something")


def _interpreter(call: Call) -> Effect:
    shows = call.arguments and all(
        word.text in {"-v", "-V", "--version", "-version", "version"} for word in call.arguments
    )
    return (
        reads(f"{call.name} tells its version")
        if shows
        else changes(f"{call.name} runs a program that is not known")
    )


def _make(call: Call) -> Effect:
    targets = [word.text for word in options_of(call.arguments, words_of("-C -f -j -I")).rest]
    if call.has("-n", "--dry-run", "--just-print", "-q") and not unclear(call):
        return reads(f"{call.name} only shows what it would do")
    return (
        worst(*(named_effect(target, []) for target in targets))
        if targets
        else changes(f"{call.name} builds something")
    )


_MIGRATIONS = "current, heads, history, show, branches, check, status, info, validate, version, list, pending, help, migrate status, db version, migrate:status"
_APPLY = "upgrade, migrate, stamp, revision, merge, edit, up, deploy, baseline, repair, update, init, run, latest, migrate deploy, generate, db push, db seed, migrate dev, migrate:up, migrate:latest, db:migrate, validate"
_UNDO = "downgrade, undo, down, rollback, clean, drop, reset, migrate reset, dropAll, db:drop, db:reset, migrate:rollback, migrate:down, db:rollback, drop-all, revert"
_MIGRATE = Verbs(
    read=_MIGRATIONS,
    change=_APPLY.removesuffix(", validate"),
    destroy=_UNDO,
    valued="-c --config -n --name -x -url -configFiles --schema -path -database -source -dir -env --sql -d --changelog-file --url",
    changing="--output-file",
)
_MIX = Verbs(
    read="ecto.migrations, phx.routes, hex.info, deps, routes, db:migrate:status, db:version, about, stats, notes, zeitwerk:check, time:zones, -T",
    change="ecto.migrate, deps.get, compile, phx.server, test, run, db:migrate, db:seed, console, runner, server, assets:precompile",
    destroy="ecto.rollback, ecto.drop, ecto.reset, db:drop, db:reset, db:rollback, db:purge, db:schema:load, tmp:clear, log:clear, db:truncate_all",
)
_ARTISAN = Verbs(
    read="migrate:status, queue:failed, route:list, about, schedule:list, list, env, queue:monitor, db:show, horizon:status, config:show",
    change="migrate, queue:restart, config:cache, cache:clear, queue:retry, down, up, optimize, horizon:terminate, queue:work, horizon:pause, horizon:continue, storage:link, optimize:clear, config:clear, view:clear, route:cache",
    destroy="migrate:fresh, migrate:reset, migrate:rollback, migrate:refresh, db:wipe, queue:flush, queue:clear, queue:forget",
)


def _php(call: Call) -> Effect:
    if call.arguments and call.arguments[0].text in {"artisan", "./artisan"}:
        return _ARTISAN(Call("artisan", call.arguments[1:], call.command, more=call.more))
    looks = call.arguments and call.arguments[0].text in {"-v", "-m", "-i", "--version", "-l", "--ini"}
    return (
        reads("php only looks")
        if looks and not call.more
        else changes("php runs a program that is not known")
    )


_METHODS = words_of(
    "-X --method -f -F --field --raw-field --input -H --header -q --jq -t --template -p --preview --hostname"
)
_GITHUB = Verbs(
    read="pr list, pr view, pr status, pr checks, pr diff, issue list, issue view, run list, run view, run watch, release list, release view, repo view, repo list, workflow list, workflow view, auth status, status, secret list, variable list, search",
    change="pr create, pr merge, issue create, run rerun, workflow run, workflow enable, release create, release upload, auth login, secret set, variable set, repo clone, pr checkout, pr comment, issue comment",
    destroy="run cancel, release delete, repo delete, workflow disable, secret delete, secret remove, variable delete, variable remove, codespace delete, gist delete, label delete, pr close, run delete, issue close, cache delete",
    valued="-R --repo -w --workflow -b -L --limit -q --jq",
)


def _github(call: Call) -> Effect:
    options = options_of(call.arguments, _METHODS)
    if not options.rest or options.rest[0].text != "api":
        return _GITHUB(call)
    method = next((word.text.upper() for word in options.values("-X", "--method")), "")
    if method == "DELETE":
        return destroys("gh api sends DELETE")
    sends = options.has("-f", "-F", "--field", "--raw-field", "--input") or method not in {"", "GET", "HEAD"}
    return changes("gh api sends data") if sends or unclear(call) else reads("gh api only gets")


RULES: dict[str, Judge] = {
    "git": _git,
    **dict.fromkeys(("pip", "pip3", "pipx"), _PIP),
    **dict.fromkeys(("npm", "pnpm", "bun"), _NODE_PACKAGES),
    "yarn": replace(_NODE_PACKAGES, bare=changes("yarn without a verb installs")),
    **dict.fromkeys(("python", "python3", "python2", "py", "pypy3"), _python),
    **dict.fromkeys(("perl", "ruby", "node", "lua", "java", "deno", "tclsh", "expect", "Rscript", "dotnet", "go", "scala", "groovy", "npx", "uvx", "pwsh", "powershell", "osascript", "irb", "erl", "iex", "elixir", "julia", "swift"), _interpreter),
    **dict.fromkeys(("make", "just", "task", "rake", "ant", "mage", "invoke", "fab"), _make),
    **dict.fromkeys(("alembic", "flyway", "liquibase", "prisma", "sequelize", "knex", "dbmate", "goose", "migrate", "atlas", "typeorm", "sqitch", "yoyo", "sqlx", "diesel", "phinx", "db-migrate", "node-pg-migrate", "django"), _MIGRATE),
    **dict.fromkeys(("mix", "rails", "bin/rails"), _MIX),
    "artisan": _ARTISAN,
    "php": _php,
    "manage.py": _MANAGE,
    "./manage.py": _MANAGE,
    "django-admin": _MANAGE,
    "flask": Verbs(read="routes, db current, db history, db heads, --version, db show", change="run, db upgrade, db migrate, db stamp, shell, db init", destroy="db downgrade"),
    "bundle": Verbs(read="list, show, outdated, check, info, config, audit", change="install, update, exec, add", destroy="clean", bare=changes("bundle without a verb installs")),
    "composer": Verbs(read="show, outdated, validate, diagnose, licenses, audit, --version", change="install, update, require, dump-autoload, run-script", destroy="remove, clear-cache"),
    "poetry": Verbs(read="show, check, env info, env list, config --list, version --short", change="install, add, update, build, publish, run, lock", destroy="remove"),
    "uv": Verbs(read="pip list, pip show, tree, version, python list, pip freeze, pip check", change="sync, add, run, pip install, lock, venv, build, publish, tool install", destroy="remove, pip uninstall, cache clean"),
    "cargo": Verbs(read="tree, metadata, search, version, audit", change="build, run, test, install, update, publish, check", destroy="clean, uninstall"),
    "gh": _github,
    "glab": Verbs(read="mr list, mr view, ci status, ci view, ci list, issue list, issue view, pipeline list, release list", change="mr create, mr merge, ci run, ci retry, pipeline run", destroy="ci delete, release delete, mr close", valued="-R --repo"),
    **dict.fromkeys(("gunicorn", "uvicorn", "hypercorn", "daphne", "waitress-serve", "puma", "unicorn", "pm2-runtime", "supervisord", "dockerd", "vite", "next", "serve", "nodemon", "streamlit", "jupyter", "flower", "sidekiq", "mongod", "mysqld", "postgres", "prometheus", "grafana-server", "alertmanager", "minio", "memcached", "etcd", "traefik", "envoy"), always(changes("it starts a server"))),
    **dict.fromkeys(("gcc", "g++", "cc", "clang", "mvn", "gradle", "./gradlew", "./mvnw", "tsc", "webpack", "pytest", "tox", "nox", "jest", "cypress", "playwright", "vitest", "mocha", "nuget", "msbuild", "code", "vim", "vi", "nano", "emacs", "ed", "ex", "pico", "nvim", "micro", "parallel", "rustup", "gem", "conda", "mamba", "nvm", "pyenv", "virtualenv"), always(changes("it builds, edits or runs something"))),
    "pg_format": always(reads("it formats SQL")),
    "py-spy": Verbs(read="dump, top", change="record"),
    **dict.fromkeys(("jps", "jstack", "jstat"), always(reads("it looks at a Java process"))),
    "jmap": always(changes("jmap stops the process while it dumps")),
    "rustc": _interpreter,
}  # fmt: skip
