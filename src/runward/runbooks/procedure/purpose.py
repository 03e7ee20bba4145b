"""Decide what a procedure is for from its title, the titles above it, and what its blocks do."""

import re
from collections.abc import Sequence

from runward.runbooks.model import Purpose, Risk
from runward.runbooks.procedure.titles import plain

# In order: the first pattern found in the title decides. Each says what it takes the word to mean.
_TITLES: tuple[tuple[Purpose, str], ...] = (
    (
        Purpose.CHECK,
        (
            r"(?:backup|restore|recovery|dr|disaster recovery)\s+(?:verification|drills?|test(?:s|ing)?|validation|check)|drill"
            r"|sicherungsprüfung|verificación de (?:backup|copias)"
        ),
    ),
    (
        Purpose.OTHER,
        r"post-?(?:incident|mortem)|incident (?:review|lifecycle|response process|report)|life-?cycle|assessment checklist",
    ),
    (Purpose.MAINTAIN, r"\bmaintenance\b.*\bchecklist|wartungs(?:plan|fenster|checkliste)"),
    (
        Purpose.OTHER,
        r"\b(?:create|declare|update|close|open|announce|communicate)\b.*\b(?:incident|channel|status page)|communication",
    ),
    (
        Purpose.MAINTAIN,
        r"capacity planning|(?:secrets?|keys?|credentials?|passwords?|certificates?|token|log)\w*\s+(?:rotation|renewal)|rotat(?:e|ing)\b",
    ),
    (
        Purpose.FIX,
        r"^(?:issue|problem|alert|error|störung|problema|incident)\s*[:#-]|\b(?:flush|unstick|unblock)\b",
    ),
    (
        Purpose.RESTORE,
        (
            r"\b(?:restor\w+|recover(?:y|ing)?|fail-?over|fail-?back|switch-?over|promot(?:e|ion|ing)|pitr|point-in-time|disaster)\b"
            r"|wiederherstell\w+|restaurar|restauración|recuperación|restauration"
        ),
    ),
    (
        Purpose.CHECK,
        r"health ?checks?|pre-?(?:launch|flight|deployment|release)|morning check|sanity|gesundheit|tägliche prüfung|chequeo",
    ),
    (
        Purpose.BACKUP,
        r"\b(?:back-?ups?|snapshots?|dump)\b|datensicherung|sicherung|copia de seguridad|respaldo|sauvegarde",
    ),
    (
        Purpose.DEPLOY,
        (
            r"\b(?:deploy\w*|releas(?:e|ing)|roll-?outs?|rolling update|roll-?back|ship\w*|(?:application|software|app|service|image) updates?"
            r"|(?:schema |data ?base |db |data )?migrations?|upgrad(?:e|es|ing)|hotfix)\b|bereitstell\w+|ausrollen|aktualisierung|desplieg\w+|despleg\w+|actualización|déploiement"
        ),
    ),
    (
        Purpose.SCALE,
        r"\b(?:scal(?:e|ing)(?:[ -](?:up|down|out|in))?|re-?siz\w+|autoscal\w+)\b|\badd(?:ing)?\b.*\b(?:replica|node|server|instance|worker|shard|capacity)s?\b|skalier\w+|escala(?:r|do)",
    ),
    (
        Purpose.CHECK,
        r"\b(?:verif\w+|validat\w+|audits?|check(?:list)?s?|status)\b|(?:security|compliance|performance|monitoring|access) review|\b(?:triage|detection)\b|prüfung|überprüf\w+|verific\w+|comprob\w+",
    ),
    (
        Purpose.SETUP,
        r"\b(?:set-?up|install\w*|bootstrap\w*|provision\w*|configur\w+|enabl(?:e|ing)|initial|getting started|first-time|onboard\w*)\b|einricht\w+|instala\w+|configura\w+",
    ),
    (
        Purpose.MAINTAIN,
        (
            r"\b(?:maintenance|rotation|renew(?:al|ing)?|clean-?up|cleaning|vacuum|re-?index\w*|prun\w+|archiv\w+|housekeeping|security updates|patch\w*|warm(?:ing)?"
            r"|weekly|monthly|quarterly|yearly|annual|purg\w+|rotat\w+|compaction|compact)\b|wartung|aufräum\w+|erneuer\w+|mantenimiento|limpieza|renovar"
        ),
    ),
    (
        Purpose.INVESTIGATE,
        r"\b(?:investigat\w+|diagnos\w+|analys(?:is|e|ing)|analyz\w+|inspect\w*|debug\w*|logs?|find(?:ing)?|(?:essential|useful|common|handy) commands|queries|look(?:ing)?|view(?:ing)?|metrics)\b|untersuch\w+|diagnós\w+",
    ),
    (
        Purpose.FIX,
        (
            r"\b(?:issues?|problems?|fail(?:s|ed|ing|ure|ures)?|errors?|down|outages?|unavailab\w+|exhaust\w+|high|low|slow\w*|lag\w*|latency|crash\w*|full|stuck|leaks?|timeouts?|expir\w+"
            r"|missing|broken|dropp\w+|drops?|not|unreachable|unhealthy|unresponsive|degrad\w+|saturat\w+|overload\w*|pressure|corrupt\w*|deadlocks?|backlog|dlq|fix(?:ing)?|repair\w*|restart\w*|kill\w*|mitigat\w+"
            r"|containment|troubleshoot\w*|oom\w*|\d{3}s?)\b|störung|ausfall|fehler|fallo|caíd[oa]|lent[oa]|neustart|reiniciar|panne|[a-z](?:high|low|down|failed|failing|failure|errors?|looping|slow|full|missing|lag|latency|expir\w+|notready|unreachable|exhausted|stuck)"
        ),
    ),
)
# Weaker words, asked only when nothing above is found; and the words of other languages.
_WEAKER: tuple[tuple[Purpose, str], ...] = (
    (
        Purpose.CHECK,
        r"验证|检查|确认|巡检|確認|検証|проверка|провер\w+|vérif\w+|contrôle|prüf\w+|überprüf\w+|verific\w+|comprob\w+|\bmonitor(?:ing)?\b|^tests?\b|\b(?:load|smoke|integration|unit|e2e|run)\s+tests?\b|\btesting\b|dashboards?",
    ),
    (
        Purpose.INVESTIGATE,
        r"诊断|排查|定位|分析|調査|診断|диагностик\w*|анализ|diagnos\w+|diagnós\w+|diagnostic|ver (?:el )?estado|\b(?:list|show|get|examine|access|identify|trace|profile|query|search|explore|determine)\b",
    ),
    (Purpose.RESTORE, r"恢复|还原|復旧|восстановлени\w*|wiederherstell\w+|restaur\w+"),
    (Purpose.BACKUP, r"备份|バックアップ|резервн\w+|sicherung|copia de seguridad|respaldo|sauvegarde"),
    (
        Purpose.DEPLOY,
        r"部署|发布|升级|回滚|デプロイ|切り戻し|развертывани\w*|обновлени\w*|откат|déploiement|despliegue|implanta\w+|implementaci\w+|\bpublish\w*|\brevert\w*|\bcut-?over\b",
    ),
    (Purpose.SCALE, r"扩容|缩容|масштабировани\w*|escalad\w+|redimension\w+"),
    (
        Purpose.FIX,
        r"解决|处理|缓解|修复|故障|対処|再起動|решени\w+|устранени\w+|lösung|behebung|maßnahme\w*|neustart|solución|solução|mitiga\w+|dépannage|résolution|\bremediat\w+|\bresolv\w+|\bresolution|\bsolutions?\b|immediate actions?|emergency|root cause|\bre-?index|unlock\w*|\bunhealthy",
    ),
    (
        Purpose.MAINTAIN,
        r"清理|维护|очистк\w*|обслуживани\w*|bereinig\w+|wartung|limpieza|limpeza|nettoyage|maintenance|\b(?:start|stop|shut ?down|drain|delet(?:e|ing)|remov(?:e|ing)|clear|reset|decommission\w*|expire|retention|routine|daily|manag(?:e|ing)|replac(?:e|ing|ement)|updat(?:e|ing)|rebalanc\w+|cordon|disabl(?:e|ing))\b",
    ),
    (
        Purpose.SETUP,
        r"安装|配置|установк\w*|настройк\w*|installation|einrichtung|configuraç\w+|\b(?:creat(?:e|ing)|add(?:ing)?|register\w*|import\w*|connect\w*|generat(?:e|ing)|quick ?start|prerequisites|bring-?up|build(?:ing)?|clone|environment)\b",
    ),
)
_Patterns = tuple[tuple[Purpose, re.Pattern[str]], ...]
_PATTERNS: _Patterns = tuple((purpose, re.compile(pattern)) for purpose, pattern in _TITLES)
_WEAKER_PATTERNS = tuple((purpose, re.compile(pattern)) for purpose, pattern in _WEAKER)
_LONGEST = 300  # patterns would take their time over more
_READS = re.compile(r"optimi[sz]|tuning|performance|review|audit", re.IGNORECASE)
_GOES_WRONG = re.compile(r"issue|fail(?:ure|ed)|lag|down", re.IGNORECASE)


