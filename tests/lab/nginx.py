"""A real nginx with TLS, and the authority that signs its certificates; the machine's own trust stays as it is."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lab.processes import HERE, Child, Place, end, free_port, get_program, needs, wait_until

SETTINGS = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;{user}
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/g;
  server {{
    listen 127.0.0.1:{port} ssl; server_name {name};
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ {answer} }}
  }}
}}
"""


@dataclass(frozen=True)
class Certificate:
    """A certificate file with its key file."""

    certificate: Path
    key: Path


class Authority:
    """An authority of the lab's own; hand `environment` to the children that shall trust it."""

    def __init__(self, folder: Path) -> None:
        needs("openssl")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.file = folder / "authority.pem"
        self.key = folder / "authority.key"
        subject = ["-subj", "/CN=Runward lab authority", "-days", "30"]
        _openssl("req", "-x509", *_new_key(self.key), *subject, "-out", str(self.file))

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes curl, Python and OpenSSL trust this authority, and no other."""
        return {
            "CURL_CA_BUNDLE": str(self.file),
            "SSL_CERT_FILE": str(self.file),
            "REQUESTS_CA_BUNDLE": str(self.file),
        }

    def certify(self, name: str, *, days: int = 90) -> Certificate:
        """A certificate for a host name, good for `days` from now; with a negative number it has expired."""
        stem = f"{name}.{days}"
        key, asked, signed = (self.folder / f"{stem}.{end}" for end in ("key", "csr", "pem"))
        _openssl(
            "req",
            *_new_key(key),
            "-subj",
            f"/CN={name}",
            "-addext",
            f"subjectAltName=DNS:{name}",
            "-out",
            str(asked),
        )
        signer = ["-CA", str(self.file), "-CAkey", str(self.key), "-set_serial", str(abs(hash(stem)))]
        _openssl(
            "x509",
            "-req",
            "-in",
            str(asked),
            *signer,
            "-days",
            str(days),
            "-copy_extensions",
            "copy",
            "-out",
            str(signed),
        )
        return Certificate(signed, key)


def _new_key(file: Path) -> list[str]:
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(file)]


def _openssl(*words: str) -> None:
    done = subprocess.run([get_program("openssl"), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr}")


@dataclass
class NginxServer:
    """A running nginx that speaks TLS."""

    folder: Path
    port: int
    name: str
    process: Child
    place: Place = HERE

    @classmethod
    def start(
        cls,
        folder: Path,
        certificate: Certificate,
        name: str,
        *,
        port: int = 0,
        upstream: int = 0,
        place: Place = HERE,
    ) -> Self:
        """Serve `name` with a certificate, in front of the loopback port `upstream` (without one it answers 200)."""
        needs("nginx", "setpriv")
        place.seen(folder).mkdir(parents=True, exist_ok=True)
        answer = f"proxy_pass http://127.0.0.1:{upstream};" if upstream else "return 200 'ok';"
        _bring(certificate, folder, place)
        for _ in range(5):
            chosen = port or free_port()
            fill = {
                "port": chosen,
                "name": name,
                "answer": answer,
                "folder": folder,
                "user": " user root;" if place.door else "",
            }
            text = SETTINGS.format(certificate=folder / "server.pem", key=folder / "server.key", **fill)
            place.seen(folder / "nginx.conf").write_text(text)
            command = [
                get_program("nginx"),
                "-e",
                str(folder / "error.log"),
                "-c",
                str(folder / "nginx.conf"),
                "-p",
                str(folder),
            ]
            server = cls(
                folder, chosen, name, place.spawn(command, folder / "nginx.out", death="QUIT"), place
            )
            if wait_until(server._state, "nginx") == "up":
                return server
        raise RuntimeError(f"nginx did not start: {place.seen(folder / 'error.log').read_text()[-1500:]}")

    def _state(self) -> str | None:
        if self.process.poll() is not None:
            return "down"
        return "up" if self.place.answers(self.port) else None

    def show(self, certificate: Certificate) -> None:
        """Serve another certificate from now on."""
        _bring(certificate, self.folder, self.place)
        self.place.do(
            [
                get_program("nginx"),
                "-e",
                "stderr",
                "-c",
                str(self.folder / "nginx.conf"),
                "-p",
                str(self.folder),
                "-s",
                "reload",
            ]
        )

    def stop(self) -> None:
        """End it."""
        end(self.process)


def _bring(certificate: Certificate, folder: Path, place: Place) -> None:
    place.seen(folder / "server.pem").write_bytes(certificate.certificate.read_bytes())
    place.seen(folder / "server.key").write_bytes(certificate.key.read_bytes())
