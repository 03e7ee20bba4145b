"""Programs for HTTP, certificates, mail and web servers."""

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
from runward.runbooks.shell.model import Call, Word
from runward.runbooks.shell.options import Options, options_of, words_of

_CURL = words_of(
    "-X -d -o -u -H -A -b -c -e -F -T -m -x -w -C -D -E -K -Q -P -r -t -U -y -Y -z --request --data --data-raw --data-binary --data-urlencode"
    " --data-ascii --json --output --user --header --user-agent --cookie --cookie-jar --referer --form --form-string --upload-file --max-time"
    " --proxy --write-out --connect-timeout --retry --retry-delay --retry-max-time --cacert --cert --key --config --resolve --connect-to"
    " --output-dir --range --url --interface --dump-header --limit-rate --max-redirs --unix-socket --quote --trace --trace-ascii --stderr"
    " --cert-type --key-type --capath --ciphers --oauth2-bearer --aws-sigv4 --hsts --alt-svc --libcurl --netrc-file --noproxy --url-query"
    " --proto --tls-max --create-file-mode --etag-save --etag-compare --proxy-user --preproxy --doh-url --socks5 --abstract-unix-socket"
)
_SENDS = (
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-urlencode",
    "--data-ascii",
    "--json",
    "-F",
    "--form",
    "--form-string",
    "-T",
    "--upload-file",
)
_WRITES = (
    "-o",
    "--output",
    "-D",
    "--dump-header",
    "-c",
    "--cookie-jar",
    "--trace",
    "--trace-ascii",
    "--stderr",
    "--libcurl",
    "--hsts",
    "--alt-svc",
    "--etag-save",
    "--output-dir",
)
_QUERY_HOSTS = re.compile(
    r"/(?:api/v1/(?:query|query_range|series|labels)|_search|_count|_msearch|_sql|loki/api/v1/query\w*|select/logsql/query)\b"
)


def _curl(call: Call) -> Effect:
    if unclear(call):
        return changes(f"curl: {unclear(call)}")
    options = options_of(call.arguments, _CURL)
    method = options.values("-X", "--request")
    asked = method[-1] if method else None
    if asked is not None and asked.text.upper() == "DELETE":
        return destroys("curl sends DELETE")
    if options.has("-K", "--config", "-Q", "--quote", "-:", "--next"):
        return changes("curl takes further orders that are not judged")
    if _flushing(options):
        return destroys("curl asks for something to be removed")
    if asked is not None and (
        not asked.fixed or asked.text.upper() not in {"GET", "HEAD", "OPTIONS", "POST", "PROPFIND", "TRACE"}
    ):
        return changes(f"curl sends {asked.text}")
    sending = options.has(*_SENDS) and not options.has("-G", "--get", "-I", "--head")
    if sending or (asked is not None and asked.text.upper() == "POST"):
        return reads("curl asks a question in its body") if _asks(options) else changes("curl sends data")
    return _written(options)


def _written(options: Options) -> Effect:
    if options.has("-O", "--remote-name", "--remote-name-all", "-J", "--remote-header-name"):
        return changes("curl writes a file")
    target = next(
        (
            word.text
            for word in options.values(*_WRITES)
            if word.text not in {"-", "/dev/null", "/dev/stdout", "/dev/stderr"}
        ),
        "",
    )
    if target:
        return changes(f"curl writes {target}")
    strange = next(
        (
            word.text
            for word in options.rest
            if word.text.partition("://")[0] in {"dict", "gopher", "smtp", "ftp", "telnet"}
        ),
        "",
    )
    return changes(f"curl speaks {strange.partition(':')[0]}") if strange else reads("curl only gets")


def _urls(options: Options) -> tuple[Word, ...]:
    return (*options.rest, *options.values("--url"))


def _asks(options: Options) -> bool:
    """Whether a body only carries a question: search and query addresses of well-known servers."""
    return bool(_urls(options)) and all(_QUERY_HOSTS.search(word.text) for word in _urls(options))


