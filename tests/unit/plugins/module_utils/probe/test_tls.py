"""The probe against real sockets: each certificate fault is told from the others, by OpenSSL itself."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import socket
import ssl
import threading
import time

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.probe import transport, web
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import Rung
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def named(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


class Authority:
    def __init__(self, title="Test authority"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = named(title)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = self._builder(self.name, self.key.public_key(), NOW - DAY * 900, NOW + DAY * 900)
        builder = builder.add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    def _builder(self, subject, key, start, end):
        return (
            x509.CertificateBuilder(self.name, subject, key, x509.random_serial_number(), start, end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        )

    def issue(self, folder, name="localhost", start=NOW - DAY, end=NOW + DAY * 90):
        """A server certificate; its serial, and the path of certificate and key in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(named(name), key.public_key(), start, end)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        builder = builder.add_extension(x509.BasicConstraints(False, None), True)
        certificate = builder.sign(self.key, hashes.SHA256())
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = folder / f"{certificate.serial_number}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        return certificate.serial_number, path

    def revoked(self, serials=(), end=NOW + DAY * 14):
        """A revocation list in DER."""
        builder = x509.CertificateRevocationListBuilder(self.name, NOW - DAY * 30, end)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        builder = builder.add_extension(x509.CRLNumber(1), False)
        for serial in serials:
            builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, NOW - DAY).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(autouse=True)
def _trusted(authority, monkeypatch, tmp_path):
    root = tmp_path / "root.pem"
    root.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    transport.trust.cache_clear()


@contextlib.contextmanager
def serving(answer):
    """A server on a free port of this machine; ``answer`` gets each connection."""
    listener = socket.create_server(("localhost", 0))

    def serve():
        while True:
            try:
                link, _peer = listener.accept()
            except OSError:
                return
            link.settimeout(3)
            with link, contextlib.suppress(OSError):
                answer(link)

    worker = threading.Thread(target=serve, daemon=True)
    worker.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        worker.join(3)


def with_tls(path, before=lambda link: None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def answer(link):
        before(link)
        with context.wrap_socket(link, server_side=True) as channel:
            channel.recv(1)

    return answer


def seen(port, kind="tls", name="localhost"):
    return transport.certificate(Rung("x", "tls", "", target=name, port=port), kind, 10, time.time(), 2)


def test_a_sound_certificate(authority, tmp_path):
    with serving(with_tls(authority.issue(tmp_path)[1])) as port:
        found = seen(port)
    assert found.fault == ""
    assert found.facts["days_left"] == 89
    assert found.facts["issuer"] == "Test authority"


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ({"end": NOW - DAY / 2}, "tls-expired"),
        ({"start": NOW + DAY}, "tls-early"),
        ({"name": "other.example.lan"}, "tls-name"),
        ({"end": NOW + DAY * 5}, "tls-ending"),
    ],
)
def test_faults_of_a_certificate(authority, tmp_path, parts, fault):
    with serving(with_tls(authority.issue(tmp_path, **parts)[1])) as port:
        assert seen(port).fault == fault


def test_an_authority_that_is_not_trusted(tmp_path):
    with serving(with_tls(Authority("Somebody else").issue(tmp_path)[1])) as port:
        assert seen(port).fault == "tls-unknown"


def test_no_tls_at_all():
    with serving(lambda link: link.sendall(b"220 hello\r\n")) as port:
        assert seen(port).fault == "tls-none"


def features(starttls):
    offer = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>" if starttls else ""

    def talk(link):
        link.recv(4096)
        link.sendall(f"<stream:stream id='1'><stream:features>{offer}</stream:features>".encode())
        if starttls:
            link.recv(4096)
            link.sendall(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")

    return talk


def test_starttls(authority, tmp_path):
    with serving(with_tls(authority.issue(tmp_path)[1], features(True))) as port:
        assert seen(port, "starttls").fault == ""


def test_no_starttls():
    with serving(features(False)) as port:
        assert seen(port, "starttls").fault == "tls-no-starttls"


def test_ports():
    with serving(lambda link: None) as port:
        assert transport.opened(Rung("x", "tcp", "", target="localhost", port=port), 2).fault == ""
    assert transport.opened(Rung("x", "tcp", "", target="localhost", port=port), 2).fault == "tcp-refused"


@contextlib.contextmanager
def published(body, status=200):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = http.server.HTTPServer(("localhost", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/list.crl"
    finally:
        server.shutdown()
        server.server_close()


def revocation(authority, folder, body, status=200, serial_too=False):
    serial, path = authority.issue(folder)
    body = authority.revoked([serial]) if serial_too else body
    with serving(with_tls(path)) as port, published(body, status) as url:
        return web.revocation(Rung("x", "crl", "", target="localhost", port=port), [url], 24, 2)


def test_a_certificate_that_is_not_revoked(authority, tmp_path):
    found = revocation(authority, tmp_path, authority.revoked())
    assert (found.fault, found.facts["hours_left"]) == ("", 335)


def test_faults_of_a_revocation_list(authority, tmp_path):
    assert revocation(authority, tmp_path, b"", serial_too=True).fault == "tls-revoked"
    assert revocation(authority, tmp_path, authority.revoked(end=NOW - DAY)).fault == "crl-stale"
    assert revocation(authority, tmp_path, authority.revoked(end=NOW + DAY / 2)).fault == "crl-ending"
    assert revocation(authority, tmp_path, b"<html>").fault == "crl-unreadable"
    assert revocation(authority, tmp_path, authority.revoked(), status=404).fault == "crl-absent"
    assert revocation(authority, tmp_path, Authority().revoked()).fault == "crl-foreign"
