# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory may say of a package, and what it may not; every wrong field is told with its place."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.package.error import PackageError
from ansible_collections.onprem.chat.plugins.module_utils.package.model import OWN_UNIT
from ansible_collections.onprem.chat.plugins.module_utils.package.parse import parse

SUM = "0123456789abcdef" * 4
DEB = {"kind": "deb", "source": "chat.deb", "sha256": SUM, "port": 8080, "unit": "chat"}
ARCHIVE = {"kind": "archive", "source": "chat.tgz", "sha256": SUM, "port": 8080, "command": "bin/chat --quiet", "user": "chat"}
NOT_SET = {"unit": None, "command": None, "user": None}


def read(**parts):
    return parse({key: value for key, value in parts.items() if value is not None}, "site_chat_package")


def test_the_least_that_a_deb_needs():
    found = read(**DEB).as_data()
    assert (found["unit"], found["folder"], found["exec_start"], found["page"]) == ("chat.service", "", "", "/")
    assert found["health"] == {} and found["websocket_paths"] == [] and found["confined"] is True


def test_a_command_is_a_service_of_ours_and_lies_in_the_folder_of_the_sum():
    found = read(**ARCHIVE).as_data()
    assert found["unit"] == OWN_UNIT
    assert found["exec_start"] == f"/opt/onprem-chat/package/{SUM[:16]}/bin/chat --quiet"
    assert read(**{**ARCHIVE, "command": "/usr/bin/chat", "unit": "mine.service"}).as_data()["exec_start"] == "/usr/bin/chat"


def test_an_expectation_may_be_any_text():
    health = read(**DEB, health={"path": "/h?", "expect": "x"} | {"path": "/h"}).health
    assert (health.path, health.status, health.expect) == ("/h", 200, "x")


@pytest.mark.parametrize(
    ("base", "parts", "said"),
    [
        (DEB, {"kind": "rpm"}, r"kind: 'rpm' is no kind; there are deb, archive, directory"),
        (DEB, {"kind": None}, r"kind: is missing"),
        (DEB, {"source": None}, r"source: is missing"),
        (DEB, {"sha256": "0" * 63}, r"sha256: '0+' is not a SHA-256 sum"),
        (DEB, {"sha256": "A" * 64}, r"sha256: 'A+' is not a SHA-256 sum"),
        (DEB, {"port": 443}, r"port: 443 is that of nginx"),
        (DEB, {"port": 0}, r"port: 0 is not a number"),
        (DEB, {"ports": [8080], "program": "x"}, r"ports\[0\]: 8080 is port already"),
        (DEB, {"ports": [9000, 9000], "program": "x"}, r"ports\[1\]: 9000 is ports\[0\] already"),
        (DEB, {"ports": [53]}, r"ports\[0\]: 53 is that of the name server"),
        (DEB, {"ports": [9000]}, r"program: is missing"),
        (DEB, {"install": "./x"}, r"install: has no use with kind: deb"),
        (DEB, {"creates": "/opt/x"}, r"creates: has no use with kind: deb"),
        (DEB, {"unit": None}, r"unit: is missing"),
        (DEB, {"unit": "../x"}, r"unit: '../x' is not the name of a service"),
        (DEB, {"unit": "chat@"}, r"unit: 'chat@' is not the name of a service"),
        (DEB, {"unit": "nginx"}, r"unit: nginx.service is a service of the host or of the site"),
        (DEB, {"unit": "systemd-networkd"}, r"unit: systemd-networkd.service is a service of the host"),
        (DEB, {"websocket_paths": ["/ws", "/ws"]}, r"websocket_paths: names a path twice"),
        (DEB, {"writable": ["/srv/x"]}, r"writable: has no use without command"),
        (DEB, {"command": "chat", "user": "chat"}, r"command: must begin with an absolute path"),
        (DEB, {"command": "/usr/bin/chat"}, r"user: is missing"),
        (DEB, {"user": "No One"}, r"user: 'No One' is not the name of an account"),
        (DEB, {"websocket_paths": ["/a;b"]}, r"websocket_paths\[0\]: '/a;b' is not a path"),
        (DEB, {"websocket_paths": ["/pki/x"]}, r"websocket_paths\[0\]: /pki/x is served by the site itself"),
        (DEB, {"page": "/start"}, r"page: /start is served by the site itself"),
        (DEB, {"health": {"status": 200}}, r"health.path: is missing"),
        (DEB, {"health": {"path": "/h", "expect": 7}}, r"health.expect: 7 is not a text"),
        (DEB, {"health": {"path": "/h", "body": "x"}}, r"health.body: is not known"),
        (DEB, {"environment": {"A B": "x"}}, r"environment: 'A B' is not the name of a variable"),
        (DEB, {"environment": {"A": "x\ny"}}, r"environment.A: must be one line"),
        (DEB, {"environment": ["A"]}, r"environment: must be a mapping"),
        (DEB, {"start_seconds": 0}, r"start_seconds: 0 is not a number"),
        (DEB, {"confined": "no"}, r"confined: 'no' is neither true nor false"),
        (DEB, {"shasum": SUM}, r"shasum: is not known"),
        (ARCHIVE, {"install": "./install.sh"}, r"creates: is missing"),
        (ARCHIVE, {"creates": "/opt/x"}, r"creates: has no use without install"),
        (ARCHIVE, {"install": "a\nb"}, r"install: must be one line"),
        (ARCHIVE, {"packages": ["Libc"]}, r"packages\[0\]: 'Libc' is not the name of a Debian package"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(base, parts, said):
    with pytest.raises(PackageError, match=rf"site_chat_package\.{said}"):
        read(**{**base, **parts})


def test_everything_is_told_at_once():
    with pytest.raises(PackageError) as refused:
        parse({"kind": "rpm", "port": "x"}, "site_chat_package")
    assert len(refused.value.problems) == 4


def test_a_start_page_of_its_own_at_another_place_is_fine():
    assert read(**DEB, page="/started", websocket_paths=["/invited"]).page == "/started"


def test_what_is_no_mapping_is_refused():
    with pytest.raises(PackageError, match="must be a mapping"):
        parse("chat.deb", "site_chat_package")
