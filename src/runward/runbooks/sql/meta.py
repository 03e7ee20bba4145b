r"""Judge the commands of psql itself: \d looks, \! runs a shell, \copy and \o write."""

import re
from collections.abc import Callable

from runward.runbooks.programs.rules import Effect, changes, destroys, reads, worst

_LOOKING = re.compile(
    r"\\(?:d\w*[S+]*|l\+?|z|sf\+?|sv\+?|dconfig|conninfo|timing|x|a|t|H|C|T|f|pset|encoding|echo|qecho|warn|q|quit|\?|h|help|copyright|errverbose"
    r"|connect|c|p|print|r|reset|s|prompt|set|unset|if|elif|else|endif|watch|gset|gx|gdesc|crosstabview|bind|parse|close_prepared|ev)"
)


def meta_effect(text: str, sql: Callable[[str], Effect]) -> Effect:
    """What a command of psql does; `sql` judges SQL inside it."""
    words = text.split()
    name = words[0]
    if "`" in text:
        return changes("psql runs what stands between backquotes")
    if name == "\\copy":
        return _copied(text, sql)
    if name in {"\\i", "\\ir", "\\include", "\\include_relative"}:
        restoring = re.search(r"dump|backup|restore", text, re.IGNORECASE)
        return (
            destroys(f"{name} restores a dump")
            if restoring
            else changes(f"{name} runs a file, which is not known")
        )
    if name in {"\\s", "\\set", "\\prompt", "\\unset"} and (len(words) < 2 or name != "\\s"):
        return reads(f"{name} concerns only psql")
    if name != "\\s" and _LOOKING.fullmatch(name) and "|" not in words:
        return reads(f"{name} only looks")
    return changes(f"{name} runs a program, writes a file or is not known")


def _copied(text: str, sql: Callable[[str], Effect]) -> Effect:
    r"""\copy (query) to stdout looks; everything else loads data, writes a file or runs a program."""
    query = re.match(
        r"\\copy\s*\((.*)\)\s*to\s+(?:p?stdout)\b(?!.*\bprogram\b)", text, re.IGNORECASE | re.DOTALL
    )
    table = re.match(r"\\copy\s+[\w.\"]+\s+to\s+(?:p?stdout)\b(?!.*\bprogram\b)", text, re.IGNORECASE)
    if query:
        return worst(reads("\\copy to stdout only reads"), sql(query[1]))
    return (
        reads("\\copy to stdout only reads")
        if table
        else changes("\\copy loads data, writes a file or runs a program")
    )
