# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose rules they are: a router's, or those of a host for itself. Each has its table and its files. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seat:
    """C(key) is in the names of everything that it owns, C(parts) are its parts of the packet filter (L(model.PARTS)).

    C(title) is what systemd calls it, C(module) who writes its files, C(who) what an error calls the host, C(forwards) whether it
    forwards packets of others.
    """

    key: str
    parts: tuple[str, ...]
    title: str
    module: str
    who: str
    forwards: bool

    @property
    def name(self) -> str:
        """The name of its unit."""
        return f"onprem-chat-{self.key}"

    @property
    def config(self) -> str:
        """The folder of what is stored; paths are under the root."""
        return f"etc/onprem-chat/{self.key}"

    @property
    def confirmed(self) -> str:
        """The link to what a boot loads."""
        return f"{self.config}/confirmed"

    @property
    def program(self) -> str:
        """The link to the program that loads and falls back."""
        return f"usr/local/lib/onprem-chat/{self.key}"

    @property
    def pending(self) -> str:
        """The folder of what waits for its confirmation."""
        return f"run/{self.name}"

    @property
    def lock(self) -> str:
        """One run at a time."""
        return f"run/lock/{self.name}.lock"

    @property
    def sysctl(self) -> str:
        """Kernel settings; they have to come after 99-sysctl.conf, which is what Debian calls /etc/sysctl.conf there."""
        return f"etc/sysctl.d/99-zz-{self.name}.conf"

    @property
    def unit(self) -> str:
        """What loads the rules at boot."""
        return f"etc/systemd/system/{self.name}.service"

    @property
    def enabled(self) -> str:
        """What switches it on."""
        return f"etc/systemd/system/sysinit.target.wants/{self.name}.service"

    @property
    def fallback(self) -> str:
        """What the names of the timers begin with."""
        return f"{self.name}-fallback-"

    @property
    def run(self) -> str:
        """How the program is called."""
        return f"/usr/bin/python3 -I -B /{self.program}"


ROUTER = Seat("nat", ("nft", "ip4", "ip6"), "NAT rules", "onprem.chat.nat_ruleset", "router", True)
HOST = Seat("host", ("host",), "Host firewall", "onprem.chat.host_ruleset", "host", False)
SEATS = {seat.key: seat for seat in (ROUTER, HOST)}
