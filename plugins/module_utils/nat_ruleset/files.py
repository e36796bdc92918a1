# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed on a router besides its rules: where it stands and what is in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

NAME = "onprem-chat-nat"
CONFIG = "etc/onprem-chat/nat"
CONFIRMED = f"{CONFIG}/confirmed"
PROGRAM = "usr/local/lib/onprem-chat/nat"
PENDING = "run/onprem-chat-nat"
LOCK = "run/lock/onprem-chat-nat.lock"
# It has to come after 99-sysctl.conf, which is what Debian calls /etc/sysctl.conf there.
SYSCTL = "etc/sysctl.d/99-zz-onprem-chat-nat.conf"
UNIT = f"etc/systemd/system/{NAME}.service"
ENABLED = f"etc/systemd/system/sysinit.target.wants/{NAME}.service"
FALLBACK = f"{NAME}-fallback-"
#: Services of Debian that empty the kernel's tables when they are started, reloaded or stopped, and how to wait for that where
#: systemd does not. firewalld before 2.0 empties those of iptables, even with its nftables backend.
FLUSHERS = {
    "nftables.service": "",
    "netfilter-persistent.service": "",
    "firewalld.service": "/usr/bin/firewall-cmd --state",
}
RUN = f"/usr/bin/python3 -I -B /{PROGRAM}"
MANAGED = "# Written by onprem.chat.nat_ruleset; changes are lost."

MAIN = f"""\
{MANAGED}
\"\"\"Loads the confirmed ruleset, or falls back to it: python3 -I -B /{PROGRAM} load | fallback TOKEN.\"\"\"

from nat_ruleset.cli import main

main()
"""

SERVICE = f"""\
{MANAGED}
[Unit]
Description=NAT rules of onprem.chat
ConditionPathExists=/{CONFIRMED}
DefaultDependencies=no
After=local-fs.target systemd-modules-load.service nftables.service netfilter-persistent.service
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={RUN} load
ExecReload={RUN} load

[Install]
WantedBy=sysinit.target
"""

# A failure must not count here: systemd would stop the service, and so flush everything.
DROP_IN = f"""\
{MANAGED}
# Whatever this service does begins with emptying tables of the kernel; ours come back at once.
[Service]
"""


def units() -> dict[str, str]:
    """The files that systemd reads, by path under the root."""
    found = {UNIT: SERVICE}
    for service, wait in FLUSHERS.items():
        commands = [
            f"{moment}=-{command}" for moment in ("ExecStartPost", "ExecReload") for command in (wait, f"{RUN} load") if command
        ]
        commands.append(f"ExecStopPost=-{RUN} load")
        found[f"etc/systemd/system/{service}.d/{NAME}.conf"] = DROP_IN + "".join(f"{line}\n" for line in commands)
    return found


def sysctl_conf(settings: Mapping[str, str]) -> str:
    """The file for sysctl.d; the slashes keep interface names with dots apart."""
    return "".join(f"{line}\n" for line in (MANAGED, *(f"{name} = {value}" for name, value in sorted(settings.items()))))
