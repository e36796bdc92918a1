"""Answers on tcp 443 and udp 50050 until it is ended."""

from __future__ import annotations

import socket
import threading

tcp = socket.create_server(("0.0.0.0", 443))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 50050))


def streams() -> None:
    while True:
        peer, _address = tcp.accept()
        with peer:
            peer.send(b"yes")


threading.Thread(target=streams, daemon=True).start()
print("ready", flush=True)
while True:
    _asked, client = udp.recvfrom(99)
    udp.sendto(b"yes", client)
