# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page says, in the languages that there are: catalogues of texts, and a text as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Union, cast

from .model import OnboardingError

Text = Union[str, tuple[str, ...]]
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")
_PLACE = re.compile(r"\{(\w+)\}")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`(.+?)`")


@dataclass(frozen=True)
class Catalogue:
    """One language: its code (BCP 47, lower case), what it calls itself, and its texts; a tuple is a list of steps."""

    language: str
    name: str
    texts: Mapping[str, Text]

    def html(self, key: str, **values: str) -> str:
        """Return a text as HTML: C(**strong**), C(`code`), C({place}) filled with values that are escaped."""
        return markup(cast(str, self.texts[key]), values)

    def steps(self, key: str, **values: str) -> list[str]:
        """Return a list of texts as HTML."""
        return [markup(text, values) for text in self.texts[key]]


def markup(text: str, values: Mapping[str, str]) -> str:
    """Return a text of a catalogue as HTML; what stands in it or is filled in is escaped."""
    escaped = _CODE.sub(r"<code>\1</code>", _STRONG.sub(r"<strong>\1</strong>", html.escape(text)))
    return _PLACE.sub(lambda place: html.escape(values[place.group(1)]), escaped)


def parse(raw: Iterable[Any]) -> tuple[Catalogue, ...]:
    """Return the catalogues, English first, the others by their code; a later one of the same language stands in for the earlier.

    Every one holds what the English one holds, with the same places. Raises L(OnboardingError) with all that is missing.
    """
    errors: list[str] = []
    found = {one.language: one for one in filter(None, (_catalogue(row, errors) for row in raw))}
    if "en" not in found:
        errors.append("onboarding_catalogues: there is no English one, and the others are held against it")
    for language in sorted(found) if "en" in found else []:
        errors += [f"onboarding_catalogues[{language}]: {problem}" for problem in _compare(found["en"], found[language])]
    if errors:
        raise OnboardingError(errors)
    return tuple(found[language] for language in sorted(found, key=lambda one: (one != "en", one)))


def _catalogue(row: Any, errors: list[str]) -> Catalogue | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("texts"), Mapping):
        errors.append("onboarding_catalogues: one of them is not a mapping of language, name and texts")
        return None
    language = str(row.get("language", ""))
    if not _LANGUAGE.fullmatch(language):
        errors.append(f"onboarding_catalogues: {language!r} is not the code of a language in lower case, such as fr or pt-br")
        return None
    texts = {str(key): tuple(map(str, text)) if isinstance(text, list) else str(text) for key, text in row["texts"].items()}
    return Catalogue(language, str(row.get("name") or language), texts)


def _compare(english: Catalogue, other: Catalogue) -> list[str]:
    problems = [f"{key} is missing" for key in sorted(english.texts.keys() - other.texts.keys())]
    problems += [f"{key} is not in the English one" for key in sorted(other.texts.keys() - english.texts.keys())]
    for key in sorted(english.texts.keys() & other.texts.keys()):
        ours, theirs = english.texts[key], other.texts[key]
        if isinstance(ours, str) != isinstance(theirs, str):
            problems.append(f"{key} is a text in one and a list in the other")
        elif _places(ours) != _places(theirs):
            problems.append(f"{key} has the places {_places(theirs)}, the English one {_places(ours)}")
    return problems


def _places(text: Text) -> list[str]:
    return sorted(set(_PLACE.findall(text if isinstance(text, str) else " ".join(text))))
