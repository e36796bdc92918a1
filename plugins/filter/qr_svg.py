# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.qr.svg import svg

try:
    import segno
except ImportError:
    segno = None

DOCUMENTATION = r"""
name: qr_svg
short_description: A text as a QR code in SVG
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Makes one C(svg) element that can stand in a page or be a file. It has a white border of its own, so it can be read on a dark
    page too, and asks for nothing outside.
  - The same text gives the same bytes.
requirements:
  - segno on the control node
positional: _input
options:
  _input:
    description: The text, such as an address. It never appears in an error.
    type: str
    required: true
  label:
    description: What a screen reader says of the picture. When empty, the picture is decoration beside words that say the same.
    type: str
    default: QR code
  size:
    description: Width and height in CSS pixels. V(0) leaves them to the style sheet, by the class C(qr).
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Print the address of the chat
  ansible.builtin.copy:
    dest: chat.svg
    content: "{{ 'https://chat.example.lan/' | onprem.chat.qr_svg(label='QR code of chat.example.lan') }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The element.
  type: str
"""


def qr_svg(text: Any, label: str = "QR code", size: int = 0) -> str:
    if segno is None:
        raise AnsibleFilterError("qr_svg: needs segno on the control node, as requirements.txt says (pip install segno)")
    if not isinstance(text, str) or not text:
        raise AnsibleFilterError("qr_svg: takes a text that is not empty")
    try:
        code = segno.make_qr(text, error="m")
    except ValueError:
        raise AnsibleFilterError(f"qr_svg: {len(text)} characters are too long for a QR code") from None
    return svg(code.matrix, label, size)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"qr_svg": qr_svg}
