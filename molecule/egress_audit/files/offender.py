"""Calls home: ROUNDS times, tries each PROTOCOL/ADDRESS/PORT and says what came of it."""

from __future__ import annotations

import socket
import sys
import time

ANSWERED, WAIT = "answered", 2


def attempt(protocol: str, address: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM) as end:
        end.settimeout(WAIT)
        try:
            end.connect((address, port))
            end.send(b"?")
            end.recv(1)
        except OSError as error:
            return type(error).__name__
        return ANSWERED


def main() -> None:
    targets = [(word.split("/")[0], word.split("/")[1], int(word.split("/")[2])) for word in sys.argv[2:]]
    for _ in range(int(sys.argv[1])):
        begun = time.monotonic()
        for target in targets:
            sys.stdout.write(f"{target[0]} {target[1]} {attempt(*target)} {time.monotonic() - begun:.1f}\n")
            sys.stdout.flush()
        time.sleep(1)


if __name__ == "__main__":
    main()
