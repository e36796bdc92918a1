# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch that points a host's apt at its copy of the bundle and hides every other source."""

from __future__ import annotations

from .repository import COMPONENT

CONFIGURATION = "/etc/apt/apt.conf.d/99onprem-chat-offline"
SOURCES = "/etc/apt/onprem-chat.list"
_HEAD = "Made by onprem.chat (role offline_source). While this file is here, apt sees the bundle's packages and nothing else."


def render_configuration() -> str:
    """The one file whose removal brings the host's own sources back."""
    return f'// {_HEAD}\nDir::Etc::sourcelist "{SOURCES}";\nDir::Etc::sourceparts "/dev/null";\n'


def render_sources(copy: str, suite: str, architecture: str, trusted: bool = False) -> str:
    """The source; the serial is in its path, so apt never takes one bundle's index for another's.

    A trusted source is for a simulation alone: its index has been verified, and the host's clock may be wrong.
    """
    options = f"arch={architecture} " + ("trusted=yes check-date=no" if trusted else f"signed-by={copy}/keys/apt.asc")
    return f"# {_HEAD}\ndeb [{options}] file:{copy}/debian {suite} {COMPONENT}\n"


def list_name(copy: str, suite: str) -> str:
    """The name under which apt keeps the source's InRelease in /var/lib/apt/lists."""
    return f"{copy}/debian/dists/{suite}/InRelease".replace("/", "_")


def render_policy(active: list[str]) -> str:
    """policy-rc.d for the time of an installation: what ran before may restart, nothing else may start."""
    kinds = (".service", ".socket", ".timer", ".path")
    names = " ".join(sorted(name.removesuffix(".service") for name in active if name.endswith(kinds)))
    return (
        "#!/bin/sh\n"
        "# onprem-chat: no daemon starts before its role has configured it. Goes away after the installation.\n"
        f'case " {names} " in *" ${{1%.service}} "*) exit 0 ;; esac\nexit 101\n'
    )
