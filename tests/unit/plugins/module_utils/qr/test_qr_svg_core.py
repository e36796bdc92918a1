# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of QR codes."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.qr.svg import svg


def test_bars_in_a_white_border():
    assert svg([[1, 1], [0, 1]]) == (
        '<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 10 10" role="img" aria-label="QR code" '
        'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h10v10H0z"/>'
        '<path fill="#000" d="M4 4h2v1h-2zM5 5h1v1h-1z"/></svg>'
    )


def test_label_and_size():
    assert 'aria-label="&lt;a&gt; &quot;b&quot;"' in svg([[1]], label='<a> "b"')
    assert 'aria-hidden="true"' in svg([[1]], label="") and "role=" not in svg([[1]], label="")
    assert 'width="120" height="120"' in svg([[1]], size=120)


@pytest.mark.parametrize("rows", [[], [[1, 0]], [[1], [0]]])
def test_what_is_no_square_is_no_code(rows):
    with pytest.raises(ValueError, match="square"):
        svg(rows)
