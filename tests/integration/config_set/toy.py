#!/usr/bin/python3
"""A daemon for the tests: says what its configuration says, reads it again on SIGHUP a little later, and has a checker."""

import os
import signal
import sys
import time
from pathlib import Path

SAID = Path("/run/toy.said")


def read():
    return Path("/etc/toy/toy.conf").read_text(encoding="utf-8").strip()


def say(signal_number=None, _frame=None):
    words = read()
    if signal_number:
        time.sleep(0.3)  # as nginx, which answers with its old configuration for a while
    if words.startswith("crash"):
        sys.exit("toy: cannot live with that")
    new = SAID.with_suffix(".new")
    new.write_text(f"{words} {os.getpid()}", encoding="utf-8")
    new.rename(SAID)


if sys.argv[1:] == ["check"]:
    if read().startswith("syntax"):
        sys.exit(f"toy: syntax error: {read()}")
    sys.exit(0)
signal.signal(signal.SIGHUP, say)
say()
while True:
    signal.pause()
