"""Base images: what a flavour holds, and which images go."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.onprem.chat.lab import base


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(base, "CACHE", tmp_path)
    return tmp_path


def image(folder: Path) -> Path:
    (folder / "etc").mkdir(parents=True)
    return folder


def test_a_flavour_may_hold_all_of_another() -> None:
    assert set(base.packages("outside")) > set(base.packages("desk")) > set(base.packages("server"))
    assert not [package for package in base.packages("outside") if package.startswith("+")]


def test_images_of_older_lists_go_and_nothing_else(cache: Path) -> None:
    old = image(cache / "trixie/00000000")
    unknown = image(cache / "trixie-newer/00000000")  # of another checkout that shares the cache
    current = image(base.path("trixie"))
    (cache / "trixie/lock").touch()
    base.prune()
    assert not old.exists()
    assert unknown.is_dir() and current.is_dir() and (cache / "trixie/lock").exists()


def test_an_image_that_a_lab_stands_on_stays(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = image(base.path("trixie-desk"))
    with base.held(["trixie-desk", "trixie-desk"]):
        monkeypatch.setattr(base, "RECIPE", -1)
        base.prune()
        assert held.is_dir()
    base.prune()
    assert not held.exists()
