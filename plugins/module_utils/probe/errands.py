"""What somebody who is logged in asks the server for: history, a place for a file, relays. ``client`` is of slixmpp."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .relay import Offer

UPLOAD = "{urn:xmpp:http:upload:0}"
SERVICES = "{urn:xmpp:extdisco:2}"
#: As many as ejabberd gives out at once; nobody else writes to the test accounts.
_PAGE = "250"


@dataclass(frozen=True)
class Slot:
    """Where to put a file and where to get it (XEP-0363)."""

    put: str
    get: str
    headers: dict[str, str]


async def kept(client: Any, bodies: Sequence[str], timeout: float) -> tuple[set[str], int]:
    """Which of the messages the own archive holds (XEP-0313), and how many it holds; asks again while some are missing."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while True:
        answer = await client.plugin["xep_0313"].retrieve(timeout=timeout, rsm={"max": _PAGE, "before": True})
        held = [one["mam_result"]["forwarded"]["stanza"]["body"] for one in answer["mam"]["results"]]
        if set(bodies) <= set(held) or loop.time() > end:
            return set(bodies) & set(held), len(held)
        await asyncio.sleep(0.2)


async def slot(client: Any, name: str, size: int, timeout: float) -> Slot | None:
    """A place for a file; None when the server has nobody who gives one."""
    service = await _upload_service(client, timeout)
    if service is None:
        return None
    query = client.make_iq_get(ito=service)
    asked = {"filename": name, "size": str(size), "content-type": "application/octet-stream"}
    query.append(ET.Element(f"{UPLOAD}request", asked))
    given = (await query.send(timeout=timeout)).xml.find(f"{UPLOAD}slot")
    put, get = given.find(f"{UPLOAD}put"), given.find(f"{UPLOAD}get")
    return Slot(put.get("url"), get.get("url"), {one.get("name"): one.text for one in put.findall(f"{UPLOAD}header")})


async def _upload_service(client: Any, timeout: float) -> str | None:
    disco = client.plugin["xep_0030"]
    answer = await disco.get_items(jid=client.boundjid.domain, timeout=timeout)
    services = sorted({str(address) for address, _node, _title in answer["disco_items"]["items"]})
    about = await asyncio.gather(*(disco.get_info(jid=one, timeout=timeout) for one in services), return_exceptions=True)
    for service, info in zip(services, about):
        if not isinstance(info, BaseException) and UPLOAD.strip("{}") in info["disco_info"]["features"]:
            return service
    return None


async def offers(client: Any, timeout: float) -> list[Offer]:
    """The relays that the server offers, with credentials (XEP-0215)."""
    query = client.make_iq_get(ito=client.boundjid.domain)
    query.append(ET.Element(f"{SERVICES}services"))
    answer = await query.send(timeout=timeout)
    return [_offer(row.attrib) for row in answer.xml.iter(f"{SERVICES}service") if row.get("type") in ("turn", "turns")]


def _offer(row: dict[str, str]) -> Offer:
    secured = row["type"] == "turns"
    port = int(row.get("port") or (5349 if secured else 3478))
    kind = "tls" if secured else row.get("transport", "udp")
    return Offer(row.get("host", ""), port, kind, row.get("username", ""), row.get("password", ""))
