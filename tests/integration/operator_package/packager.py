# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The maker of a proprietary chat server, as far as a site is concerned: builds a small one as deb, archive, directory.

packager.py FOLDER builds examplechat 1.0 and 2.0 in all three kinds there, and packages.json with what
site_chat_package says of each.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.package.sums import directory_sum

PORT = 8080
#: It knows nothing of TLS, listens on every address, and counts its starts where it may write.
SERVER = r"""
import base64, hashlib, http.server, os, pathlib, socketserver, sys
VERSION = "@VERSION@"
STATE = pathlib.Path(sys.argv[1])
STATE.mkdir(parents=True, exist_ok=True)
starts = STATE / "starts"
starts.write_text(str(int(starts.read_text() if starts.exists() else 0) + 1))

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def say(self, status, kind, text, **headers):
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(body), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/":
            self.say(200, "text/html", "<!doctype html><title>Example Chat</title><input name=user>", **{"Set-Cookie": "id=1"})
        elif self.path == "/health":
            self.say(200, "text/plain", "examplechat %s is well, licence %s" % (VERSION, len(os.environ.get("LICENCE", ""))))
        elif self.path == "/headers":
            self.say(200, "text/plain", str(self.headers))
        elif self.path == "/login":
            self.say(302, "text/plain", "", Location="http://%s/" % self.headers["Host"])
        elif self.path == "/ws" and self.headers.get("Upgrade", "").lower() == "websocket":
            key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
            self.end_headers()
            head = self.rfile.read(2)
            mask, length = self.rfile.read(4), head[1] & 127
            text = bytes(one ^ mask[at % 4] for at, one in enumerate(self.rfile.read(length)))
            self.wfile.write(bytes([0x81, length]) + text)
            self.close_connection = True
        else:
            self.say(404, "text/plain", "nothing here")

    def log_message(self, *words):
        pass

class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

Server(("0.0.0.0", @PORT@), Handler).serve_forever()
"""
UNIT = """[Unit]
Description=Example Chat
[Service]
ExecStart=/usr/bin/python3 {program} /var/lib/examplechat
[Install]
WantedBy=multi-user.target
"""
#: Counts its runs, for a test to see that it ran once.
INSTALLER = """#!/bin/sh
set -e
test "$LICENCE" || { echo "no licence" >&2; exit 3; }
mkdir -p /opt/examplechat
cp server.py /opt/examplechat/server.py
cp examplechatd.service /etc/systemd/system/examplechatd.service
echo run >>/opt/examplechat/installs
"""


def program(version: str) -> str:
    return SERVER.replace("@VERSION@", version).replace("@PORT@", str(PORT)).lstrip()


def archive(folder: Path, version: str) -> dict[str, object]:
    """A tar.gz with an installer that brings its own unit."""
    files = {"server.py": program(version), "install.sh": INSTALLER}
    files["examplechatd.service"] = UNIT.format(program="/opt/examplechat/server.py")
    path = folder / f"examplechat-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"examplechat-{version}/{name}")
            member.size, member.mode = len(text.encode()), 0o755 if name.endswith(".sh") else 0o644
            tar.addfile(member, io.BytesIO(text.encode()))
    install = {"install": "./install.sh", "creates": "/opt/examplechat/server.py"}
    return {"kind": "archive", "source": str(path), "sha256": digest(path), "unit": "examplechatd", **install}


def deb(folder: Path, version: str) -> dict[str, object]:
    """A deb that brings its unit and wants to start it at once."""
    path = folder / f"examplechat_{version}_all.deb"
    with tempfile.TemporaryDirectory() as name:
        top = Path(name) / "root"
        put(top / "usr/lib/examplechat/server.py", program(version))
        put(top / "usr/lib/systemd/system/examplechat.service", UNIT.format(program="/usr/lib/examplechat/server.py"))
        about = f"Package: examplechat\nVersion: {version}\nArchitecture: all\nMaintainer: Example <a@example.com>\n"
        put(top / "DEBIAN/control", f"{about}Depends: python3\nDescription: a chat server that tests made\n")
        put(top / "DEBIAN/postinst", "#!/bin/sh\ninvoke-rc.d examplechat start || true\n", 0o755)
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", top, path], check=True, capture_output=True)
    return {"kind": "deb", "source": str(path), "sha256": digest(path), "unit": "examplechat", "version": version}


def directory(folder: Path, version: str) -> dict[str, object]:
    """A directory that knows nothing of systemd."""
    top = folder / f"examplechat-{version}"
    put(top / "server.py", program(version))
    put(top / "bin/start", '#!/bin/sh\nexec /usr/bin/python3 "$(dirname "$0")/../server.py" "$1"\n', 0o755)
    sums = {str(path.relative_to(top)): digest(path) for path in top.rglob("*") if path.is_file()}
    runs = {"command": "bin/start /var/lib/onprem-chat-package", "user": "examplechat"}
    return {"kind": "directory", "source": str(top), "sha256": directory_sum(sums), **runs}


def put(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def everything(folder: Path) -> dict[str, dict[str, object]]:
    """All packages by kind and version; what they have in common stands in each."""
    common = {"port": PORT, "websocket_paths": ["/ws"], "environment": {"LICENCE": "lab-only-licence"}}
    found = {}
    folder.mkdir(parents=True, exist_ok=True)
    for version in ("1.0", "2.0"):
        health = {"path": "/health", "expect": f"examplechat {version} is well"}
        for make in (deb, archive, directory):
            found[f"{make.__name__}-{version}"] = {**make(folder, version), **common, "health": health}
    return found


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    packages = everything(target)
    (target / "packages.json").write_text(json.dumps(packages, indent=2) + "\n", encoding="utf-8")
