# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One order: lego does it with a request that is made here, so that a killed run can take up what it had ordered."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .pair import Pair, examine
from .records import Server
from .refusal import ORDER, Refusal
from .settings import Settings

SECONDS = 600
#: What ACME servers say (RFC 8555, 6.7), and what to do about it.
HINTS = {
    "caa": "a CAA record of the domain does not allow this certificate authority; change it or take another one",
    "connection": "the certificate authority did not reach the server; does a firewall let in some countries only?",
    "dns": "the certificate authority could not look the name up; is the zone delegated, and is its DNSSEC right?",
    "externalAccountRequired": "this certificate authority wants an account that was made beforehand; that is not supported",
    "invalidContact": "public_certificate_email: the certificate authority does not accept it",
    "rateLimited": "the certificate authority has had too many orders; it is asked again later",
    "rejectedIdentifier": "this certificate authority issues nothing for that name",
    "unauthorized": "the certificate authority did not find its token; who answers it from where it looks?",
    "userActionRequired": "the certificate authority's terms have changed; read them",
    "x509: ": "the ACME server's own certificate is not trusted; public_certificate_ca_certificate is for a private one",
    "no such host": "public_certificate_directory: its name is not known to this host's resolver",
    "connection refused": "nobody answers at public_certificate_directory",
    "i/o timeout": "public_certificate_directory is not reached; may this server talk to the outside on port 443?",
    "context deadline exceeded": "public_certificate_directory is not reached; may this server talk to the outside on port 443?",
    "did not return the expected TXT record": "not every name server of the zone has heard of the change in time",
}


