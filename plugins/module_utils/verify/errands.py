"""What one account is to do at the chat server, as a ladder of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .ladder import Rung, VerifyError

LOGIN = "login again"


def rungs(name: str, port: int, receivers: Sequence[str], senders: Sequence[str], upload: bool) -> tuple[Rung, ...]:
    """A log-in; what stands on it: messages to others, messages from others in the history, a file."""
    found = [Rung(LOGIN, "login", "the account is let in", target=name, port=port)]
    for receiver in receivers:
        words = "the message is taken"
        found.append(Rung(f"to {receiver}", "to", words, (LOGIN,), target=receiver, port=port))
    for sender in senders:
        words = f"what {sender} wrote is in the history"
        below = tuple(rung.name for rung in found if rung.kind == "from")
        found.append(Rung(f"from {sender}", "from", words, (LOGIN,), echoes=below, target=sender, port=port))
    if upload:
        words = "a file is taken and given back unchanged"
        found.append(Rung("upload", "upload", words, (LOGIN,), target=name, port=port))
    return tuple(found)


def check(port: int, messages: Mapping[str, str]) -> None:
    """Raises VerifyError with every fault of what is asked."""
    faults = [] if 0 < port < 65536 else [f"port: {port} is not a port (1-65535)"]
    faults.extend(f"messages.{sender}: must not be empty" for sender, body in messages.items() if not body)
    if faults:
        raise VerifyError(faults)
