"""Say whether a line of text tells somebody to do something."""

import re
from functools import lru_cache

from runward.runbooks.procedure.titles import plain

_ENGLISH = """
abort accept access acknowledge acquire activate adapt add address adjust advise agree alert allocate allow alter analyse analyze
announce append apply approve archive arrange ask assess assign attach attempt audit authenticate authorize avoid back backup balance
batch begin block book boot brief bring budget build bump bypass call cancel capture change check checkout choose clean cleanup clear
click clone close collect commit communicate compare compile complete compress conduct configure confirm connect consider consult
contact continue control convert coordinate copy correct correlate create cut deactivate debug decide decommission decrease decrypt
define delete demote deploy describe destroy detach detect determine diagnose disable disconnect discuss display distribute do document
double-check download downgrade drain draft drop dump edit eject elect email empty enable encrypt engage enroll ensure enter escalate
establish estimate evaluate evict examine execute exit expand export expose extend extract fail failover fetch file fill filter find
finish fix flag flush follow force formulate forward free freeze gather generate get give go grant grep halt hand handle have help hold
identify ignore implement import improve include increase inform initialize initiate inject insert inspect install integrate
interrupt introduce investigate invalidate invite invoke isolate issue join keep kick kill label launch learn leave let limit link list
load locate lock log login look lower maintain make manage map mark mask match measure merge migrate minimize mitigate modify monitor
mount move mute navigate note notify obtain observe open optimise optimize order organize page park patch pause perform pin ping plan
point poll post power practice prepare press prevent print prioritise prioritize probe proceed process profile promote prompt propose
protect prove provide provision prune publish pull purge push put query quarantine raise re-run read reassign rebalance reboot rebuild
recall recheck reclaim reconcile reconfigure reconnect record recover recreate redeploy redirect redo reduce refer refresh regenerate
register reindex reinstall reissue reject release reload relocate remediate remember remove rename renew reopen repair repeat replace
replay replicate report repoint reproduce request requeue reroute rerun reschedule reset resize resolve respond restart restore restrict
resume resync retain retest retire retrieve retry return revert review revoke rewrite roll rollback rotate route run sanitize save scale
scan schedule scrub search secure see seed select send separate set setup share shift ship show shrink shut shutdown sign silence simulate skip
snapshot sort spin split ssh stage start stop store stream submit subscribe suspend swap switch sync synchronize tag tail take talk tear
tell terminate test throttle tighten toggle trace track train transfer triage trigger trim troubleshoot truncate try tune turn type
uncordon understand undo uninstall unlock unmount unpause unset update upgrade upload use vacuum validate verify view visit wait walk
warm warn watch whitelist wipe withdraw write cordon taint archive re-enable re-deploy re-create re-apply reapply rehearse
"""
_GERMAN = """
prüfen prüfe überprüfen überprüfe starten starte stoppen stoppe neustarten anhalten öffnen öffne schließen ausführen führe einspielen
wiederherstellen sichern sichere löschen lösche kopieren kopiere erstellen erstelle anlegen lege informieren informiere benachrichtigen
benachrichtige warten warte kontrollieren kontrolliere einloggen anmelden melde setzen setze ändern ändere aktualisieren aktualisiere
installieren installiere konfigurieren konfiguriere testen teste bestätigen dokumentieren dokumentiere eskalieren eskaliere entfernen
entferne hinzufügen umschalten schalte abwarten auswählen verbinden stelle sicherstellen beenden beende leeren leere skalieren
"""
_SPANISH = """
comprobar comprueba compruebe verificar verifica verifique reiniciar reinicia reinicie detener detenga detén iniciar inicia inicie parar
ejecutar ejecuta ejecute abrir abra cerrar crear crea cree borrar eliminar elimina elimine copiar copie restaurar restaure revisar revisa
revise notificar notifica notifique esperar espere actualizar actualice configurar configure instalar instale confirmar confirme
documentar documente escalar escale aplicar aplique conectar conéctese desplegar añadir agregar modificar probar asegurar asegúrese
vérifier vérifiez redémarrer redémarrez arrêter arrêtez lancer lancez exécuter exécutez ouvrir créer supprimer restaurer verifique reinicie
"""
_PORTUGUESE_AND_FRENCH = """
verificar verifique reiniciar reinicie executar parar pare iniciar inicie criar crie apagar apague excluir exclua remover remova confirmar
confirme validar valide acessar acesse abrir abra aplicar aplique notificar notifique registrar registre atualizar atualize coletar colete
identificar identifique garantir garanta restaurar restaure aguardar aguarde conferir confira checar cheque analisar analise avaliar avalie
rodar rode contrôler contrôlez démarrer démarrez fermer fermez notifier attendre attendez mettre mettez copier copiez installer installez
configurer configurez tester testez valider validez confirmer confirmez sauvegarder sauvegardez ajouter ajoutez appliquer appliquez
isoler documenter prévenir prévenez informer informez consulter consultez analyser analysez
"""
_VERBS = frozenset(f"{_ENGLISH} {_GERMAN} {_SPANISH} {_PORTUGUESE_AND_FRENCH}".split())
# Languages that join or inflect their words: by how an instruction begins (Chinese), or by the verb's ending.
_ELSEWHERE = re.compile(
    r"(?:请|先|再|然后)?(?:检查|查看|确认|重启|执行|运行|登录|联系|通知|停止|启动|恢复|备份|删除|创建|更新|修改|验证|等待|打开|关闭|使用|添加|配置|部署|清理|记录|回滚|扩容|排查|分析)"
    r"|[а-яё]{3,}(?:ть|ться|ите|йте|ьте|йтесь|итесь)\b|[^\s、。]{1,30}(?:する|します|してください|を実行)(?:。|$)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"""(?:please|then|now|next|first|finally|also|immediately|temporarily|manually|optionally|carefully|gradually|quickly|always|never|do\ not|don't
    |if\ (?:needed|necessary|required|possible)|as\ needed|otherwise|bitte|dann|anschließend|zuerst|danach|luego|después|por\ favor|primero)[\s,:]+""",
    re.IGNORECASE | re.VERBOSE,
)
# A sentence that begins so tells where to read on, not what to do.
POINTS_ELSEWHERE = re.compile(r"(?:see|follow|use|refer|note|consult|read|siehe|ver)\b", re.IGNORECASE)
_IF = re.compile(
    r"(?:if|when|once|after|before|for|in case|on|at|from|via|using|with|falls|wenn|si|cuando)\b[^,:]{2,80}[,:]\s*",
    re.IGNORECASE,
)
_FIRST = re.compile(r"[^\W\d_][\w-]*")
_LEAD = re.compile(r"[^:：]{1,60}(?::\s+|：\s*)")

_NOUN = re.compile(
    r"""\w+\s+(?:logs?|average|balancers?|failures?|errors?|ratio|rates?|levels?|usage|time|frequency|triggers?|periods?|policy|policies
    |cadence|windows?|cycle|owners?|checklist|procedures?|process|template)\s*$
    |(?:backup|fix|test|release|report|change|update|patch|plan|review|log|access|audit|deploy|upgrade|repair|issue)s?\s+\w+ed(?:\s+(?:and|or|by|in|on|for|to|with)\b.*)?\s*$
    |(?:log|access|load|process|report|test|file|query|cache|backup|release|performance)\s+\w+(?:ysis|tion|ment|ance|ing)\s*$""",
    re.IGNORECASE | re.VERBOSE,
)


@lru_cache(maxsize=4096)
def is_instruction(text: str) -> bool:
    """Whether the text begins with a verb in the imperative, perhaps after a condition or a short title."""
    words = plain(text.split("\n", 1)[0])
    if _starts_with_verb(words) or _ELSEWHERE.match(words):
        return True
    for lead in (_IF, _LEAD):
        found = lead.match(words)
        rest = words[found.end() :] if found else ""
        if _starts_with_verb(rest) or _ELSEWHERE.match(rest):
            return True
    return False


def _starts_with_verb(words: str) -> bool:
    while found := _BEFORE.match(words):
        words = words[found.end() :]
    first = _FIRST.match(words)
    if not first or first[0].lower() not in _VERBS:
        return False
    # "Backup failures", "Access log", "Load average" name things; a verb followed by such a noun is none.
    return not _NOUN.match(words)
