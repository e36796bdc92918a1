"""What a name server's refusal means, and what to do: which variable it is about, and the words."""

from __future__ import annotations

from .model import Intent

#: Faults of signatures (RFC 8945 5.2), by the name that dnspython has for them.
SIGNATURES = {
    "PeerBadKey": (
        "key_name",
        "{server} says BADKEY: it does not know the key {key} with {algorithm}; compare name and algorithm with the provider's",
    ),
    "PeerBadSignature": (
        "key_secret",
        "{server} says BADSIG: it knows the key {key}, but with another secret; copy the secret from the provider again",
    ),
    "PeerBadTime": (
        "server",
        "{server} says BADTIME: its clock and that of this host differ by more than 5 minutes; set the clock of this host",
    ),
    "PeerBadTruncation": ("key_algorithm", "{server} says BADTRUNC: it wants longer signatures; choose another algorithm"),
    "BadSignature": ("key_secret", "the answer of {server} is signed wrongly; somebody in between may have made it"),
    "BadTime": ("server", "the answer of {server} is signed at another time than now; set the clock of this host"),
    "UnknownTSIGKey": ("key_name", "{server} answers with another key than {key}"),
}

UNSIGNED = ("server", "the answer of {server} is not signed with {key}; it does not speak TSIG, or somebody in between answered")

#: Refusals of a question or of a change, by the word of the answer (RFC 1035 4.1.1, RFC 2136 2.2).
QUESTIONS = {
    "REFUSED": ("server", "{server} says REFUSED: it does not answer this host for {zone}; is it a name server of the zone?"),
    "NOTAUTH": ("server", "{server} says NOTAUTH: it is not in charge of {zone}"),
    "SERVFAIL": ("server", "{server} says SERVFAIL: it could not answer for {zone}; its log says why"),
}
CHANGES = {
    "REFUSED": (
        "key_name",
        "{server} says REFUSED: the key {key} may not change {what} there; "
        "allow it at the zone (BIND: update-policy, allow-update), or name the primary when this server is a secondary",
    ),
    "NOTAUTH": ("server", "{server} says NOTAUTH: it is not the primary of {zone}; changes are made at the primary"),
    "NOTZONE": ("zone", "{server} says NOTZONE: {what} is not all inside {zone}; take the zone that holds it"),
    "NOTIMP": ("server", "{server} says NOTIMP: it takes no changes by RFC 2136; use the primary, or publish by hand"),
    "SERVFAIL": ("server", "{server} says SERVFAIL: it could not write the change; its log says why"),
    "FORMERR": ("server", "{server} says FORMERR: it does not understand the change"),
}


def filled(entry: tuple[str, str], server: object, intent: Intent, what: str = "") -> tuple[str, str]:
    """Return the variable and the words of a table's entry."""
    key = intent.key
    words = entry[1].format(
        server=server,
        zone=intent.zone.text,
        what=what,
        key=key.name if key else "",
        algorithm=key.algorithm if key else "",
    )
    return entry[0], words
