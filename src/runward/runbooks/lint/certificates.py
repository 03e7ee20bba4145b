"""Rules about renewing certificates."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import is_advised_against, line_of, list_named, marked
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity

_CRON = re.compile(
    r"^\s*(?P<when>@\w+|(?:[\d*/,-]+\s+){4}[\d*/,\w-]+)\s+(?:\w+\s+)?(?P<does>.*\bcertbot\b.*\brenew\b.*)$"
)
_RELOADS = re.compile(
    r"(?:&&|;)\s*(?:sudo\s+)?(?:/\S*/)?(?:systemctl|service|nginx|docker|apachectl|apache2ctl)\b.*"
)


def _forced(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "certbot", "certbot-auto"):
        flag = next(
            (
                one
                for one in ("--force-renewal", "--force-renew", "--renew-by-default")
                if placed.call.has(one)
            ),
            "",
        )
        if flag and not placed.call.has("--dry-run", "--staging", "--test-cert"):
            one = placed.call.has("--cert-name", "-d") or placed.call.has("certonly")
            which = "the certificate" if one else "every certificate of this machine"
            said = f"{flag} renews {which} whether it is due or not, and each try counts against the issuer's weekly limits."
            yield marked(case.runbook, line_of(placed), flag, said)


def _reloads_always(case: Case) -> Iterator[Found]:
    if "certbot" not in case.runbook.document.text:
        return
    for number, line in enumerate(case.runbook.document.lines, 1):
        found = _CRON.match(line) if "certbot" in line else None
        if found is None or is_advised_against(case.runbook, number):
            continue
        hooked = re.search(r"--(?:deploy|renew|post)-hook", line)
        reloads = _RELOADS.search(found["does"])
        said = []
        if reloads and not hooked:
            said.append("It reloads the server every time, renewed or not, untested")
        if _seldom(found["when"]):
            said.append(
                "it tries once a week or less, which leaves few tries before a short-lived certificate ends"
            )
        if said:
            yield marked(case.runbook, number, line.strip(), f"{'; '.join(said)}.")


def _seldom(when: str) -> bool:
    fields = when.split()
    if len(fields) < 5:
        return when in {"@weekly", "@monthly", "@yearly"}
    days = fields[4] != "*" and not re.search(r"[,/-]", fields[4])
    return days or (fields[2] != "*" and not re.search(r"[,/-]", fields[2]))


RULES = (
    Rule(
        id="renewal-forced",
        severity=Severity.WARNING,
        title="Certificates are renewed by force.",
        why="Renewing what is not due uses up the issuer's limits (Let's Encrypt: five of the same names a week), and then the one that is due cannot be renewed.",
        right="`certbot renew` renews what is due; `certbot renew --dry-run` shows why it does not; reload through --deploy-hook after `nginx -t`.",
        bad=example("Certificate ends", "bash", "certbot renew --force-renewal", "systemctl reload nginx"),
        good=example(
            "Certificate ends",
            "bash",
            "certbot renew --dry-run",
            "certbot renew --deploy-hook 'nginx -t && systemctl reload nginx'",
        ),
        look=_forced,
        instead="certificate-expiry",
    ),
    Rule(
        id="renewal-reloads-always",
        severity=Severity.NOTE,
        title="A crontab renews certificates too seldom, or reloads the server whether or not one was renewed.",
        why="`certbot renew && reload` succeeds every time there was nothing to do; and lifetimes shrink (47 days for public certificates by 2029), so a weekly try is soon too few.",
        right="The packaged certbot.timer tries twice a day; put the reload into --deploy-hook (Certbot 0.17 and later), which runs only after a renewal.",
        bad=example("Renewal", "text", "0 4 * * 1 certbot renew --quiet && systemctl reload nginx"),
        good=example(
            "Renewal",
            "text",
            "17 4,16 * * * certbot renew --quiet --deploy-hook 'nginx -t && systemctl reload nginx'",
        ),
        look=_reloads_always,
    ),
)
