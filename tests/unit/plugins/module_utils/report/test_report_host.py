# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts and their name servers say, as data."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.report import host, soa
from ansible_collections.onprem.chat.plugins.module_utils.report.error import ReportError

ZONE = b"\x07example\x03lan\x00"
#: SOA: both names point back into the question, then serial, refresh, retry, expire, minimum.
SOA = b"\xc0\x0c\xc0\x0c" + struct.pack("!5I", 2026112101, 3600, 900, 604800, 300)


def answer(flags=0x8400, records=1, rdata=SOA, kind=6, number=7):
    record = b"\xc0\x0c" + struct.pack("!2HIH", kind, 1, 300, len(rdata)) + rdata
    return struct.pack("!6H", number, flags, 1, records, 0, 0) + ZONE + struct.pack("!2H", 6, 1) + record * records


def test_the_question_is_that_of_the_rfc():
    assert soa.question("example.lan.", 7) == struct.pack("!6H", 7, 0, 1, 0, 0, 0) + ZONE + struct.pack("!2H", 6, 1)


def test_the_serial():
    assert soa.serial(answer(), 7) == 2026112101
    named = b"\x02ns" + ZONE + b"\x04host" + ZONE + struct.pack("!5I", 5, 1, 1, 1, 1)
    assert soa.serial(answer(rdata=named), 7) == 5


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (answer(flags=0x8405), "refused"),
        (answer(flags=0x8402), "server failure"),
        (answer(flags=0x840B), "code 11"),
        (answer(records=0), "no such zone here"),
        (answer(kind=5), "no such zone here"),
        (answer(number=8), "another question"),
        (answer()[:-30], "cannot be read"),
        (b"", "cannot be read"),
    ],
)
def test_no_serial(message, words):
    with pytest.raises(ReportError, match=words):
        soa.serial(message, 7)


def test_packages_are_those_that_are_installed():
    listing = "ii \tnginx\t1.26.3-3\nrc \tcoturn\t4.6.1\nun \tlego\t\nii \tejabberd\t24.12-3+b1\n"
    assert host.packages(listing) == {"ejabberd": "24.12-3+b1", "nginx": "1.26.3-3"}
    assert host.packages("") == {}


TRACKING = "C0A80135,192.168.1.53,11,1795279858.1,0.000012,0.00001,0.00002,-3.1,0.0,0.1,0.0003,0.0002,64.1,{}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TRACKING.format("Normal"), {"synchronised": True, "source": "192.168.1.53", "stratum": 11, "offset": 0.000012}),
        (TRACKING.format("Not synchronised"), {"synchronised": False, "source": "", "stratum": 11, "offset": 0.000012}),
        ("506 Cannot talk to daemon\n", {}),
        ("", {}),
        (",".join("x" * 14), {}),
    ],
)
def test_time_source(text, found):
    assert host.time_source(text) == found


def test_a_key_beside_a_certificate_stays_where_it_is():
    certificate = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
    key = "-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n"
    revoked = "-----BEGIN X509 CRL-----\nREVG\n-----END X509 CRL-----\n"
    assert host.certificate_blocks(key + certificate + key + revoked) == certificate + revoked
    assert host.certificate_blocks(key) == ""
