# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with a proof, apart from a row that disagrees."""

from __future__ import annotations


class ProofError(Exception):
    """The proof cannot be run as asked; the message says what to do."""


class Unavailable(ProofError):
    """This machine or this user cannot make the network namespaces that the proof needs."""


class Refused(ProofError):
    """The kernel does not take the ruleset; the message has the tool's own words."""
