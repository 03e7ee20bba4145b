"""The lab's sample HTTP service: /health and /metrics/json say what a file tells them to say.

The file (JSON, read at each request): `figures` is the body of /metrics/json, `status` maps a path to the
status it answers with, `slow` maps a path to the seconds it waits first. HEAD is answered 405, as many
frameworks do. Each request is logged to standard output.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Requests(BaseHTTPRequestHandler):
    """Answer by the book of the state file."""

    protocol_version = "HTTP/1.1"
    server_version = "Sample/1"
    sys_version = ""

    def do_GET(self) -> None:
        state = json.loads(Path(sys.argv[2]).read_text())
        path = self.path.partition("?")[0]
        time.sleep(float(state.get("slow", {}).get(path, 0)))
        status = int(state.get("status", {}).get(path, 200))
        bodies = {"/health": state.get("health", {"status": "ok"}), "/metrics/json": state.get("figures", {})}
        if path not in bodies:
            return self.answer(404, {"error": f"nothing at {path}"})
        return self.answer(status, bodies[path] if status < 400 else {"error": "on demand"})

    def answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_HEAD(self) -> None:
        self.send_response(405)
        self.send_header("Allow", "GET")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, form: str, *values: object) -> None:
        say(f"{self.command} {form % values}")


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Requests)
    server.daemon_threads = True
    say(f"listening on {server.server_port}")
    server.serve_forever()
