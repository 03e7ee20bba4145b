"""Know the labels under which policies are stated, in the languages they are stated in."""

import re
from functools import lru_cache

from runward.runbooks.procedure.titles import plain

_NAMES: dict[str, str] = {
    "owner": r"(?:procedure |service |process |alert )?owners?|owned by|owning team|responsible(?: team| person| party)?|zuständig(?:keit)?|verantwortlich(?:er|e)?"
    r"|responsables?|propietari[oa]|propriétaire",
    "maintainer": r"maintain(?:ed by|ers?)|(?:document|runbook|doc|dokument)(?: |-)?owner|gepflegt von|mantenido por|primary maintainer",
    "duration": r"(?:estimated |expected |typical |total |approx(?:imate)?\.? |maintenance |avg\.? |average )?(?:duration|time to complete|completion time|time estimate|time required|time needed)"
    r"|estimated time|eta|(?:geschätzte |voraussichtliche )?dauer|duración(?: estimada)?|tiempo estimado|durée",
    "downtime": r"(?:expected |estimated |planned )?downtime|ausfallzeit|tiempo de inactividad",
    "frequency": r"frequency|schedules?|cadence|how often|recurrence|run frequency|backup (?:frequency|schedule)|when to run|häufigkeit|turnus|rhythmus|zeitplan|intervall|frecuencia|periodicidad|fréquence",
    "severity": r"severity(?: level)?|alert severity|incident severity|schweregrad|severidad|gravedad|gravité",
    "response": r"(?:initial |target |max(?:imum)? )?response(?: time| sla| target)?|respond within|response sla|time to respond|reaktion(?:szeit)?|reacción|antwortzeit|(?:sla|tiempo)(?: objetivo)?(?: de)? respuesta|respuesta|tiempo de (?:respuesta|reacción)|sla(?: response)?|ack(?:nowledge(?:ment)?)?(?: time| within)?",
    "escalation": r"escalat(?:ion|e)(?: to| path| time| after| within| policy)?|eskalation(?: an| nach)?|escalamiento|escalación",
    "definition": r"definition|description|meaning|what (?:it|this|that) means|(?:customer |user |business )?impact|when to use|was (?:es|das) bedeutet|qué significa|criteria|condition|scope|beschreibung|bedeutung|auswirkung|descripción|definición|criterios?|impacto",
    "examples": r"examples?|beispiele?|ejemplos?|typical examples?",
    "communication": r"communications?|notif(?:y|ications?)|who to notify|audience|stakeholders|kommunikation|benachrichtigung|comunicación|notificación",
    "review": r"(?:runbook |document |doc )?(?:review (?:frequency|schedule|cycle|cadence|interval|period)|reviewed)|überprüfung(?:sturnus)?|revisión|frecuencia de revisión",
    "triggers": r"(?:update|review|revision) triggers?|(?:update|review) when",
    "approval": r"approval(?: process| required by)?|approvals|approvers?|approved by|freigabe(?: durch)?|aprobación|aprobado por",
    "next review": r"next (?:scheduled )?review(?: date| due)?|review (?:date|due|by)|nächste überprüfung|próxima revisión",
    "version": r"(?:document |runbook |doc )?version|versión|dokumentversion",
    "updated": r"last[- _](?:updated?|reviewed|revised|modified|review|revision|verified|tested)(?: on)?|updated(?: on)?|zuletzt (?:aktualisiert|geprüft)|stand|letzte (?:aktualisierung|änderung|überprüfung)|última (?:actualización|revisión)|actualizado",
    "author": r"authors?|written by|prepared by|autor(?:en|es)?|verfasser|erstellt von",
    "purpose": r"purpose|zweck|propósito|objetivo",
    "testing": r"(?:restore |recovery |backup |dr )?(?:tests?|testing|drills?|verification)(?: frequency| schedule)?|prüfung",
}
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _NAMES.items())
_ASIDE = re.compile(r"\s*\([^)]*\)$")
_LONGEST = 40


@lru_cache(maxsize=4096)
def field_named(label: str) -> str:
    """What a label asks for ("Estimated time" is "duration"); "" if it is none of those we know."""
    if len(label) > _LONGEST:
        return ""
    words = _ASIDE.sub("", plain(label)).replace("_", " ").lower()
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(words)), "")
