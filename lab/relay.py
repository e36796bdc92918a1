"""TCP from the machine into the lab: `nc` for ssh, `forward` for a look at the web client."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import struct
import threading

from . import enter, kernel
from .state import Lab, LabError

CONNECT_SECONDS = 8  # less than the 10 that Ansible gives ssh, so that our word is heard
SSH = 22


def nc(lab: Lab, via: str, address: str, port: int) -> int:
    """Join stdin and stdout to ADDRESS:PORT as seen from a host: a ProxyCommand that crosses the lab's own LAN.

    Ends when either side does, and at once when the lab, the host it goes through or the host it goes to dies:
    what outlives its network would leave ssh's shared connection hanging, and the next lab with it.
    """
    try:
        return _nc(lab, via, address, port)
    except LabError as error:
        if port == SSH:
            _tell_ssh(str(error))
        raise


def _nc(lab: Lab, via: str, address: str, port: int) -> int:
    leader = lab.require_leader(via)
    target = next((host.name for host in lab.topology().hosts if address in host.addresses), via)
    for pid in {leader, lab.require_up(), lab.leader(target) or leader}:
        threading.Thread(target=_end_with, args=(os.pidfd_open(pid),), daemon=True).start()
    kernel.enter(leader, kernel.NEWNET)
    try:
        connection = _connect(address, port)
    except OSError as error:
        raise LabError(f"cannot reach {address} port {port} from {via}: {error.strerror or error}") from error
    threading.Thread(target=_pump_and_close, args=(0, connection), daemon=True).start()
    _pump(connection.fileno(), 1)
    os._exit(0)  # not waiting for stdin


def _tell_ssh(reason: str) -> None:
    """Say why in ssh's own words, for with shared connections it throws away what its ProxyCommand writes to stderr.

    A server's version line, then an unencrypted SSH_MSG_DISCONNECT (RFC 4253, 6 and 11.1).
    """
    text = reason.encode()
    payload = struct.pack(f">BII{len(text)}sI", 1, 2, len(text), text, 0)
    padding = 16 - (5 + len(payload)) % 8
    os.write(1, b"SSH-2.0-lab\r\n" + struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding))
    while select.select([0], [], [], 1)[0] and os.read(0, 4096):
        pass  # until it has read that: a broken pipe would come first


def forward(lab: Lab, listen: tuple[str, int], host: str, target: tuple[str, int]) -> None:
    """Serve a TCP port of the machine from inside the lab, in the background, until the lab goes. Raises LabError.

    Asking again for what is there already is no error.
    """
    lab.require_leader(host)
    note = lab.directory / f"forward-{listen[0]}-{listen[1]}"
    wanted = f"{host} {target[0]} {target[1]}"
    try:
        server = socket.create_server(listen, family=socket.AF_INET6 if ":" in listen[0] else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and note.exists() and note.read_text() == wanted:
            return
        raise LabError(f"cannot listen on {listen[0]} port {listen[1]}: {os.strerror(error.errno or 0)}") from error
    note.write_text(wanted)
    if os.fork() == 0:
        try:
            os.setsid()
            enter.enter_lab(lab)
            if os.fork() == 0:  # a pid namespace takes in children only
                _detach(lab)
                _serve(server, host, target)
        finally:
            os._exit(0)
    server.close()


def _detach(lab: Lab) -> None:
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    log = os.open(lab.directory / "forward.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _serve(server: socket.socket, host: str, target: tuple[str, int]) -> None:
    while True:
        client, _ = server.accept()
        threading.Thread(target=_join, args=(client, host, target), daemon=True).start()


def _join(client: socket.socket, host: str, target: tuple[str, int]) -> None:
    with client, contextlib.suppress(OSError):
        network = os.open(f"/run/netns/{host}", os.O_RDONLY)  # by name: a reboot makes a new one
        try:
            kernel.setns(network, kernel.NEWNET)  # of this thread alone
        finally:
            os.close(network)
        with _connect(*target) as connection:
            inward = threading.Thread(target=_pump_and_close, args=(connection.fileno(), client), daemon=True)
            inward.start()
            _pump_and_close(client.fileno(), connection)
            inward.join()


def _connect(address: str, port: int) -> socket.socket:
    connection = socket.create_connection((address, port), CONNECT_SECONDS)
    connection.settimeout(None)
    return connection


def _pump(source: int, sink: int) -> None:
    """Copy bytes until the source ends or a side breaks."""
    with contextlib.suppress(OSError):
        while data := os.read(source, 65536):
            while data:
                data = data[os.write(sink, data) :]


def _pump_and_close(source: int, sink: socket.socket) -> None:
    _pump(source, sink.fileno())
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _end_with(process: int) -> None:
    select.select([process], [], [])
    os._exit(1)
