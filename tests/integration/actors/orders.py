"""Runs on a desk under the program of a person: takes orders as lines of JSON on standard input, answers each in a line."""

from __future__ import annotations

import json
import sys


def obey(person):
    """Make the person when the first order comes, do what is ordered, and let them leave at the end."""
    there = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            there = there or person()
            answer = {"value": getattr(there, order["do"])(*order["with"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    if there:
        try:
            there.leave()
        except Exception as error:
            print(error, file=sys.stderr)