class Workshop:
    """Where orders are made, for root alone: the request under way, and accounts by ACME directory, which last."""

    #: Whom lego may ask whether a TXT record has spread.
    servers: tuple[Server, ...] = ()

    def __init__(self, settings: Settings, lock: int) -> None:
        self.settings = settings
        self.lock = lock
        self.folder = settings.state / "order"
        name = hashlib.sha256(settings.directory.encode()).hexdigest()[:16]
        self.lego = settings.state / "lego" / name
        self.issued = self.lego / "certificates" / f"{settings.name}.crt"

    def leftover(self, now: datetime.datetime) -> Pair | None:
        """What an earlier run had ordered and could not put in its place any more."""
        try:
            if json.loads((self.folder / "origin.json").read_text(encoding="utf-8")) != self.settings.origin:
                return None
            pair, _problems = examine(self.issued.read_bytes(), (self.folder / "key.pem").read_bytes(), self.settings.name, now)
        except (OSError, ValueError):
            return None
        return pair

    def order(self, now: datetime.datetime) -> Pair:
        """Order a certificate; raises Refusal with the words of the certificate authority."""
        self.clear()
        self._request()
        self._forget_issued()
        output = self._run()
        if "accountDoesNotExist" in output and not self.issued.exists():
            # the other side has lost it (or is another one by now): the same key makes it anew
            for registration in self.lego.glob("accounts/*/*/account.json"):
                registration.unlink()
            output = self._run()
        try:
            chain = self.issued.read_bytes()
        except OSError:
            raise refusal(output, self.settings) from None
        pair, problems = examine(chain, (self.folder / "key.pem").read_bytes(), self.settings.name, now)
        if pair is None:
            raise Refusal(ORDER, [f"what {self.settings.directory} issued is of no use: {problem}" for problem in problems])
        return pair

    def clear(self) -> None:
        """Forget the request; its key is where it belongs by now, or of no use."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _forget_issued(self) -> None:
        for left in self.issued.parent.glob(f"{self.settings.name}.*"):
            left.unlink()

    def _request(self) -> None:
        """A new key for every certificate, and the request with it; the name of the origin comes last and makes it whole."""
        self.folder.mkdir(mode=0o700, parents=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = self.settings.name
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)] if len(name) <= 64 else [])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        request = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(
            key, hashes.SHA256()
        )
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        for file, content in (
            ("key.pem", private),
            ("request.pem", request.public_bytes(serialization.Encoding.PEM)),
            ("origin.json", json.dumps(self.settings.origin).encode()),
        ):
            descriptor = os.open(self.folder / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(descriptor)

    def _run(self) -> str:
        """Run lego and return what it said, by way of a file: it is to go on when this program is killed."""
        for folder in (self.lego.parent, self.lego):
            folder.mkdir(mode=0o700, exist_ok=True)
        said = self.folder / "lego.log"
        try:
            with said.open("wb") as output:
                subprocess.run(
                    command(self.settings, self.lego, self.folder / "request.pem", self.servers),
                    env=environment(self.settings),
                    cwd=self.lego,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=SECONDS,
                    umask=0o022,  # its tokens are for the web server; the directory itself is root's
                    pass_fds=(self.lock,),
                    check=False,
                )
        except FileNotFoundError:
            raise Refusal(
                ORDER, ["lego is not installed; the role installs it, or public_certificate_install is false"]
            ) from None
        except subprocess.TimeoutExpired:
            raise Refusal(ORDER, [f"{self.settings.directory} has not issued within {SECONDS // 60} minutes"]) from None
        return said.read_text(encoding="utf-8", errors="replace")


def command(settings: Settings, folder: Path, request: Path, servers: tuple[Server, ...]) -> list[str]:
    """What lego is called with (4.9.1 in Debian 12 and 13): nothing in it is secret."""
    words = ["lego", "--path", str(folder), "--server", settings.directory, "--email", settings.email, "--accept-tos"]
    words += ["--csr", str(request), "--cert.timeout", "120"]
    if settings.challenge == "http-01":
        words += ["--http", "--http.webroot", str(settings.webroot)]
    else:
        words += ["--dns", "rfc2136"]
        # the LAN's own resolver has another view of the name
        for address in dict.fromkeys(server.address for server in servers):
            words += ["--dns.resolvers", f"[{address}]:53" if ":" in address else f"{address}:53"]
    return [*words, "run"]


def environment(settings: Settings) -> dict[str, str]:
    """What lego is told besides: names of files where there are secrets."""
    variables = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    if settings.ca_certificate:
        variables["LEGO_CA_CERTIFICATES"] = settings.ca_certificate
    if settings.challenge == "dns-01":
        server = settings.dns_server
        variables |= {
            "RFC2136_NAMESERVER": f"[{server}]:{settings.dns_port}" if ":" in server else f"{server}:{settings.dns_port}",
            "RFC2136_TSIG_ALGORITHM": f"{settings.key_algorithm}.",
            "RFC2136_TSIG_KEY": settings.key_name,
            "RFC2136_TSIG_SECRET_FILE": settings.key_secret_path,
            "RFC2136_PROPAGATION_TIMEOUT": "180",
            "RFC2136_POLLING_INTERVAL": "2",
            "RFC2136_TTL": "60",
        }
    return variables


def refusal(output: str, settings: Settings) -> Refusal:
    """The last words of lego, and what they mean."""
    lines = [re.sub(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "", line.strip()) for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error|could not|cannot|unable|invalid|fail", line, re.IGNORECASE)] or lines
    said = "; ".join(dict.fromkeys(telling[-3:])) or "lego said nothing"
    problems = [f"{settings.directory} gives no certificate for {settings.name}: {said[:1000]}"]
    kinds = re.findall(r"urn:ietf:params:acme:error:(\w+)", said)
    hints = [HINTS[kind] for kind in kinds if kind in HINTS] or [
        hint for sign, hint in HINTS.items() if " " in sign and sign in said
    ]
    limited = "rateLimited" in kinds
    return Refusal(ORDER, problems + list(dict.fromkeys(hints))[:1], retry_after=_retry_after(said) if limited else 0)


def _retry_after(said: str) -> float:
    """Seconds that Let's Encrypt names in its words (V(retry after 2026-01-31 12:00:00 UTC)), or six hours."""
    found = re.search(r"retry after (\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)", said)
    if not found:
        return 6 * 3600.0
    until = datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
    return min(max((until - datetime.datetime.now(datetime.timezone.utc)).total_seconds(), 0.0), 7 * 86400.0)


def origin_matches(origin: dict[str, Any], settings: Settings) -> bool:
    """Whether a pair was ordered for these names, there, by this account."""
    return all(origin.get(key) == value for key, value in settings.origin.items())
