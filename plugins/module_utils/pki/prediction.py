# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from .error import PkiError
from .names import Names

_MARK = "predicted: "


def predict_csr(names: Names) -> str:
    """What stands for a signing request that check mode cannot make, because its key is not there yet."""
    return _MARK + names.text()


def is_predicted(csr: str) -> bool:
    """Whether a text is such a stand-in."""
    return csr.startswith(_MARK)


def read_predicted(csr: str, path: str) -> Names:
    """Give back the names of a stand-in."""
    dns: list[str] = []
    addresses: list[str] = []
    for item in csr[len(_MARK) :].split(", "):
        kind, colon, value = item.partition(":")
        if not colon or kind not in ("DNS", "IP"):
            raise PkiError(f"{path}: {item!r} is not a predicted name")
        (dns if kind == "DNS" else addresses).append(value)
    return Names.parse(dns, addresses, f"{path}: ")
