# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which units come back after packages changed, and which run what was replaced."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.units import lost, outdated, parse_enabled, parse_units

NGINX = "0::/system.slice/nginx.service\n"
OLD = "7f00-7f01 r-xp 00000000 00:1f 12 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)\n"


def test_units_as_systemctl_lists_them():
    text = "nginx.service loaded active running web\nepmd.socket loaded active listening\nsda.device loaded active plugged\n\n"
    assert parse_units(text) == ["epmd.socket", "nginx.service"]


def test_only_what_starts_at_boot():
    states = {"nginx": "enabled", "run-1": "transient", "postgresql@17-main": "enabled-runtime"}
    text = "\n".join(f"Id={name}.service\nUnitFileState={state}\n" for name, state in states.items())
    assert parse_enabled(text) == ["nginx.service", "postgresql@17-main.service"]


def test_sockets_come_back_first():
    assert lost(["ejabberd.service", "epmd.socket", "nginx.service"], ["nginx.service"]) == ["epmd.socket", "ejabberd.service"]


@pytest.mark.parametrize(
    ("maps", "cgroup", "expected"),
    [
        (OLD, NGINX, "nginx.service"),
        (OLD, "1:name=systemd:/system.slice/nginx.service\n", "nginx.service"),
        (OLD, "0::/system.slice/system-postgresql.slice/postgresql@17-main.service\n", "postgresql@17-main.service"),
        (OLD.replace(" (deleted)", ""), NGINX, None),
        ("7f00-7f01 rw-s 00000000 00:01 7 /dev/zero (deleted)\n", NGINX, None),
        ("7f00-7f01 rw-s 00000000 00:01 7 /SYSV002665eb (deleted)\n", NGINX, None),
        ("7f00-7f01 rw-s 00000000 00:01 7 /var/lib/x/cache (deleted)\n", NGINX, None),
        (OLD, "0::/system.slice/dbus.service\n", None),
        (OLD, "0::/system.slice/systemd-logind.service\n", None),
        (OLD, "0::/user.slice/user-0.slice/session-1.scope\n", None),
    ],
)
def test_who_runs_what_was_replaced(maps, cgroup, expected):
    assert outdated(maps, cgroup) == expected
