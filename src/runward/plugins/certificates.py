"""Read certificates: from a server as it serves them, and from a file."""

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from runward.foundation.errors import Rejected, Unavailable

_PORTS = {"https": 443, "rediss": 6379, "ldaps": 636, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Served:
    """What a server showed of itself, and why it would not be trusted ("" if it would)."""

    certificate: x509.Certificate
    protocol: str
    distrust: str


def host_and_port(place: str) -> tuple[str, int]:
    """The host and port of `host`, `host:port` or a URL; 443 where nothing says otherwise."""
    try:
        parts = urlsplit(place if "://" in place else f"tls://{place}")
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
    except ValueError:
        return "", 0


def served_by(host: str, port: int, name: str, patience: float = 10.0) -> Served:
    """The certificate that a server shows for a name; Unavailable if it does not come to that."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), patience) as plain,
            unchecked.wrap_socket(plain, server_hostname=name) as secure,
        ):
            shown, protocol = secure.getpeercert(binary_form=True), secure.version() or ""
    except (OSError, UnicodeError, ValueError) as problem:
        raise Unavailable(f"no TLS with {host}:{port}: {problem}") from None
    if shown is None:
        raise Unavailable(f"{host}:{port} shows no certificate")
    return Served(x509.load_der_x509_certificate(shown), protocol, _distrust(host, port, name, patience))


def _distrust(host: str, port: int, name: str, patience: float) -> str:
    """Why a client of this machine would refuse the server, "" if it would not."""
    try:
        with (
            socket.create_connection((host, port), patience) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=name),
        ):
            return ""
    except ssl.SSLCertVerificationError as problem:
        return problem.verify_message or str(problem)
    except (OSError, ValueError) as problem:
        return str(problem)


def certificates_in(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file, the server's own first."""
    try:
        found = x509.load_pem_x509_certificates(path.expanduser().read_bytes())
    except OSError as problem:
        raise Rejected(f"{path} cannot be read: {problem.strerror}") from None
    except ValueError:
        raise Rejected(f"{path} holds no certificate in PEM form") from None
    return found


def names_of(certificate: x509.Certificate) -> list[str]:
    """The host names and addresses that a certificate is for."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]


def common_name(name: x509.Name) -> str:
    """The common name in a distinguished name, or all of it where it has none."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def serial_of(certificate: x509.Certificate) -> str:
    """The serial number as tools print it."""
    return f"{certificate.serial_number:X}"


def life_left(certificate: x509.Certificate, now: datetime) -> tuple[float, float]:
    """Days until it expires, and how much of its lifetime that is, in percent; negative after its end."""
    ends, began = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    left, whole = ends - now.astimezone(UTC), ends - began
    return round(left.total_seconds() / 86400, 2), round(100 * left / whole, 1) if whole else 0.0


def covers(names: Sequence[str], name: str) -> bool:
    """Whether a certificate for these names is one for this name; `*.` stands for one label."""
    wanted = name.lower().rstrip(".")
    parent = wanted.partition(".")[2]
    return any(each.lower() in {wanted, f"*.{parent}" if parent else wanted} for each in names)
