"""What keeps a report from being made."""

from __future__ import annotations


class ReportError(Exception):
    """Something that was to be read for a report cannot be understood; its text says what."""
