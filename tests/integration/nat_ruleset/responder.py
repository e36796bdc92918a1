"""Answers on every TCP and UDP port that it is given with the address of the peer, as long as the peer asks."""

from __future__ import annotations

import socketserver
import sys
import threading


class Tcp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while self.request.recv(100):
            self.request.sendall(self.client_address[0].encode())


class Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request[1].sendto(self.client_address[0].encode(), self.client_address)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


for port in map(int, sys.argv[1:]):
    for server in (Server(("", port), Tcp), socketserver.ThreadingUDPServer(("", port), Udp)):
        threading.Thread(target=server.serve_forever).start()
