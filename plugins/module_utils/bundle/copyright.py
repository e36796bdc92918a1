# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Licences out of Debian's copyright files (machine-readable debian/copyright 1.0, "DEP-5")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .control import stanzas

UNKNOWN = "unknown"
_FORMAT = re.compile(r"^Format(-Specification)?:.*(copyright-format|dep5|dep[.]debian[.]net)", re.I | re.MULTILINE)
_FIELD = re.compile(r"^(Files|License):[ \t]*(.*)$", re.IGNORECASE | re.MULTILINE)
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9+])")


@dataclass(frozen=True)
class Licences:
    """What is known of a component's licences.

    names are as its authors wrote them, and none is unknown. basis says where they are from. mentions are common licences that a
    text names which only people can read: a hint and no answer.
    """

    names: tuple[str, ...] = ()
    basis: str = "none"
    mentions: tuple[str, ...] = ()


def parse_copyright(text: str) -> Licences:
    """Licences of the files that a copyright file lists; unknown when it is not machine-readable.

    A paragraph of files without a short name of its licence counts as one that is unknown.
    """
    text = "\n".join(line.rstrip() for line in text.splitlines())
    paragraphs = list(stanzas(text))
    if not paragraphs or not _FORMAT.search(paragraphs[0]):
        return Licences((), "not machine-readable", tuple(sorted(set(_COMMON.findall(text)))))
    found = [{match[0].lower(): match[1].strip() for match in _FIELD.findall(paragraph)} for paragraph in paragraphs]
    of_files = [fields.get("license") or UNKNOWN for fields in found if "files" in fields]
    elsewhere = [fields["license"] for fields in found if fields.get("license")]
    return Licences(tuple(sorted(set(of_files or elsewhere), key=lambda name: (name.casefold(), name))), "DEP-5")
