"""Text that went through the wrong encoding once."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity

_REPAIRED = re.compile(r"line (\d+): UTF-8 read as (.+), shown repaired")


def _misread(case: Case) -> Iterator[Found]:
    document = case.runbook.document
    for sentence in document.mended:
        found = _REPAIRED.fullmatch(sentence)
        if found:
            line = int(found[1])
            repaired = document.lines[line - 1]
            said = f"The signs of this line stand in the file as UTF-8 that was once read as {found[2]}; here they are shown repaired."
            yield Found(line, said, mend=Mend(line, line, repaired))


RULES = (
    Rule(
        id="misread-characters",
        severity=Severity.WARNING,
        title="Looks for text whose UTF-8 was read in another encoding and saved again.",
        why=(
            "Where “ðŸš¨” or “‚úÖ” stands for a sign, what is copied from the document sends the same rubbish to"
            " a chat, a ticket or a log, and a search for the sign does not find it."
        ),
        right="The characters themselves, in a file saved as UTF-8; `--fix` puts them back.",
        bad="# Declare an incident\n\nStart the message with ðŸš¨ so that everybody sees it.\n",
        good="# Declare an incident\n\nStart the message with 🚨 so that everybody sees it.\n",
        look=_misread,
    ),
)
