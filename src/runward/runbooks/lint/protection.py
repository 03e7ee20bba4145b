"""Rules about switching off what protects the service."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import (
    headings_of,
    is_advised_against,
    line_of,
    list_named,
    marked,
    text_after,
    text_around,
)
from runward.runbooks.finding.model import Case, Found, Rule, Severity

_OFF = re.compile(
    r"\b(?:temporarily\s+)?(?:disabl(?:e|ing)|turn(?:ing)? off|switch(?:ing)? off|bypass(?:ing)?|remov(?:e|ing))\s+(?:the\s+|all\s+)?"
    r"(?P<what>(?:\w+[ -]){0,2}?(?:rate[ -]?limit(?:ing|er|s)?|authentication|auth checks?|firewall(?: rules)?|WAF(?: rules)?|MFA|2FA|(?:TLS|SSL|certificate) verification"
    r"|SELinux|AppArmor|CSRF protection|IP allow-?list(?:ing)?|throttling))\b",
    re.IGNORECASE,
)
_ON_AGAIN = re.compile(
    r"re-?enabl|\bundo\b|set \S+ back|turn\w* (?:it )?(?:back )?on\b|switch\w* (?:it )?(?:back )?on\b|restor\w+ (?:the )?(?:limit|rule|auth|firewall|setting)|put back|setenforce 1|ufw (?:--force )?enable"
    r"|start firewalld|for (?:at most )?(?:\d+|a few) minutes|until\b|revert|only for|expires?",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"decommission|end[ -]of[ -]life|dispos(?:al|e)|tear ?down|retir(?:e|ing|ement)", re.IGNORECASE
)
_DOING = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")


def _switched_off(case: Case) -> Iterator[Found]:
    for number, text in enumerate(case.runbook.document.lines, 1):
        found = _OFF.search(text) if _DOING.match(text) else None
        if (
            found is None
            or is_advised_against(case.runbook, number)
            or not _is_order(text, found)
            or _MEANT.search(found["what"])
            or _FOR_GOOD.search(f"{headings_of(case.runbook, number)}\n{text_around(case.runbook, number)}")
        ):
            continue
        if not _ON_AGAIN.search(text_around(case.runbook, number)):
            said = f"{found['what'][:1].upper()}{found['what'][1:]} is switched off, and nothing says for how long, for whom, or when it is back on: an attack is often what it looks like."
            yield marked(case.runbook, number, found[0], said)
    yield from _stopped(case)


_MEANT = re.compile(
    r"legacy|basic|anonymous|local|old|unused|weak|password|ntlm|interactive|root|ssh|guest|public|default",
    re.IGNORECASE,
)


def _is_order(text: str, found: re.Match[str]) -> bool:
    """Whether the item begins by asking for it, and does not tell who could, or why not to."""
    before = text[: found.start()].strip(" -*+0123456789.)[]x")
    return len(before) <= 20 and not re.search(
        r"\b(?:can|could|may|might|if|who|not|never|someone|attacker)\b", before, re.IGNORECASE
    )


def _stopped(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "setenforce", "ufw", "systemctl"):
        call = placed.call
        words = [word.text for word in call.arguments]
        off = (
            (call.name == "setenforce" and words[:1] in (["0"], ["Permissive"]))
            or (call.name == "ufw" and "disable" in words)
            or (
                call.name == "systemctl"
                and words[:1] in (["stop"], ["disable"])
                and {"firewalld", "firewalld.service", "fail2ban"} & set(words)
            )
        )
        if (
            off
            and placed.block.form != "inline"
            and not _ON_AGAIN.search(text_after(case.runbook, line_of(placed)))
        ):
            said = f"“{call.name} {' '.join(words)}” takes the protection away, and nothing after it puts it back."
            yield marked(case.runbook, line_of(placed), call.name, said)


RULES = (
    Rule(
        id="protection-switched-off",
        severity=Severity.WARNING,
        title="A protection is switched off without a limit in time and without being put back.",
        why="In an incident nobody remembers to switch it on again, and trouble with logins or load is often an attack that the protection was holding off.",
        right="Exempt one user or one address, for a time that ends by itself, and write down who did it; put the step that undoes it right below.",
        bad="# Logins fail\n\n1. Look at the log of the auth service\n2. Temporarily disable rate limiting\n3. Ask the users to try again\n",
        good="# Logins fail\n\n1. Look at the log of the auth service\n2. Exempt the one affected office from rate limiting for 15 minutes\n3. Ask the users to try again\n",
        look=_switched_off,
    ),
)
