# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of licences as Debian and PyPI write them, and the SPDX identifier of each that means the same without doubt."""

from __future__ import annotations

import re

# Written alike by all, apart from upper and lower case.
_ALIKE = (
    "0BSD",
    "AFL-2.1",
    "Apache-1.1",
    "Apache-2.0",
    "APSL-2.0",
    "Artistic-2.0",
    "Beerware",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Attribution",
    "BSD-4-Clause",
    "BSD-4-Clause-UC",
    "BSL-1.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "curl",
    "FSFAP",
    "FSFUL",
    "FSFULLR",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "OFL-1.1",
    "OpenSSL",
    "PostgreSQL",
    "PSF-2.0",
    "Sleepycat",
    "Unicode-DFS-2016",
    "Unlicense",
    "X11",
    "Zlib",
)
_OTHERS = {
    "apache-2": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "artistic": "Artistic-1.0",
    "artistic-2": "Artistic-2.0",
    "expat": "MIT",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl-2": "MPL-2.0",
    "openldap-2.8": "OLDAP-2.8",
    "psf-2": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
SPDX = {**{name.lower(): name for name in _ALIKE}, **_OTHERS}
_VERSIONS = {
    "AGPL": ("1.0", "3.0"),
    "GFDL": ("1.1", "1.2", "1.3"),
    "GPL": ("1.0", "2.0", "3.0"),
    "LGPL": ("2.0", "2.1", "3.0"),
}
_GNU = re.compile(r"^(?P<name>AGPL|GFDL|GPL|LGPL)-(?P<version>\d(?:\.\d)?)(?P<later>\+|-only|-or-later)?$", re.IGNORECASE)


def spdx_id(name: str) -> str | None:
    """The SPDX identifier of one licence, or None when there is none or it is not sure."""
    match = _GNU.match(name)
    if not match:
        return SPDX.get(name.lower())
    family, version = match["name"].upper(), match["version"]
    version = version if "." in version else f"{version}.0"
    if version not in _VERSIONS[family]:
        return None
    return f"{family}-{version}-{'or-later' if (match['later'] or '').lower() in ('+', '-or-later') else 'only'}"


def is_expression(text: str) -> bool:
    """Whether a text is a plain SPDX expression (no brackets) of several licences that are known here."""
    tokens = text.split()
    licences, words = tokens[::2], tokens[1::2]
    return len(licences) == len(words) + 1 > 1 and {*words} <= {"AND", "OR"} and all(spdx_id(name) == name for name in licences)
