"""Runs late, for it shuts a desk out: who guesses passwords is not heard any more, and nobody else suffers."""

from __future__ import annotations

import pytest

GUESSES = 30


@pytest.fixture
def let_in_again(on):
    yield
    on("chat", "ejabberdctl", "unban_ip", "192.168.1.102")


@pytest.mark.usefixtures("let_in_again")
def test_guessing_ends(sit_down, people):
    address, password = people["alice"]["address"], people["alice"]["password"]
    guesser = sit_down("desk2", "native.py")
    for guess in range(GUESSES):
        if guesser.login(address, f"guess {guess}", 5222, False) != "failed_all_auth":
            break
    else:
        pytest.fail(f"{GUESSES} wrong passwords were heard")
    assert guesser.login(address, password, 5222, False) != "session_start"
    colleague = sit_down("desk1", "native.py")
    assert colleague.login(address, password, 5222, False) == "session_start"
    colleague.leave()
