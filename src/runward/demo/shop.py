"""The demo's sample service: a small order API whose packer can get stuck.

Started as `python shop.py FOLDER`, it takes orders, packs them, answers on a loopback port (written to
FOLDER/port) and ends when its standard input does, so that it never outlives the program that started it.
Everything that an operator may look at is a file in FOLDER: status.json, queue/, log/shop.log, printer.lock.
"""

import json
import os
import sys
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ORDER_EVERY_SECONDS = 0.5
PACKING_SECONDS = 0.012
STATUS_EVERY_SECONDS = 0.2
COMPLAIN_EVERY_SECONDS = 5.0
MOST_WAITING = 400  # a demo left alone over night must not fill a disk


class Shop:
    """Orders come in as files of queue/; the packer takes the oldest while the label printer is free."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.queue = folder / "queue"
        self.lock = folder / "printer.lock"
        self.number = max((int(order.name) for order in self.queue.iterdir()), default=1000)
        self.packed_at: deque[float] = deque(maxlen=10_000)
        self.packer = 0  # how often it was started; a packer of an earlier start goes home
        self.packing = threading.Lock()

    def log(self, level: str, text: str) -> None:
        """Write a line into the log as people read it."""
        with (self.folder / "log" / "shop.log").open("a") as log:
            log.write(f"{time.strftime('%H:%M:%S')} {level:<5} {text}\n")

    def take_orders(self) -> None:
        """Let customers order, night and day."""
        while True:
            if sum(1 for _ in self.queue.iterdir()) < MOST_WAITING:
                self.number += 1
                (self.queue / str(self.number)).write_text(f"order {self.number}\n")
            time.sleep(ORDER_EVERY_SECONDS)

    def pack(self, packer: int) -> None:
        """Pack the oldest order, again and again; trusts the printer's lock even when its owner is gone."""
        complained_at = 0.0
        while packer == self.packer:
            if self.lock.exists():
                if time.monotonic() - complained_at > COMPLAIN_EVERY_SECONDS:
                    complained_at = time.monotonic()
                    self.log("ERROR", f"packer: no label printed, {self.waiting_for()}")
                time.sleep(0.1)
                continue
            with self.packing:
                self.pack_oldest()
            time.sleep(PACKING_SECONDS)

    def pack_oldest(self) -> None:
        """Send the order off that has waited longest, if one waits."""
        waiting = min(self.queue.iterdir(), default=None, key=lambda order: int(order.name))
        if waiting is not None:
            waiting.unlink()
            self.packed_at.append(time.time())

    def waiting_for(self) -> str:
        """What keeps the packer, in words."""
        try:
            holder = self.lock.read_text().strip()
        except FileNotFoundError:
            return "nothing"
        return f"printer.lock is held by process {holder}"

    def start_packer(self) -> str:
        """Start a fresh packer in place of the one that may be stuck; a lock whose owner is gone is taken away."""
        if self.lock.exists() and not is_alive(int(self.lock.read_text())):
            self.log(
                "WARN",
                f"packer: took away printer.lock of process {self.lock.read_text().strip()}, which is gone",
            )
            self.lock.unlink()
        self.begin()
        self.log("INFO", f"packer: started (start {self.packer})")
        return f"packer restarted, {sum(1 for _ in self.queue.iterdir())} orders to pack"

    def begin(self) -> None:
        """Let a packer begin, and those before it go home."""
        self.packer += 1
        threading.Thread(target=self.pack, args=(self.packer,), daemon=True).start()

    def status(self) -> dict[str, object]:
        """What anybody may know at a glance."""
        times = [order.stat().st_mtime for order in self.orders()]
        minute_ago = time.time() - 60
        return {
            "status": "ok",
            "orders_waiting": len(times),
            "oldest_waiting_seconds": round(time.time() - min(times)) if times else 0,
            "packed_last_minute": sum(1 for at in list(self.packed_at) if at > minute_ago),
            "packer": self.waiting_for() if self.lock.exists() else "packing",
        }

    def orders(self) -> list[Path]:
        """The waiting orders, as they are while none is being taken away."""
        with self.packing:
            return list(self.queue.iterdir())

    def keep_status(self) -> None:
        """Keep status.json fresh, whole at any moment."""
        while True:
            fresh = self.folder / "status.new"
            try:
                fresh.write_text(json.dumps(self.status(), indent=2) + "\n")
                fresh.replace(self.folder / "status.json")
            except FileNotFoundError:  # an order was packed under our eyes: look again
                continue
            time.sleep(STATUS_EVERY_SECONDS)


def is_alive(process: int) -> bool:
    """Whether a process still exists."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Requests(BaseHTTPRequestHandler):
    """GET /health and /status, POST /packer/restart."""

    shop: Shop

    def do_GET(self) -> None:
        """Say how things are."""
        if self.path not in {"/health", "/status"}:
            return self.answer(404, {"error": f"there is nothing at {self.path}"})
        return self.answer(200, self.shop.status())

    def do_POST(self) -> None:
        """Do what an operator may ask for."""
        if self.path != "/packer/restart":
            return self.answer(404, {"error": f"there is nothing at {self.path}"})
        return self.answer(200, {"done": self.shop.start_packer()})

    def answer(self, status: int, body: dict[str, object]) -> None:
        """Send JSON."""
        data = (json.dumps(body, indent=2) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *values: object) -> None:  # noqa: A002 - the name that the library calls it by
        """Keep requests out of the log, which is about orders."""


def main(folder: Path) -> None:
    """Keep shop until standard input ends."""
    shop = Shop(folder)
    Requests.shop = shop
    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    shop.begin()
    for work in (shop.take_orders, shop.keep_status, server.serve_forever):
        threading.Thread(target=work, daemon=True).start()
    while not (folder / "status.json").exists():
        time.sleep(0.01)
    (folder / "port.new").write_text(str(server.server_port))
    (folder / "port.new").replace(folder / "port")
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
