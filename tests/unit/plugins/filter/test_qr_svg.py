# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A text as a QR code: what a reader sees in the picture is what segno made of the text."""

from __future__ import annotations

import re

import pytest
import segno
from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.filter import qr_svg as plugin

ADDRESS = "https://chat.example.lan/invite/#" + "k" * 43


def modules(picture):
    """The dark modules of a picture, painted bar by bar."""
    side = int(re.search(r'viewBox="0 0 (\d+)', picture).group(1)) - 8
    grid = [bytearray(side) for _row in range(side)]
    for left, top, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", picture):
        for column in range(int(left) - 4, int(left) - 4 + int(width)):
            grid[int(top) - 4][column] = 1
    return grid


@pytest.mark.parametrize("text", [ADDRESS, "http://chat.example.lan/start", "Büro"])
def test_the_picture_is_the_code(text):
    picture = plugin.qr_svg(text)
    assert modules(picture) == list(segno.make_qr(text, error="m").matrix)
    assert plugin.qr_svg(text) == picture
    assert text not in picture


def test_what_it_cannot_do_it_says_without_the_text(monkeypatch):
    for text in ("", None, 7):
        with pytest.raises(AnsibleFilterError, match="not empty"):
            plugin.qr_svg(text)
    with pytest.raises(AnsibleFilterError, match="4000 characters") as caught:
        plugin.qr_svg("secret" + "é" * 3994)
    assert "secret" not in str(caught.value)
    monkeypatch.setattr(plugin, "segno", None)
    with pytest.raises(AnsibleFilterError, match=r"requirements\.txt"):
        plugin.qr_svg("text")
