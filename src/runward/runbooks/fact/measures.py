"""Name what a figure measures, the same for all who name it differently: "CPU", "CPU utilization" are "cpu usage"."""

import re
from dataclasses import dataclass
from functools import lru_cache

_USAGE = r"(?: (?:usage|used|utili[sz]ation|load|consumption|pressure|percent|percentage|auslastung|verbrauch|nutzung))?"
_MEASURES: tuple[tuple[str, str], ...] = (
    ("cpu usage", rf"(?:system |host |server )?cpu{_USAGE}|cpu-?(?:auslastung|last|nutzung)|(?:uso|consumo) de (?:la )?cpu|processor{_USAGE}"),
    ("memory usage", rf"(?:system |host |server )?(?:memory|mem|ram){_USAGE}|(?:arbeits)?speicher-?(?:auslastung|verbrauch|nutzung)|ram-?(?:auslastung|nutzung)|(?:uso|consumo) de (?:la )?(?:memoria|ram)"),
    ("disk free", r"(?:(?:free|available) space|free disk(?: space)?|disk(?: space)? (?:free|available|remaining)|available disk(?: space)?|freier (?:festplatten|speicher)platz|espacio (?:libre|disponible)(?: en disco)?)"),
    ("memory free", r"(?:free|available) (?:memory|ram)|(?:memory|ram) (?:free|available)"),
    ("disk i/o", r"disk i/?o|disk io(?:ps)?|i/o wait"),
    ("disk usage", rf"(?:disk|disk space|storage|filesystem|file system|volume|root disk){_USAGE}|festplatten(?:belegung|auslastung|nutzung)|(?:uso|ocupación) de(?:l)? disco|espacio en disco"),
    ("network i/o", r"network (?:i/?o|traffic)|netzwerkverkehr|tráfico de red"),
    ("query time", r"(?:database |db |sql )?quer(?:y|ies) (?:execution )?(?:time|latency|duration)s?|abfragezeit|tiempo de consulta"),
    ("response time", r"(?:api |http |request |page |service |application |app )?(?:response times?|(?:response )?latency|latencies|latenz|latencia)|request (?:duration|time)s?|antwortzeit(?:en)?|tiempos?(?: de)? respuesta"),
    ("error rate", r"[45]xx(?: errors?)?(?: rate)?|(?:http |api |request |application |app )?errors? (?:rate|ratio|percentage)s?|error-rate|fehlerrate|fehlerquote|tasa de error(?:es)?"),
    ("request rate", r"request rates?|requests? per second|throughput|rps|qps|traffic|anfragerate|tasa de peticiones"),
    ("connection pool utilization", r"(?:(?:database|db) )?(?:connection |connections )?pool(?: (?:utili[sz]ation|usage|used|saturation))?"),
    ("replication lag", r"(?:database |db |postgres(?:ql)? |mysql |replica |standby )?(?:replication|replica) (?:lag|delay)|seconds behind (?:master|source|primary)|replikationsverzögerung|replikations-?lag|(?:retraso|retardo) de (?:la )?replicación"),
    ("cache hit rate", r"(?:cache|redis|buffer)(?: cache)? hit[ -](?:rate|ratio)|hit[ -](?:rate|ratio)|cache-trefferquote"),
    ("deadlocks", r"deadlocks?"),
    ("certificate validity left", r"(?:(?:ssl|tls|ssl/tls|tls/ssl) )?(?:certificate|cert|certificates|certs|zertifikat\w*|certificado)(?: (?:expiry|expiration|expires|expiring|expires soon|validity|days left|days|ablauf))?(?: (?:in|within))?"),
    ("pod restarts", r"(?:pod|container) restarts?(?: counts?| rate)?|restarts? counts?"),
    ("health check", r"(?:all )?health[ -]?checks?(?: endpoints?| status)?"),
    ("table bloat", r"table bloat"),
    ("active connections", r"active connections"),
    ("data growth rate", r"data growth rates?"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(words, re.IGNORECASE)) for name, words in _MEASURES)
