"""What keeps records from being published, each with the variable that it is about."""

from __future__ import annotations

from ..intent.error import IntentError


class PublicDnsError(IntentError):
    """The records cannot be published as described, or a name server said no; holds every problem that was found."""

    #: What all of it amounts to, for people.
    what = "The records are not published"
    #: The changes that were made before it; a run that fails has to tell of them.
    made: tuple[object, ...] = ()


class Disagreement(PublicDnsError):
    """The primary has the records, but not every name server of the zone."""

    what = "Only the primary has the records: see that it notifies its secondaries and lets them fetch the zone"
