# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error at once, each under its option; what passes is what was written."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ConfigSetError
from ansible_collections.onprem.chat.plugins.module_utils.config_set.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.config_set.payload import pack, unpack

FILE = {"path": "/etc/a", "content": "x"}


def errors(**options):
    with pytest.raises(ConfigSetError) as found:
        parse({"name": "demo", **options})
    return list(found.value.errors)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"name": "Demo"}, "name: 'Demo' is not a name"),
        ({"name": None}, "name: is required"),
        ({"state": "gone"}, "state: 'gone' is not one of present, absent"),
        ({"surprise": 1}, "surprise: is not an option"),
        ({"files": {}}, "files: is not a list"),
        ({"files": ["/etc/a"]}, "files[0]: is not a mapping"),
        ({"files": [{**FILE, "path": "etc/a"}]}, "files[0].path: 'etc/a' is not absolute"),
        ({"files": [{**FILE, "path": "/etc/../a"}]}, "files[0].path: '/etc/../a' is not plain; write it as '/a'"),
        ({"files": [{**FILE, "path": "//etc/a"}]}, "files[0].path: '//etc/a' is not plain; write it as '/etc/a'"),
        ({"files": [{**FILE, "path": "/"}]}, "files[0].path: '/' cannot be owned"),
        ({"files": [{**FILE, "path": "/etc/a\nb"}]}, "contains a control character"),
        ({"files": [{"path": "/etc/a"}]}, "files[0]: needs exactly one of template, content, src, remote_src"),
        ({"files": [{**FILE, "src": "a"}]}, "has content, src"),
        ({"files": [{**FILE, "mode": 420}]}, "files[0].mode: 420 is not a mode"),
        ({"files": [{**FILE, "mode": "u=rw"}]}, "files[0].mode: 'u=rw' is not a mode"),
        ({"files": [{**FILE, "owner": "a b"}]}, "files[0].owner: 'a b' is not the name of an account"),
        ({"files": [{**FILE, "content": {"a": 1}}]}, "files[0].content: is dict, not text"),
        ({"files": [{**FILE, "vars": {"a": 1}}]}, "files[0].vars: is of use only together with template"),
        ({"files": [{**FILE, "secret": "maybe"}]}, "files[0].secret: 'maybe' is not true or false"),
        ({"files": [{**FILE, "zone_serial": True}]}, "files[0].zone_serial: the content has no @SERIAL@"),
        ({"files": [FILE, FILE]}, "files[1].path: /etc/a is already named by files[0].path"),
        ({"files": [FILE], "absent": ["/etc/a"]}, "absent[0]: /etc/a is already named by files[0].path"),
        ({"files": [FILE, {**FILE, "path": "/etc/a/b"}]}, "files[1].path: /etc/a/b lies below files[0].path"),
        (
            {"files": [FILE], "trees": [{"path": "/etc", "archive": "/x.tgz"}]},
            "files[0].path: /etc/a lies inside trees[0].path",
        ),
        ({"absent": ["x"]}, "absent[0]: 'x' is not absolute"),
        ({"links": [{"path": "/etc/l"}]}, "links[0].target: is required"),
        ({"trees": [{"path": "/x", "archive": "/y", "strip_components": -1}]}, "trees[0].strip_components: -1 is not a whole"),
        ({"validate": ["a 'b"]}, 'validate[0]: "a \'b" cannot be run: No closing quotation'),
        ({"commands": [""]}, "commands[0]: '' cannot be run"),
        ({"services": [{"name": "a b"}]}, "services[0].name: 'a b' is not the name of a systemd unit"),
        (
            {"services": [{"name": "a"}, {"name": "a.service"}]},
            "services[1].name: a.service is already named by services[0].name",
        ),
        ({"services": [{"name": "a", "on_change": "stop"}]}, "services[0].on_change: 'stop' is not one of none, reload, restart"),
        ({"health_timeout": 0}, "health_timeout: 0 is not a whole number from 1 to 3600"),
    ],
)
def test_one_error(options, expected):
    found = errors(**options)
    assert len(found) == 1
    assert expected in found[0]


def test_all_errors_together():
    found = errors(name="X", files=[{"path": "a", "mode": 1}], services=[{}])
    assert {"name", "files[0]", "files[0].path", "files[0].mode", "services[0].name"} == {error.split(":")[0] for error in found}


def test_defaults():
    found = parse({"name": "demo", "files": [FILE], "directories": [{"path": "/d"}]})
    assert (found.files[0].owner, found.files[0].group, found.files[0].mode) == ("root", "root", 0o644)
    assert found.directories[0].mode == 0o755
    assert found.state == "present"


def test_content_keeps_every_byte_on_its_way():
    raw = {
        "name": "demo",
        "files": [{"path": "/etc/b", "src": "b"}, {"path": "/etc/t", "template": "t", "vars": {"a": "secret"}}],
    }
    contents = {0: bytes(range(256)), 1: "grün\n".encode()}
    found = unpack(pack(raw, contents))
    assert [file.source.data for file in found.files] == list(contents.values())


def test_a_service_is_a_unit_with_its_suffix():
    found = parse({"name": "demo", "services": [{"name": "a"}, {"name": "b.timer"}, {"name": "c.d"}]})
    assert [service.unit for service in found.services] == ["a.service", "b.timer", "c.d.service"]
