"""The probe against real sockets: each certificate fault is told from the others, by OpenSSL itself."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import socket
import ssl
import threading
import time
import types

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.probe import chain, client, size, transport, web
from ansible_collections.onprem.chat.plugins.module_utils.verify.intent import Health
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


def with_tls(path, before=lambda link: None, after=lambda channel: None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def answer(link):
        before(link)
        with context.wrap_socket(link, server_side=True) as channel:
            channel.recv(1)
            after(channel)

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
        assert transport.opened("localhost", [port], 2)[port].fault == ""
    assert transport.opened("localhost", [port], 2)[port].fault == "tcp-refused"


def test_ports_are_tried_at_the_same_time(monkeypatch):
    waiting = threading.Barrier(4, timeout=5)

    def silent(_address, _timeout):
        waiting.wait()
        raise TimeoutError

    monkeypatch.setattr(transport.socket, "create_connection", silent)
    seen = transport.opened("localhost", [80, 443, 5222, 5223], 2)
    assert {port: one.fault for port, one in seen.items()} == dict.fromkeys((80, 443, 5222, 5223), "tcp-silent")


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
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
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


def sizes(port):
    return size.of_packets(Rung("x", "mtu", "", target="localhost", port=port), 0.5)


def test_packets_of_every_size_come_through(authority, tmp_path):
    with serving(with_tls(authority.issue(tmp_path)[1], after=lambda channel: channel.sendall(b"HTTP/1.1 200 OK"))) as port:
        assert (sizes(port).fault, sizes(port).seen) == ("", "they do")


def test_who_never_answers_is_no_matter_of_size():
    with serving(lambda link: time.sleep(1.5)) as port:
        assert (sizes(port).fault, sizes(port).seen) == ("", "no answer, in packets of any size")


def test_big_packets_that_vanish(monkeypatch):
    def exchange(_rung, _timeout, segment=0):
        if not segment:
            raise TimeoutError

    monkeypatch.setattr(size, "_exchange", exchange)
    assert sizes(443).fault == "mtu"


def test_packets_are_as_small_as_was_asked():
    with serving(lambda link: link.recv(1)) as port, transport.connect("localhost", port, 2, size.SMALL) as plain:
        assert plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= size.SMALL


def test_a_chain_as_data(authority, tmp_path):
    serial, path = authority.issue(tmp_path)
    with serving(with_tls(path)) as port:
        found = chain.seen("localhost", port, "localhost", "tls", 2)
    assert (found["trusted"], found["fault"]) == (True, "")
    (shown,) = found["certificates"]
    assert (shown["names"], shown["days_left"], shown["key"]) == (["localhost"], 89, "EC secp256r1")
    assert (shown["issuer"], shown["serial"]) == ("CN=Test authority", f"{serial:x}")


def test_a_chain_that_is_not_trusted_is_shown_all_the_same(tmp_path):
    with serving(with_tls(Authority("Somebody else").issue(tmp_path)[1])) as port:
        found = chain.seen("localhost", port, "localhost", "tls", 2)
    assert (found["trusted"], found["fault"]) == (False, "tls-unknown")
    assert found["certificates"][0]["issuer"] == "CN=Somebody else"


def test_a_chain_and_its_revocation(authority, tmp_path):
    serial, path = authority.issue(tmp_path)
    with serving(with_tls(path)) as port, published(authority.revoked([serial])) as url:
        found = chain.revocation("localhost", port, "localhost", [url], 2)
    assert (found["revoked"], found["fault"]) == (True, "tls-revoked")


@contextlib.contextmanager
def site(path, policy="default-src 'self'", answers=None, ahead=0):
    """The web server of a chat: its page, and a place for files that does to them what ``answers`` says."""
    kept = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = kept.get(self.path, b"<html>") if self.path != "/lost" else b"other"
            self.send_response(200)
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self):
            kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response((answers or {}).get(self.path, 201))
            self.end_headers()

        def date_time_string(self, timestamp=None):
            return super().date_time_string(time.time() + ahead)

        def log_message(self, *_args):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("put", "get", "answers", "fault"),
    [
        ("/a", "/a", {}, ""),
        ("/a", "/lost", {}, "upload-changed"),
        ("/a", "/a", {"/a": 403}, "upload-blocked"),
        ("/a", "/a", {"/a": 413}, "upload-blocked"),
        ("/a", "/a", {"/a": 500}, "upload-failed"),
        ("/a", "/a", {"/a": 502}, "upload-failed"),
        ("/a", "/a", {"/a": 507}, "upload-failed"),
    ],
)
def test_a_file_there_and_back(authority, tmp_path, put, get, answers, fault):
    with site(authority.issue(tmp_path)[1], answers=answers) as port:
        base = f"https://localhost:{port}"
        assert web.there_and_back(base + put, base + get, {}, b"content", 2).fault == fault


def test_a_file_and_nobody_who_takes_it(authority, tmp_path):
    with site(authority.issue(tmp_path)[1]) as port:
        pass
    assert web.there_and_back(f"https://localhost:{port}/a", "", {}, b"x", 2).fault == "upload-blocked"


@pytest.mark.parametrize(("policy", "fault"), [("default-src 'self'", ""), ("", "web-policy"), ("default-src *", "web-policy")])
def test_the_policy_of_the_page(authority, tmp_path, monkeypatch, policy, fault):
    with site(authority.issue(tmp_path)[1], policy) as port:
        monkeypatch.setattr(web, "fetch", to(port))
        rung = Rung("x", "client", "", target="localhost", port=port)
        assert client.of_page(rung, ("localhost",), False, 2).fault == fault


def to(port, real=web.fetch):
    return lambda url, *rest, **options: real(url.replace("localhost/", f"localhost:{port}/"), *rest, **options)


@pytest.mark.parametrize(("ahead", "fault"), [(0, ""), (-40000000, "clock"), (40000000, "clock"), (200, "")])
def test_clocks_before_any_certificate_is_judged(tmp_path, monkeypatch, ahead, fault):
    with site(Authority("Somebody else").issue(tmp_path)[1], ahead=ahead) as port:
        monkeypatch.setattr(web, "fetch", to(port))
        assert web.clock(Rung("x", "clock", "", target="localhost", port=443), 2).fault == fault


@pytest.mark.parametrize(
    ("asked", "drawn", "fault"),
    [
        (["localhost"], "<input>", ""),
        (["localhost", "tracker.example.com"], "<input>", "web-outside"),
        (["localhost"], "", "web-blank"),
    ],
)
def test_the_page_in_a_browser(authority, tmp_path, monkeypatch, asked, drawn, fault):
    events = [{"type": 2, "params": {"url": f"https://{host}/x", "initiator": "https://localhost"}} for host in asked]
    log = {"constants": {"logEventTypes": {"URL_REQUEST_START_JOB": 2}}, "events": events}
    monkeypatch.setattr(client.browser, "program", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(client.browser, "visit", lambda *_a: client.browser.Visit(drawn, log))
    with site(authority.issue(tmp_path)[1]) as port:
        monkeypatch.setattr(web, "fetch", to(port))
        rung = Rung("x", "client", "", target="localhost", port=port)
        assert client.of_page(rung, ("localhost",), True, 2).fault == fault


def test_a_browser_that_does_not_run_is_said(authority, tmp_path, monkeypatch):
    def fails(*_arguments):
        raise client.browser.NoBrowser("no sandbox")

    monkeypatch.setattr(client.browser, "program", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(client.browser, "visit", fails)
    with site(authority.issue(tmp_path)[1]) as port:
        monkeypatch.setattr(web, "fetch", to(port))
        found = client.of_page(Rung("x", "client", "", target="localhost", port=port), ("localhost",), True, 2)
    assert (found.fault, found.seen) == ("", "its policy allows no other; Chromium did not run: no sandbox")


@pytest.mark.parametrize(("status", "faults"), [(403, ["web-refused"] * 3), (404, ["web-status", "web-redirect", "web-socket"])])
def test_who_is_not_let_in_is_told_so(monkeypatch, status, faults):
    answer = types.SimpleNamespace(status=status, getheader=lambda _name, default="": default)
    monkeypatch.setattr(web, "fetch", lambda *_arguments: (answer, b""))
    rung = Rung("x", "page", "", target="chat.example.lan", port=443)
    assert [one.fault for one in (web.page(rung, 2), web.redirect(rung, 2), web.websocket(rung, 2))] == faults


@pytest.mark.parametrize(
    ("status", "body", "faults"),
    [
        (200, b"all is well", ["", "package-socket", ""]),
        (200, b"all is lost", ["", "package-socket", "package-health"]),
        (502, b"", ["package-down"] * 3),
        (403, b"", ["web-refused"] * 3),
        (404, b"", ["web-status", "package-socket", "package-health"]),
    ],
)
def test_a_package_of_the_operators_by_its_pages(monkeypatch, status, body, faults):
    answer = types.SimpleNamespace(status=status, getheader=lambda _name, default="": "text/html")
    asked = []
    monkeypatch.setattr(web, "fetch", lambda url, *_arguments: asked.append(url) or (answer, body))
    rung = Rung("x", "page", "", target="chat.example.lan", port=443, path="/here")
    seen = (web.page(rung, 2, False), web.websocket(rung, 2, False), web.health(rung, Health("/health", 200, "well"), 2))
    assert [one.fault for one in seen] == faults
    assert asked == [f"https://chat.example.lan/{path}" for path in ("here", "here", "health")]
