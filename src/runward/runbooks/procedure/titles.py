"""Say what part of a runbook a heading or a bold label announces, in the languages runbooks are written in."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

_SLUG_WORDS = re.compile(r"\w+")


class Role(StrEnum):
    """What a title says its section is for; NAME is a title of its own."""

    NAME = "name"
    CONDITION = "condition"
    PREREQUISITE = "prerequisite"
    STEPS = "steps"
    VERIFICATION = "verification"
    ROLLBACK = "rollback"
    EXPECTED = "expected"
    ESCALATION = "escalation"
    AFTERWARDS = "afterwards"
    CAUTION = "caution"
    BACKGROUND = "background"
    METADATA = "metadata"
    REFERENCE = "reference"
    OPTION = "option"
    BRANCH = "branch"
    STEP = "step"


_LONGEST = 300  # what is longer is no title, and patterns would take their time over it
_WORDS: dict[Role, str] = {
    Role.CONDITION: r"""
        symptoms?( .*)?|signs|indicators|indications|triggers?|trigger conditions?|alerts?( name| conditions?)?|conditions?
        |when|when to use( .*)?|when to run( .*)?|when to .*|scenario|problem( statement)?|use when|detection criteria
        |symptome?|anzeichen|auslöser|wann|szenario|problem|síntomas?|disparador(es)?|cuándo( .*)?|escenario|problema
        |symptômes?|déclencheurs?|quand|sintomas?
        |症状|触发条件|告警|现象|sintoma|gatilho|симптомы|トリガー|alert details?|when this (alert )?(fires|happens)|signals?""",
    Role.PREREQUISITE: r"""
        (pre-?requisites?|requirements?|prereqs?|preconditions?)( and .*)?|before you (begin|start)|before starting
        |(required|needed|necessary) (access|tools?|permissions?|privileges|credentials|software|information)
        |(access|tools|permissions|what you( wi|')ll) need(ed)?|what you need|assumptions
        |voraussetzung(en)?|vorbedingung(en)?|anforderungen|benötigte .*|requisitos( previos)?|pre-?rrequisitos
        |antes de (empezar|comenzar)|pré-?requis|pré-?requisitos
        |前提条件|前置条件|准备工作|требования|предварительные (условия|требования)|pré-condições|preflight""",
    Role.EXPECTED: r"""
        expected( (results?|outcomes?|outputs?|response|responses|behaviou?rs?|states?|values?|status))?
        |(success|acceptance|pass|exit|completion) criteria|healthy (state|values?|output|response)|what good looks like
        |(sample|example) output \(expected\)|should (see|return|show|be)|definition of done|result|results
        |erwartete[sr]? .*|erfolgskriterien|soll-?(zustand|werte)|ergebnis|resultados? esperados?|salida esperada
        |criterios de éxito|respuesta esperada|résultats? attendus?|sortie attendue|resultados?|saída esperada
        |预期(结果|输出)?|期待(される)?(結果|出力)?|ожидаем(ый|ые) результаты?|esperado|erwartet|attendu""",
    Role.VERIFICATION: r"""
        verification( .*)?|verify|validation( steps)?|validate|post-?(deployment|deploy|update|upgrade|migration|restore|change|install)?
        ?(verification|validation|checks?)|confirmation|confirm|smoke tests?|how to verify|health verification|sanity checks?
        |überprüfung|verifikation|verifizierung|prüfung|kontrolle|nachprüfung|verificación|validación|comprobación
        |vérification|validação|verificação
        |验证(步骤)?|检查结果|確認|検証|проверка|prüfen|verificar|vérifier|confirm recovery""",
    Role.ROLLBACK: r"""
        roll-? ?back( (procedure|plan|steps|process|instructions|strategy))?|revert(ing)?|back-?out( (plan|procedure))?|undo
        |rückfall(plan|ebene)?|zurückrollen|rücknahme|rückabwicklung|reversión|marcha atrás|retour arrière
        |回滚(步骤|方案)?|切り戻し|ロールバック|откат|reversão|retour en arrière|recuo""",
    Role.ESCALATION: r"""
        escalations?( (path|policy|matrix|procedure|process|contacts?|levels?|chain))?|escalate( to)?|when to escalate
        |escalation points?|eskalation(.*)?|escalación|escalamiento|escalada|escalade
        |升级|上报|エスカレーション|эскалация|escalate if|escalation (criteria|triggers)""",
    Role.AFTERWARDS: r"""
        post-?(incident|mortem|recovery|fix|event|change|maintenance|deployment|deploy)( (actions?|tasks?|steps|items|follow-?up|activities|work))?
        |follow-? ?ups?( (actions?|tasks?|items|steps))?|after(wards)?|after the (fact|incident)|aftermath|next steps?
        |prevention|preventive (measures|actions)|preventative (measures|actions)|lessons learned|long-term prevention
        |nachbereitung|nacharbeit(en)?|nachsorge|vorbeugung|post-?incidente|seguimiento|prevención|suites?|prévention
        |事后(复盘|总结)?|预防(措施)?|再発防止|профилактика|prevenção|preventive? measures?|recommendations?|improvements?|follow through|communication""",
    Role.CAUTION: r"""
        warnings?|cautions?|danger|important( notes?)?|notes?|nb|n\.b\.|attention|beware|risks?|safety( notes)?|tips?|info
        |critical notes?|considerations|gotchas|known issues|limitations
        |achtung|warnung|hinweise?|wichtig|vorsicht|risiken|advertencias?|atención|notas?|cuidado|importante|peligro|aviso
        |avertissement|remarques?|atenção
        |注意(事项)?|警告|внимание|atenção|danger zone|additional notes?|tl;?dr""",
    Role.BACKGROUND: r"""
        overview|description|summary|background|context|meaning|impact|causes?|rationale|introduction|about( .*)?|intro
        |(possible|common|likely|root|potential|typical|probable|known) causes?|root cause( analysis)?|purpose|scope|why
        |explanation|architecture|details|how it works|objectives?|goals?|key (points|facts|information|concepts)
        |user impact|business impact|severity levels?|severity definitions?|examples?|assumption
        |übersicht|überblick|beschreibung|hintergrund|bedeutung|auswirkung(en)?|(mögliche )?ursachen?|zweck|ziel|einleitung
        |zusammenfassung|descripción|resumen|impacto|(posibles )?causas?|contexto|significado|objetivos?|introducción
        |alcance|aperçu|contexte|causes? possibles|objectif
        |含义|影响|概述|说明|背景|原因|可能原因|意味|影響|概要|原因|описание|влияние|причин[аы]|descrição|significado|signification|description du problème|default definition|definition|severity""",
    Role.METADATA: r"""
        owners?|owned by|owning team|team|responsible|(estimated |expected |typical )?(duration|time|time to complete)|eta|time required
        |frequency|schedule|cadence|severity|priority|(expected |estimated )?downtime|retention|rto|rpo|version|status
        |last (updated|reviewed|modified|tested)|(date|author|authors|maintainers?|maintained by|reviewed by|approved by|created by)
        |risk( level)?|impact level|service|services|response time|audience
        |channel|dashboard|dashboards|runbook id|id|type|category|tags
        |zuständig(keit)?|verantwortlich(er|e)?|dauer|häufigkeit|priorität|ausfallzeit|schweregrad|responsable|duración|frecuencia
        |prioridad|gravedad|severidad|tiempo estimado|propriétaire|durée|fréquence|priorité""",
    Role.REFERENCE: r"""
        (table of )?contents|toc|references?( documents?| links?| material)?|related( .*)?|see also|(useful |quick )?links|resources|further reading
        |(emergency |key |important |team )?contacts?( info(rmation)?| list| details)?|change ?logs?|(revision|version|document|change) history|glossary
        |appendix( .*)?|external resources|documentation|documents|additional (resources|reading|information)|license|acknowledge?ments
        |index|bibliography|sources|inhalt(sverzeichnis)?|kontakte?|ansprechpartner|referenzen|verweise|weiterführende .*|glossar|änderungs(historie|protokoll)
        |(tabla de )?contenidos?|índice|referencias|contactos?|enlaces|glosario|historial de cambios|table des matières|références|liens|sumário""",
    Role.STEPS: r"""
        procedures?|steps?|(response|recovery|remediation|resolution|mitigation|detailed|update|upgrade|migration|manual|emergency) (procedure|steps|actions?|process)
        |response|(immediate |first |initial |corrective |required |recommended |manual )?(actions?|response|steps|mitigation|remediation|fix(es)?)
        |(initial )?(investigation|diagnosis|diagnostics?|diagnose|triage|assessment|analysis|debug|debugging|troubleshooting)( steps| commands| procedure| queries)?
        |solutions?|resolutions?|remediations?|mitigations?|fix(es)?|quick fix|(useful |key |diagnostic )?commands?|how to (fix|resolve|investigate|diagnose|debug|mitigate|respond)
        |recovery|instructions|process|execution|execute|implementation|checks?|queries|sql|what to do|workarounds?|containment|first aid|investigate|mitigate|resolve|remediate|repair|play|tasks|checklist|runbook|script|usage|run|course of action|clean-?up
        |ablauf|vorgehen(sweise)?|(arbeits)?schritte|durchführung|(sofort)?maßnahmen?|behebung|lösung(en)?|anleitung|befehle?|wiederherstellung|prozedur|fehlersuche|untersuchung|analyse|aufräumen
        |procedimientos?|pasos|acciones( inmediatas)?|diagnóstico|investigación|solución|soluciones|resolución|mitigación|comandos?|instrucciones|ejecución
        |procédure|étapes|actions? immédiates?|diagnostic|résolution|remédiation|commandes|procedimento|passos|solução
        |诊断(步骤)?|排查(步骤|方法)?|定位|缓解(措施)?|处理(步骤|方法)?|解决(方案|方法)|修复(步骤)?|步骤|操作步骤|診断|調査|対処(方法)?|手順|復旧(手順)?|緩和|диагностика|решение|устранение|действия|шаги|порядок действий|diagnóstico|mitigação|solução|procedimentos|ações|dépannage|mesures|mitigation et résolution|(first[- ]response|response|fix|detailed|quick|immediate|triage|playbook|possible|first three things to|first) (steps|checks?|check|actions?|fix(es)?)|root cause fix(es)?|replacement|playbook|triage (checklist|steps)|handling|response plan|action plan|corrective measures""",
}
_PATTERNS = {role: re.compile(re.sub(r"\n\s*", "", words).strip()) for role, words in _WORDS.items()}

_OPTION = re.compile(
    r"(?:option|alternative|method|approach|variant[e]?|opción|opção|méthode|methode|plan|möglichkeit)\s+(?:[a-h]|\d+|i{1,3})\b"
    r"|方案\s*[a-h\d一二三四五]",
    re.IGNORECASE,
)
_CASE = (
    r"(?:scenario|case|cause|fall|szenario|escenario|caso|cas|causa|cenário)\s+(?:[a-h]|\d+)\b\s*[:.)–—-]*\s*"
)
_BRANCH = re.compile(
    r"(?:if|in case|in the event|when|unless|otherwise|else|case \d+|falls|wenn|bei|ansonsten|sonst|si|en caso|cuando|en cas|se)\b[\s:,]"
    rf"|{_CASE}",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?:step|schritt|paso|étape|etape|passo|phase|stage|stufe|fase|шаг|步骤|手順)\s*\d+\b\s*[:.)–—-]*\s*",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:\(?\d+(?:\.\d+)*[.):](?!\d)\s*|\d+(?:\.\d+)+\s+|[a-h][.)]\s+|[ivx]+[.)]\s+)", re.IGNORECASE
)
_MEANS_REFERENCE = re.compile(
    r"""\b(responsibilit\w+|contacts?|rotations?|rotas?|severit(y|ies)\ (levels?|definitions?|matrix)|onboarding|roles?|glossary|policy|policies|principles
    |escalation\ (path|policy|matrix|levels?|chain)|template|references?|requirements|guidelines|best\ practices|architecture|training|targets?|objectives
    |overview|concepts?|faqs?|conventions|metrics\ to\ monitor|thresholds?|slos?|slas?|terminology|background|introduction|history|stakeholders?|dependencies
    |zuständigkeit\w*|rollen|kontakte|richtlinien|prevention|recommendations?|lessons|cadence|next\ (\w+\ )?(actions?|steps)|improvements?|anti-?patterns?|evidence|acceptance|deliverables|questions|participants|responsabilidades|contactos|políticas?)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_MEANS_TROUBLE = re.compile(
    r"""symptoms?|meaning|(?:user\ |business\ )?impact|mitigations?|remediations?|diagnos(?:is|tics?|e)|(?:possible\ |likely\ |common\ |probable\ )?causes?
    |root\ causes?(?:\ analysis)?|resolutions?|immediate\ actions?|investigation|triage|behebung|ursachen?|diagnose|auswirkung(?:en)?|bedeutung|symptome
    |mitigación|mitigação|causas?|síntomas|sintomas|impacto|significado|diagnóstico|resolución|solução|symptômes|causes\ possibles|résolution
    |诊断|影响|含义|缓解|解决方案|排查步骤|症状|原因|意味|影響|診断|対処|диагностика|причины|влияние|решение|симптомы""",
    re.IGNORECASE | re.VERBOSE,
)
_MEANS_COLLECTION = re.compile(
    r"""\b(procedures|commands|runbooks|playbooks|scenarios|alerts|issues|problems|incidents|tasks|operations|recipes|guides|workflows|checklists|how-?tos?|faq
    |failures|errors|situations|cases|jobs|activities|routines|solutions|prozeduren|abläufe|aufgaben|szenarien|störungen|probleme|procedimientos|tareas|escenarios|problemas|incidentes|operaciones)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_MEANS_WORK = re.compile(
    r"""\b(tasks?|checklists?|steps?|procedures?|process(es)?|life-?cycle|workflow|routines?|actions?|to-?dos?|runbook|playbook|review|maintenance
    |aufgaben|checkliste|ablauf|schritte|prozess|prüfliste|tareas|lista|pasos|procedimiento|proceso|procédure|étapes)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_MEANS_TIME = re.compile(
    r"""\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(daily|weekly|monthly|quarterly|yearly|annual(ly)?|hourly|nightly|morning|evening|every|each)\b
    |\b(\d+|one|two|three|a|an)\ (minutes?|hours?|days?|weeks?|months?)\ (before|after|prior)\b|^(before|during|after|day\ of|day\ \d+|week\ \d+|t[-+]\s?\d+)\b
    |\b(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|täglich\w*|wöchentlich\w*|monatlich\w*|lunes|martes|miércoles|jueves|viernes|diari[oa]|semanal|mensual)\b""",
    re.IGNORECASE | re.VERBOSE,
)


_DRESS = re.compile(r"\{[:#][^}]*\}\s*$|[*`]|(?<!\w)_+|_+(?!\w)")
_DRESSED = re.compile(r"[*`_{]")
_BRACKETED = re.compile(r"\s*[(\[].*?[)\]]")
_CASE_OF = re.compile(_CASE, re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:(?:step|schritt|paso|étape|etape|passo|шаг|步骤|手順)\s*)?\(?(\d{1,2})(?:[.):]+|\s*[-–—])?\s+(?!\d)\D",
    re.IGNORECASE,
)
_IS_NUMBERED = re.compile(r"\D+\d|\(?\d{1,2}[.):]")


@lru_cache(maxsize=4096)
def plain(title: str) -> str:
    """The words of a title without emoji, emphasis, numbering and the colon at its end."""
    words = title if title.isascii() else _without_emoji(title)
    words = _DRESS.sub("", words) if _DRESSED.search(words) else words
    words = " ".join(words.split()).rstrip(" :：.—–-")
    return (
        _NUMBER.sub("", words, count=1)
        if _NUMBER.match(words) and not words.replace(".", "").isdigit()
        else words
    )


def _without_emoji(title: str) -> str:
    return "".join(
        " "
        if unicodedata.category(letter) in {"So", "Sk", "Cn", "Co"} or letter in "\ufe0f\u200d\u20e3"
        else letter
        for letter in unicodedata.normalize("NFC", title)
    )


@lru_cache(maxsize=4096)
def role_of(title: str) -> Role:
    """What a section with this title is for."""
    if len(title) > _LONGEST:
        return Role.NAME
    words = plain(title)
    if _STEP.match(words):
        return Role.STEP
    if _OPTION.match(words):
        return Role.OPTION
    bare = _BRACKETED.sub("", words).strip(" :").lower()
    for role, pattern in _PATTERNS.items():
        if pattern.fullmatch(bare):
            return role
    return Role.BRANCH if _BRANCH.match(f"{words} ") else Role.NAME


def case_of(title: str) -> str:
    """The case that a title names ("Scenario B: pool exhausted" is "pool exhausted"); "" if it names none."""
    words = plain(title)
    found = _CASE_OF.match(words)
    return (words[found.end() :].strip() or words) if found else ""


def means_trouble(title: str) -> bool:
    """Whether the title is one of those by which answers to alerts and incidents are divided."""
    return bool(_MEANS_TROUBLE.fullmatch(plain(title)))


@lru_cache(maxsize=4096)
def number_of(title: str) -> int | None:
    """The number with which a title begins ("3. Restart" and "Step 3: Restart" are 3; "2.1 Daily" is none)."""
    words = " ".join(title.replace("*", "").split())
    found = _NUMBERED.match(words)
    if not found or not _IS_NUMBERED.match(words):
        return None
    return int(found[1])


def step_title(title: str) -> str:
    """The title without "Step 3:" or "3."."""
    words = plain(title)
    return _STEP.sub("", words, count=1).strip() or words


def means_reference(title: str) -> bool:
    """Whether what stands under this title is to be read, not to be done."""
    return bool(_MEANS_REFERENCE.search(plain(title)))


def means_collection(title: str) -> bool:
    """Whether the title announces several procedures."""
    return bool(_MEANS_COLLECTION.search(plain(title)))


@lru_cache(maxsize=4096)
def means_work(title: str) -> bool:
    """Whether a list under this title is a list of things to do, whatever its words."""
    return bool(_MEANS_WORK.search(plain(title)) or _MEANS_TIME.search(plain(title)))


def means_time(title: str) -> bool:
    """Whether the title says when its work is due: a weekday, a rhythm, a time before or after something."""
    return bool(_MEANS_TIME.search(plain(title)))


def slug_of(title: str) -> str:
    """The title as an id: lower case, words joined by single hyphens."""
    words = unicodedata.normalize("NFC", title).lower()
    return "-".join(_SLUG_WORDS.findall(words.replace("_", " "))) or "procedure"
