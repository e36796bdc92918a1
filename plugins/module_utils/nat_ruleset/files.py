# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed on a host besides its rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .seat import Seat

#: Services of Debian that empty the kernel's tables when they are started, reloaded or stopped, and how to wait for that where
#: systemd does not. firewalld before 2.0 empties those of iptables, even with its nftables backend.
FLUSHERS = {
    "nftables.service": "",
    "netfilter-persistent.service": "",
    "firewalld.service": "/usr/bin/firewall-cmd --state",
}


def managed(seat: Seat) -> str:
    """The first line of everything that is ours."""
    return f"# Written by {seat.module}; changes are lost."


def main(seat: Seat) -> str:
    """What the interpreter is given."""
    return f"""\
{managed(seat)}
\"\"\"Loads the confirmed ruleset, or falls back to it: {seat.run} load | fallback TOKEN.\"\"\"

from nat_ruleset.cli import main

main("{seat.key}")
"""


def service(seat: Seat) -> str:
    """The unit that loads the rules before the network is up."""
    return f"""\
{managed(seat)}
[Unit]
Description={seat.title} of onprem.chat
ConditionPathExists=/{seat.confirmed}
DefaultDependencies=no
After=local-fs.target systemd-modules-load.service nftables.service netfilter-persistent.service
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={seat.run} load
ExecReload={seat.run} load

[Install]
WantedBy=sysinit.target
"""


def drop_in(seat: Seat, wait: str) -> str:
    """What brings our rules back after a service that flushes.

    A failure must not count there: systemd would stop the service, and so flush everything.
    """
    moments = ("ExecStartPost", "ExecReload")
    commands = [f"{moment}=-{command}" for moment in moments for command in (wait, f"{seat.run} load") if command]
    return f"""\
{managed(seat)}
# Whatever this service does begins with emptying tables of the kernel; ours come back at once.
[Service]
""" + "".join(f"{line}\n" for line in (*commands, f"ExecStopPost=-{seat.run} load"))


def units(seat: Seat) -> dict[str, str]:
    """The files that systemd reads, by path under the root."""
    drop_ins = {f"etc/systemd/system/{name}.d/{seat.name}.conf": drop_in(seat, wait) for name, wait in FLUSHERS.items()}
    return {seat.unit: service(seat), **drop_ins}


def sysctl_conf(seat: Seat, settings: Mapping[str, str]) -> str:
    """The file for sysctl.d, nothing when there is nothing to set; the slashes keep interface names with dots apart."""
    lines = (managed(seat), *(f"{name} = {value}" for name, value in sorted(settings.items())))
    return "".join(f"{line}\n" for line in lines) if settings else ""
