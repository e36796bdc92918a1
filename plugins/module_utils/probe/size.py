"""Looks for a way that small packets pass and big ones do not (a black hole for the path's MTU, RFC 2923, 2.1)."""

from __future__ import annotations

from ..verify import classify
from ..verify.ladder import Observation, Rung
from . import transport

#: What every link of the internet carries whole (RFC 1122, 3.3.3: 576 bytes with the headers).
SMALL = 536
#: More than two packets of Ethernet, less than nginx takes for one line of a request (large_client_header_buffers).
_BULK = 6000


def of_packets(rung: Rung, timeout: float) -> Observation:
    """A big request and the server's certificate chain as packets of full size; when they vanish, once more in small ones."""
    try:
        _exchange(rung, timeout)
    except TimeoutError:
        return _in_small(rung, timeout)
    except OSError as error:
        # whatever it is, it came through: the next rungs name it
        return Observation(classify.words(error))
    return Observation("they do")


def _in_small(rung: Rung, timeout: float) -> Observation:
    try:
        _exchange(rung, timeout, SMALL)
    except TimeoutError:
        return Observation("no answer, in packets of any size")
    except OSError as error:
        return Observation(classify.words(error))
    return Observation(f"big packets vanish, those of {SMALL} bytes come through", "mtu")


def _exchange(rung: Rung, timeout: float, segment: int = 0) -> None:
    """A handshake and a request of several packets; who answers is not asked here."""
    head = f"HEAD / HTTP/1.1\r\nHost: {rung.target}\r\nConnection: close\r\nX-Padding: {'x' * _BULK}\r\n\r\n"
    context = transport.unchecked()
    plain = transport.connect(rung.target, rung.port, timeout, segment)
    with plain, context.wrap_socket(plain, server_hostname=rung.target) as channel:
        channel.sendall(head.encode())
        channel.recv(1)