_REMOVING = re.compile(
    r"_delete_by_query|/(?:purge|flush|shutdown|kill|truncate|wipe|drop)\b|/-/quit", re.IGNORECASE
)


def _flushing(options: Options) -> bool:
    acts = options.has("-X", "--request", *_SENDS)
    return acts and any(_REMOVING.search(word.text) for word in _urls(options))


def _wget(call: Call) -> Effect:
    options = options_of(
        call.arguments,
        words_of(
            "-O -o -q -T -t -U -P -a -i -e --output-document --post-data --post-file --header --method --timeout --tries --user --password --body-data"
        )
        - {"-q"},
    )
    if unclear(call):
        return changes(f"wget: {unclear(call)}")
    if options.has(
        "--post-data",
        "--post-file",
        "--method",
        "--body-data",
        "--body-file",
        "--use-askpass",
        "-e",
        "--execute",
    ):
        return changes("wget sends data")
    targets = [word.text for word in options.values("-O", "--output-document")]
    logs = [word.text for word in options.values("-o", "-a") if word.text not in {"/dev/null", "-"}]
    harmless = options.has("--spider") or (targets and targets[-1] in {"-", "/dev/null"})
    return reads("wget only gets") if harmless and not logs else changes("wget writes a file")


def _httpie(call: Call) -> Effect:
    words = [word.text for word in call.arguments if not word.text.startswith("-")]
    if unclear(call) or call.has("-o", "--output", "-d", "--download", "--offline"):
        return changes(f"{call.name} may write")
    if words[:1] == ["DELETE"]:
        return destroys(f"{call.name} sends DELETE")
    sends = words[:1] and words[0].isupper() and words[0] not in {"GET", "HEAD", "OPTIONS"}
    body = any(re.match(r"[\w.-]+(?::=|=(?!=)|@)", word) for word in words[1:]) or (call.feed is not None)
    return changes(f"{call.name} sends data") if sends or body else reads(f"{call.name} only gets")


_OPENSSL_VALUED = words_of(
    "-in -out -connect -servername -CAfile -CApath -cert -key -port -host -days -subj -newkey -keyout -config -extfile -passin -passout"
    " -starttls -checkend -inform -outform -cipher -proxy -verify -rand -writerand -CA -CAkey -inkey -name -signature"
)
_OPENSSL_READS = words_of(
    "x509 s_client verify version ciphers rand dgst req rsa ec pkey crl ocsp asn1parse speed list prime passwd help s_time pkcs12 enc base64 md5 sha256 sha1 storeutl errstr info"
)


def _openssl(call: Call) -> Effect:
    if unclear(call):
        return changes(f"openssl: {unclear(call)}")
    options = options_of(call.arguments, _OPENSSL_VALUED, single=True)
    verb = options.rest[0].text if options.rest else ""
    if verb not in _OPENSSL_READS:
        return changes(f"openssl {verb} may write files") if verb else reads("openssl prints its help")
    writing = next((flag for flag, _ in options.flags if flag in _OPENSSL_WRITES), "")
    if writing and not all(
        word.text in {"-", "/dev/null", "/dev/stdout"} for word in options.values("-out", "-keyout")
    ):
        return changes(f"openssl {verb} {writing} writes a file")
    if writing and writing not in {"-out", "-keyout"}:
        return changes(f"openssl {verb} {writing} writes a file")
    return reads(f"openssl {verb} only looks")


_OPENSSL_WRITES = words_of(
    "-out -keyout -writerand -newkey -CAcreateserial -CAserial -sess_out -keylogfile -keymatexport -engine -provider-path -respout -reqout -msgfile -early_data -ctlogfile"
)


def _nginx(call: Call) -> Effect:
    if call.has("-t", "-T", "-v", "-V", "-tq", "-qt") and not call.has("-s"):
        return reads("nginx tests its configuration")
    return changes("nginx is started, reloaded or stopped")


