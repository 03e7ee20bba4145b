"""The titled stretches of a script are found, each with its lines."""

import pytest

from runward.runbooks.block.parts import parts_of
from runward.runbooks.shell.parse import script_of

ECHOED = """\
#!/bin/bash
echo "======"
echo "All of it - $(date)"
echo "======"

# 1. Disk
echo -e "\\n1. Disk space:"
df -h

# 2. Memory
echo -e "\\n2. Memory:"
free -h
if true; then
  echo "3. nested:"
fi

echo "=== Done ==="
"""
COMMENTED = """\
# Check the disk
df -h

# 1. Provision
# 2. Install
ls a
ls b

# kept with the next
# Check memory
free -h
"""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (ECHOED, [("1. Disk space", 16, 18), ("2. Memory", 20, 25), ("Done", 26, 26)]),
        (COMMENTED, [("Check the disk", 10, 12), ("2. Install", 13, 17), ("kept with the next", 18, 20)]),
        ("echo 'Step 1: a'\nls\necho 'Step 2: b'\ndf", [("Step 1: a", 10, 11), ("Step 2: b", 12, 13)]),
        ("echo '--- a ---'\nls\nprintf '=== b ===\\n'\ndf", [("a", 10, 11), ("b", 12, 13)]),
        (
            "echo -e '\\033[1mStopping it...\\033[0m'\nls\necho 'Starting it...'\ndf",
            [("Stopping it", 10, 11), ("Starting it", 12, 13)],
        ),
        ("# only one\nls", []),
        ("ls\ndf", []),
        ("", []),
        ("echo hi\nls\necho there\ndf", []),
        ("echo '1. a:' > f\nls\necho '2. b:' | cat\ndf", []),
        ("# /usr/local/bin/x.sh\nls\n# -----\ndf", []),
    ],
)
def test_parts(text: str, parts: list[tuple[str, int, int]]) -> None:
    last = 10 + text.rstrip("\n").count("\n")
    assert [(part.title, part.line, part.end) for part in parts_of(script_of(text, 10), last)] == parts
