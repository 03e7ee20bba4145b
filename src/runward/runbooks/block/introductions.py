"""Tell from the words right before a text that it is what a program prints, in the languages of runbooks."""

import re

# These leave no doubt that the next text is what one will see.
_SHOWN = re.compile(
    r"(?:\b(?:expected|sample|example|typical|actual)\s+(?:\w+\s+)?(?:output|response|result|answer)s?\b|\boutputs?\b[^.\n]{0,25}:\W*$|\bresponse\b[^.\n]{0,25}:\W*$"
    r"|\berror(?:\s+message)?s?\b[^.\n]{0,20}:\W*$|\blooks?\s+(?:something\s+)?like(?:\s+this)?\b|\blike(?:\s+this)?\s*:\W*$"
    r"|\b(?:beispiel)?ausgabe\b|\berwartete[rs]?\s+(?:ausgabe|output|ergebnis|antwort)|\bsalida\b|\brespuesta esperada|\bresultado esperado|\bsortie\b|\brésultat attendu"
    r"|\bréponse attendue|\bsaída\b|\bresposta esperada|\bвывод\b|ожидаемый результат|(?:预期|示例|期望|输出|返回)(?:的)?(?:输出|结果|示例|返回|响应|如下)|预期|出力(?:例|結果)|期待される)",
    re.IGNORECASE,
)
_EXPECTED = re.compile(
    _SHOWN.pattern
    + r"|\b(?:should|will|you'll|might|may)\s+(?:see|show|return|print|look|get|output)\b|\breturns\b[^.\n]{0,25}:\s*$|\bprints\b"
    r"|\bsollte[nt]?\b[^.\n]{0,40}:\W*$|\bdeber[ií]as?\b[^.\n]{0,40}:\W*$|\bdevriez voir\b|\bdever?[iá]a?\b[^.\n]{0,40}:\W*$|应(?:该)?(?:看到|返回|显示)|のように表示",
    re.IGNORECASE,
)
_FAULT = re.compile(r"\b(?:error|fehler|erreur|erro|fault|failure)s?\W*$|错误|エラー", re.IGNORECASE)
_NEAR = 200  # letters before the text that can speak of it


def announces_output(before: str) -> bool:
    """Whether the words before a text say outright that it is output."""
    return bool(_SHOWN.search(before[-_NEAR:]))


def expects_output(before: str) -> bool:
    """Whether the words before a text say that it is what one will see."""
    return bool(_EXPECTED.search(before[-_NEAR:]))


def tells_of_fault(before: str) -> bool:
    """Whether the words before a text end with an error or a fault: then it is how that looks."""
    return bool(_FAULT.search(before[-_NEAR:]))
