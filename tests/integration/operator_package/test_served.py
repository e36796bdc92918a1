# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package stands behind the site's name, certificate and proxy; nothing of ejabberd is there, and its own port is shut."""

from __future__ import annotations

import pytest

NAME = "https://chat.example.lan"
WEBSOCKET = """
import os, socket, ssl
raw = socket.create_connection(("chat.example.lan", 443), 5)
link = ssl.create_default_context().wrap_socket(raw, server_hostname="chat.example.lan")
lines = ["GET /ws HTTP/1.1", "Host: chat.example.lan", "Upgrade: websocket", "Connection: Upgrade",
         "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]
link.sendall("\\r\\n".join(lines).encode())
head = b""
while b"\\r\\n\\r\\n" not in head:
    head += link.recv(1)
mask, text = os.urandom(4), b"hello"
link.sendall(bytes([0x81, 0x80 | len(text)]) + mask + bytes(one ^ mask[at % 4] for at, one in enumerate(text)))
print(head.split(b"\\r\\n")[0].decode(), link.recv(64))
"""


@pytest.fixture
def on(site):
    """Runs a command on a host; what it printed."""
    return lambda host, command: site.shell(host, command).strip()


@pytest.fixture
def curl(on):
    """Asks from the desk; what is said, or the exit status."""
    return lambda *words: on("desk1", f"curl --silent --max-time 5 {' '.join(words)} || echo status $?").replace("\r", "")


def test_people_reach_it_by_the_site_s_name_and_certificate(curl):
    assert "Example Chat" in curl(f"{NAME}/")
    assert "examplechat 1.0 is well, licence 16" in curl(f"{NAME}/health")
    assert f"301 {NAME}/" in curl("--output /dev/null --write-out '%{http_code} %{redirect_url}'", "http://chat.example.lan/")


def test_it_is_told_who_asks_and_that_it_was_by_https(curl):
    told = curl("--header 'X-Forwarded-For: 203.0.113.9'", f"{NAME}/headers")
    assert "X-Forwarded-For: 192.168.1.101\n" in f"{told}\n"
    assert "X-Forwarded-Proto: https" in told and "Host: chat.example.lan" in told


def test_what_it_says_of_itself_without_tls_is_put_right(curl):
    told = curl("--include", f"{NAME}/login")
    assert f"Location: {NAME}/" in told
    assert "Set-Cookie: id=1; Secure" in curl("--include", f"{NAME}/")


def test_its_websocket_goes_through(on):
    assert on("desk1", f"python3 - <<'END'\n{WEBSOCKET}\nEND") == "HTTP/1.1 101 Switching Protocols b'\\x81\\x05hello'"


def test_nobody_comes_past_the_proxy(on, curl):
    """It listens on every address, as rude programs do; only this host is let in."""
    assert "0.0.0.0:8080" in on("chat", "ss -Hlnt 'sport = :8080'")
    assert curl("http://192.168.1.30:8080/health") == "status 7"
    assert "is well" in on("chat", "curl --silent http://127.0.0.1:8080/health")


def test_nothing_of_ejabberd_is_there(on, curl):
    assert on("chat", "dpkg-query -W -f '${Package}\\n' | grep -E '^(ejabberd|erlang|postgresql)' || echo none") == "none"
    for port in (5222, 5223, 5280):
        assert on("desk1", f"timeout 3 bash -c 'exec 3<>/dev/tcp/192.168.1.30/{port}' 2>/dev/null || echo shut") == "shut"
    srv = "import dns.resolver as r; r.resolve('_xmpp-client._tcp.chat.example.lan', 'SRV')"
    assert "NXDOMAIN" in on("desk1", f'python3 -c "{srv}" 2>&1 | tail -n 1')


def test_the_page_on_which_people_begin_names_no_other_app(curl):
    page = curl("http://chat.example.lan/start/en/windows")
    assert "Open the chat" in page and "fingerprint" in page
    assert "Gajim" not in page and "invitation" not in page and "name@" not in page
    assert curl("--output /dev/null --write-out '%{http_code}'", "http://pki.example.lan/pki/root.crt") == "200"


def test_its_installer_ran_once_and_its_secret_is_root_s(on):
    assert on("chat", "cat /opt/examplechat/installs") == "run"
    assert on("chat", "stat -c '%U %a' /etc/onprem-chat/package.env /var/lib/onprem-chat/package.json") == "root 600\nroot 600"


def test_a_run_has_nothing_left_to_do_and_tells_no_secret(site):
    output = site.run("--check", "--diff", "-vvv")
    assert set(site.changes(output).values()) == {0}
    assert "lab-only-licence" not in output