_STATS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("avg", re.compile(r"(?<![x×] )\b(?:average|avg\.?|mean|durchschnittliche?[rs]?|mittlere[rs]?|promedio(?: de)?|media de)\b", re.IGNORECASE)),
    ("p50", re.compile(r"\bmedian\b", re.IGNORECASE)),
    ("max", re.compile(r"(?<!% )(?<!%)\b(?:maximum|max|peak)\b", re.IGNORECASE)),
    ("total", re.compile(r"\btotal\b(?= (?:query|execution)?\s?time)", re.IGNORECASE)),
)  # fmt: skip
_PERCENTILE = re.compile(r"\(?\bp\(?(50|75|90|95|98|99|99[.]?9|999)\)?(?:[ -](?=\w)|\b)\)?|\(?\b(50|75|90|95|98|99|99\.9)(?:th|st|\.)?[ -](?:percentile|perzentil|percentil)\b\)?", re.IGNORECASE)  # fmt: skip
_NOTHING = re.compile(
    r"failed|available|unavailable|succeeded|successful|healthy|unhealthy|fehlgeschlagen|verfügbar|fallidos?|disponibles?|(?:(?:alert(?:ing)?|alarm|warning|pass|fail|success|acceptance|health|performance) )?(?:thresholds?|criteria|levels|severity|severities|priority)|severidad(?:es)?|prioridad|schweregrade?|niveles|umbrales|schwellwerte|kriterien|criterios"
    r"|(?:immediate |initial )?(?:response|investigation|action|attention|review|escalation|respuesta|reaktion|antwort|acción)(?: (?:required|needed|necessary|requerida|erforderlich))?|"
    r"(?!latency|pending)\w+ing|sum|counts?|values?|thresholds?|metrics?|targets?|average|total|number|slos?|slas?|sli|status|result|schwell(?:en)?wert|umbral|valor",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"\bper \d|^(?:of|de|del|von|vom|on|many|some|most|several|few|viele|einige|muchos|varios|at|for|to|in|with|within|by|from|not|no|or|and|so|then|only|für|nach|mit|para|por|con)\b|\b(?:can|could|will|would|be|been|meets?|must|should|has|have|is|are|was|were|kann|wird|soll|puede|debe)\b|\b(?:using|uses|takes?|taking|shows?|reports?|detected|with|for|and|or|if|when|en|bei|von|by|con|por)$",
    re.IGNORECASE,
)
_LOUD = re.compile(
    r"^(?:unusually |very |too )?(?:high|low|slow|elevated|excessive|increased|critical|large|long|bad|poor|degraded|hohe[rs]?|niedrige[rs]?|langsame[rs]?|alt[oa]s?|baj[oa]s?|lent[oa]s?)\s+",
    re.IGNORECASE,
)
_STRANGE = re.compile(r"unusual|abnormal|unexpected|ungewöhnliche[rs]?|inusual(?:es)?", re.IGNORECASE)
_QUIET = re.compile(
    r"\s+(?:critical|warning|high|low|slo|sla|alta?|hoch|kritisch|crítico|alert|alarm|spike|too high|too low)$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:(?:if|when(?:ever)?|once|(?:alerts?|triggers?|triggered|fires|notify|page) (?:if|when|on|si|cuando|bei|wenn|ab)|ensure|verify|check|confirm|monitor|keep|watch|maintain|that|the|a|an|any|all|your|our|current|overall|wenn|falls|sobald|bei|die|der|das|si|cuando|el|la|los|las)(?:\s+|$))+",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"\s+(?:is|are|was|be|stays?|remains?|rises?|goes|drops?|falls?|grows?|becomes?|gets|reaches|hits|at|of|to|by|has been|should be|must be|ist|liegt|bleibt|steigt|fällt|sinkt|auf|está|es|sea|cae|a|de)$",
    re.IGNORECASE,
)
_PLAIN_NAME = re.compile(r"[\w%][\w%/.,'+ -]{1,70}(?:\([\w /%.-]*\))?")
_FIGURE = re.compile(r"\d\s?%|(?<![\w.])\d+(?:\.\d+)?\s*(?:ms|s|min|minutes?|hours?|days?)\b", re.IGNORECASE)
_MOST_WORDS = 7


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, and which statistic of it ("p95", "avg"), "" if none is named."""

    name: str
    stat: str = ""
    known: bool = False  # it is one that many documents name


@lru_cache(maxsize=4096)
def measure_of(words: str) -> Measure | None:
    """What these words say is measured; None when they name nothing or more than a name."""
    stat, words = stat_of(spoken(words))
    bare = _bare(words)
    known = _known(bare) or _known(_QUIET.sub("", _LOUD.sub("", bare)))
    if known:
        return Measure(known, stat, known=True)
    if (
        not bare
        or _NOTHING.fullmatch(bare)
        or not _PLAIN_NAME.fullmatch(bare)
        or _FIGURE.search(bare)
        or _SENTENCE.search(bare)
        or len(bare.split()) > _MOST_WORDS
    ):
        return None
    return Measure(bare.lower(), stat)


def known_measure(words: str) -> str:
    """The measure that these words name, "" if they name none of those that many documents name."""
    measure = measure_of(words)
    return measure.name if measure and measure.known else ""


@lru_cache(maxsize=4096)
def measure_within(words: str) -> tuple[str, str]:
    """The known measure with which a text begins, and what it says of it; ("", the text) if it begins with none."""
    parts = _bare(spoken(words)).split()
    for count in range(len(parts), 0, -1):
        known = _known(" ".join(parts[:count]))
        if known:
            return known, " ".join(parts[count:]) or words
    if len(parts) > 1 and _STRANGE.fullmatch(parts[0]):
        return measure_within(" ".join(parts[1:]))[0], words
    return "", words


@lru_cache(maxsize=4096)
def stat_of(words: str) -> tuple[str, str]:
    """The statistic that the words name and the words without it."""
    found = _PERCENTILE.search(words)
    if found:
        number = (found[1] or found[2]).replace(".", "")
        return f"p{number}", " ".join((words[: found.start()] + " " + words[found.end() :]).split())
    for name, pattern in _STATS:
        found = pattern.search(words)
        if found:
            return name, " ".join((words[: found.start()] + " " + words[found.end() :]).split())
    return "", words


def spoken(name: str) -> str:
    """A name as it would be spoken: "HighErrorRate" and "high_error_rate" are "High Error Rate"."""
    words = (
        re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", name)
        if " " not in name.strip()
        else name
    )
    return " ".join(words.replace("_", " ").split()) if "/" not in words else " ".join(words.split())


def _bare(words: str) -> str:
    """The words without quotes, articles and verbs around the name."""
    before = None
    while before != words:
        before = words
        words = words.strip(" :,;.-–—=*\"'`“”„()[]")
        words = _TRAILING.sub("", _LEADING.sub("", words))
    return words


@lru_cache(maxsize=4096)
def _known(words: str) -> str:
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(words)), "")