def _apache(call: Call) -> Effect:
    words = {word.text for word in call.arguments}
    looking = words <= words_of(
        "-t -S -M -v -V -l configtest status fullstatus -D DUMP_VHOSTS DUMP_MODULES DUMP_RUN_CFG"
    )
    return (
        reads(f"{call.name} tests its configuration")
        if words and looking
        else changes(f"{call.name} changes the web server")
    )


def _haproxy(call: Call) -> Effect:
    return (
        reads("haproxy checks its configuration")
        if call.has("-c", "-v", "-vv")
        else changes("haproxy is started")
    )


RULES: dict[str, Judge] = {
    "curl": _curl,
    "wget": _wget,
    **dict.fromkeys(("http", "https", "xh", "xhs"), _httpie),
    "openssl": _openssl,
    "nginx": _nginx,
    **dict.fromkeys(("apachectl", "apache2ctl", "httpd", "apache2"), _apache),
    "haproxy": _haproxy,
    "caddy": Verbs(read="validate, version, adapt, list-modules, environ", change="reload, start, run, stop, fmt"),
    "certbot": Verbs(read="certificates, plugins, show_account", change="renew, certonly, run, install, register, reconfigure", destroy="delete, revoke, unregister", valued="-d -m --cert-name --email -w --webroot-path", dry=""),
    "acme.sh": Flags(changing="--issue --renew --renew-all --install --install-cert --upgrade --cron -r", destroying="--remove --revoke --uninstall", why="it lists certificates"),
    "keytool": Flags(changing="-import -importcert -genkeypair -genkey -importkeystore -storepasswd", destroying="-delete", single=True, why="it lists a key store"),
    "certutil": Flags(changing="-A -N -S -M -addstore", destroying="-D -F -delstore", why="it lists certificates"),
    **dict.fromkeys(("ab", "wrk", "hey", "siege", "k6", "vegeta", "locust", "artillery", "bombardier"), always(changes("it puts a service under load"))),
    **dict.fromkeys(("grpcurl", "websocat", "wscat"), always(changes("it calls a service"))),
    **dict.fromkeys(("testssl.sh", "sslscan", "ssllabs-scan", "httpstat", "promtool", "sslyze", "nslookup", "dnstracer", "speedtest", "iperf3", "varnishstat", "varnishlog", "goaccess"), always(reads("it only looks"))),
    "promtool": Verbs(read="check, query, test, debug"),
    "amtool": Verbs(read="alert query, alert, silence query, config show, config routes, check-config, cluster show", change="silence add, silence update, silence import, alert add, template", destroy="silence expire", valued="--alertmanager.url --config.file"),
    "logcli": Verbs(read="query, labels, series, instant-query, stats, volume", valued="--addr --since --limit --from --to"),
    "varnishadm": Verbs(read="backend.list, status, vcl.list, ping, param.show, ban.list, banner, vcl.show, panic.show", change="vcl.load, vcl.use, start, param.set, backend.set_health", destroy="ban, stop, vcl.discard, panic.clear"),
    "grafana-cli": Verbs(read="plugins ls, plugins list-remote", change="plugins install, plugins update, admin reset-admin-password", destroy="plugins remove"),
    "trivy": Flags(changing="-o --output --cache-dir --download-db-only --reset --clear-cache", valued="-o --output -f --format -s --severity --exit-code --cache-dir", why="it only scans"),
    **dict.fromkeys(("gitleaks", "trufflehog", "bandit", "pip-audit", "safety", "grype", "syft", "semgrep", "lynis", "kube-bench", "kube-hunter", "checkov", "tfsec", "shellcheck", "yamllint", "snyk"), Flags(changing="-o --output -r --report-path --fix --output-file --report-file --autofix", valued="-o --output -r -f --report-path --format", why="it only scans")),
    "sentry-cli": Verbs(read="info, releases list, projects list, issues list", change="releases new, releases finalize, send-event, sourcemaps upload, deploys new", destroy="releases delete"),
}  # fmt: skip
