"""Look at the certificate that a server really shows."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from cryptography import x509
from pydantic import Field

from runward.foundation.errors import Rejected
from runward.plugins.certificates import (
    certificates_in,
    common_name,
    covers,
    host_and_port,
    life_left,
    names_of,
    serial_of,
    served_by,
)
from runward.plugins.contracts import Action, Table, Tools, in_thread, table_of_rows

_SHOWN = ("where", "subject", "issuer", "days_left", "percent_left", "trusted", "name_fits", "same_as_file", "names",
          "not_after", "serial", "protocol")  # fmt: skip
_IN_FILE = ("file", "file_subject", "file_days_left", "file_serial")


class TlsInspect(Action):
    """Tell how long the served certificate lives, for which names, and whether a client would trust it.

    Lifetimes grow shorter, so the share that is left says more than the days. With `file`, the certificate on
    disk is held against the served one: renewed but not reloaded is the most common reason for an expiry.
    """

    targets: ClassVar = ("tls", "http")
    columns: ClassVar = (*_SHOWN, *_IN_FILE)

    address: str = Field("", description="`host:port`, instead of a target.")
    name: str = Field(
        "", description="The name to ask for and to hold the certificate against; the host's if not given."
    )
    file: str = Field(
        "", description="A PEM file on this machine whose first certificate should be the served one."
    )

    @property
    def needs_target(self) -> bool:
        """Not where an address is given."""
        return not self.address

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """The served certificate, and the one in the file."""
        host, port = host_and_port(self.address or tools.address)
        if not host:
            raise Rejected(f"“{self.address or tools.address}” names no host")
        name = self.name or host
        served = await in_thread(served_by, host, port, name)
        files = certificates_in(tools.folder / self.file) if self.file else []
        same = serial_of(files[0]) == serial_of(served.certificate) if files else None
        now = datetime.now(UTC)
        row = {**row_of(served.certificate, name, now), "where": f"{host}:{port}", "same_as_file": same,
               "trusted": not served.distrust, "protocol": served.protocol}  # fmt: skip
        remarks = [f"a client would refuse it: {served.distrust}"] if served.distrust else []
        remarks += (
            ["the file holds another certificate than is served: reload the server"] if same is False else []
        )
        return table_of_rows("served", _SHOWN, [row], remarks), *(
            self._in_file(one, now) for one in files[:1]
        )

    def _in_file(self, certificate: x509.Certificate, now: datetime) -> Table:
        days, _ = life_left(certificate, now)
        row = {"file": self.file, "file_subject": common_name(certificate.subject), "file_days_left": days,
               "file_serial": serial_of(certificate)}  # fmt: skip
        return table_of_rows("in the file", _IN_FILE, [row])


def row_of(certificate: x509.Certificate, name: str, now: datetime) -> dict[str, Any]:
    """What a certificate says of itself."""
    days, percent = life_left(certificate, now)
    names = names_of(certificate)
    return {
        "subject": common_name(certificate.subject),
        "issuer": common_name(certificate.issuer),
        "days_left": days,
        "percent_left": percent,
        "name_fits": covers(names, name),
        "names": ", ".join(names),
        "not_after": certificate.not_valid_after_utc,
        "serial": serial_of(certificate),
    }
