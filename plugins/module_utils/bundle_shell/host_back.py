# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's way back to the bundle before its last upgrade, in the same three steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.onprem.chat.plugins.module_utils.bundle import upgrade
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_output import Solution
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

from .host import Host, read_record, versions
from .host_apt import HostApt, Request


@dataclass
class HostBack(Host):
    """The offered bundle is the earlier one; only packages that the record names change."""

    @property
    def moves_all(self) -> bool:
        return True

    def record(self) -> upgrade.Record | None:
        return read_record(self.copy.root)

    def _refuse_serial(self, used: int | None) -> None:
        record, serial = self.record(), self.copy.serial
        if used is None:
            raise BundleError("this host uses no bundle; there is nothing to go back from")
        if self._is_there(used):
            return
        if record is None or record.state == upgrade.UNDONE:
            raise BundleError(f"this host uses bundle {used} and has no record of an upgrade from {serial}; it cannot go back")
        if record.source != serial:
            went = f"its last upgrade went from {record.source} to {record.target}"
            raise BundleError(f"this host cannot go back to bundle {serial}: {went}, and only that one can be taken back")

    def _is_there(self, used: int | None) -> bool:
        """In use already, and no upgrade from it under way: there is nothing to take back."""
        record = self.record()
        under_way = (
            record is not None and record.source == self.copy.serial and record.state in (upgrade.STARTED, upgrade.RETURNING)
        )
        return used == self.copy.serial and not under_way

    def _way(self, apt: HostApt) -> upgrade.WayBack:
        record = self.record()
        if record is None or self._is_there(self.copy.in_use()):
            return upgrade.WayBack({}, (), {})
        return upgrade.way_back(record, apt.installed(), versions(apt))

    def _is_wanting(self, apt: HostApt) -> bool:
        return bool(not self._way(apt).done or apt.installed().unfinished or not self._is_there(self.copy.in_use()))

    def _request(self, apt: HostApt) -> Request:
        way, there = self._way(apt), apt.installed().versions
        # a package that is there is moved by its pin alone: naming it would count as somebody's wish to have it
        words = [name for name in way.versions if name not in there] + [f"{name}-" for name in way.gone]
        return Request(tuple(words), "dist-upgrade", ("--allow-downgrades",), upgrade.render_preferences(way))

    def _refuse_removals(self, solution: Solution) -> None:
        record = self.record()
        new = {name for name, (before, _after) in record.packages.items() if before is None} if record else set()
        super()._refuse_removals(Solution(solution.installs, tuple(step for step in solution.removals if step.name not in new)))

    def _say_what_stays(self, apt: HostApt, solution: Solution) -> None:
        kept = [f"{name} {version}".strip() for name, version in self._way(apt).kept.items()]
        if kept:
            self.warnings.append(f"stays as it is, for no bundle has the version from before: {', '.join(kept)}")

    def _begin(self, solution: Solution) -> upgrade.Record | None:
        record = self.record()
        return record.at(upgrade.RETURNING) if record and not self._is_there(self.copy.in_use()) else None

    def _finish(self, before: Mapping[str, str], after: Mapping[str, str]) -> upgrade.Record | None:
        record = self.record()
        if record is None or record.state != upgrade.RETURNING:
            return None
        lost = [name for name, (old, _new) in record.packages.items() if old is not None and name not in after]
        if lost:
            raise BundleError(f"{', '.join(lost[:5])} did not come back on this host; /var/log/apt/history.log says what apt did")
        return record.at(upgrade.UNDONE)