def purpose_of(titles: Sequence[str], *, has_symptoms: bool, risk: Risk | None) -> tuple[Purpose, str]:
    """The purpose and the reason in words.

    `titles` go from the outermost to the procedure's own; `has_symptoms` says whether the document names
    symptoms or an alert for it; `risk` is the worst of what it executes, None if it
    executes nothing.
    """
    titles = [title[:_LONGEST] for title in titles]
    own = plain(titles[-1])
    if has_symptoms:
        found = _of_title(own)
        if found and found[0] in {Purpose.RESTORE, Purpose.DEPLOY} and not _GOES_WRONG.search(own):
            return found
        return Purpose.FIX, "symptoms, a trigger or an alert is named for it"
    mine = _of_title(own)
    if mine and mine[0] is Purpose.CHECK and len(titles) > 1:
        above = _of_title(plain(titles[-2]))
        mine = above if above and above[0] is Purpose.INVESTIGATE else mine
    return (
        mine
        or _of_tuning(own, risk)
        or _of_parents(titles[-2:-1], _PATTERNS)
        or _of_title(own, _WEAKER_PATTERNS)
        or _of_parents(titles[:-1], (*_PATTERNS, *_WEAKER_PATTERNS))
        or _of_risk(risk)
    )


def _of_title(title: str, patterns: _Patterns = _PATTERNS) -> tuple[Purpose, str] | None:
    small = title.lower()
    for purpose, pattern in patterns:
        found = pattern.search(small)
        if found:
            return purpose, f"“{title[found.start() : found.end()]}” in its title “{title}”"
    return None


def _of_tuning(title: str, risk: Risk | None) -> tuple[Purpose, str] | None:
    if not _READS.search(title):
        return None
    return (
        (Purpose.INVESTIGATE, "it only looks at performance")
        if risk is Risk.READ
        else (Purpose.FIX, "it changes what is slow")
    )


def _of_parents(titles: Sequence[str], patterns: _Patterns) -> tuple[Purpose, str] | None:
    for title in reversed(titles):
        found = _of_title(plain(title), patterns)
        if found:
            return found[0], f"{found[1]}, under which it stands"
    return None


def _of_risk(risk: Risk | None) -> tuple[Purpose, str]:
    if risk is Risk.READ:
        return Purpose.INVESTIGATE, "nothing says what it is for, and its blocks only read"
    return Purpose.OTHER, "nothing says what it is for"
