"""The `shop` command of the demo's operators: it speaks HTTP to the shop."""

import json
import sys
import urllib.request
from pathlib import Path

USAGE = "usage: shop status | shop restart packer"


def main(folder: Path, words: list[str]) -> int:
    """Carry one command out; 0 if the shop did it."""
    asked = {("status",): ("GET", "/status"), ("restart", "packer"): ("POST", "/packer/restart")}.get(
        tuple(words)
    )
    if asked is None:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    method, path = asked
    try:
        port = int((folder / "port").read_text())
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - the same
            body = json.load(answer)
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"shop: the shop does not answer: {problem}\n")
        return 1
    sys.stdout.write(f"{body['done']}\n" if "done" in body else f"{json.dumps(body, indent=2)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
