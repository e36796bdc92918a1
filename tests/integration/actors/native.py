"""Runs on a desk: a native client on slixmpp and a bare socket, told what to do by lines of JSON on standard input.

TLS is verified by name against what this host trusts.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import socket
import ssl
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.util.sasl.client import MECHANISMS

PATIENCE = 15
UPLOAD = "urn:xmpp:http:upload:0"
OPEN = "<?xml version='1.0'?><stream:stream to='{}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"


class Person:
    def __init__(self):
        logging.disable(logging.CRITICAL)
        # Python cannot bind to TLS 1.3; the library would try, fail, and count as somebody who guesses passwords
        for name in [name for name in MECHANISMS if name.endswith("-PLUS")]:
            del MECHANISMS[name]
        self.client = None
        self.heard = []
        self.nick = ""

    # --- as a person with a native client -------------------------------------------------------------------------

    async def login(self, address, password, port, direct):
        """Logs in; returns how it ended: session_start, failed_all_auth, ssl_invalid_chain, connection_failed."""
        client = slixmpp.ClientXMPP(f"{address}/native", password)
        for plugin in ("xep_0030", "xep_0045", "xep_0313"):
            client.register_plugin(plugin)
        ended = asyncio.get_running_loop().create_future()

        def ends(event):
            return lambda _data: None if ended.done() else ended.set_result(event)

        for event in ("session_start", "failed_all_auth", "ssl_invalid_chain", "connection_failed", "disconnected"):
            client.add_event_handler(event, ends(event))
        client.add_event_handler("message", self._hear)
        host = address.split("@")[1]
        if hasattr(client, "enable_direct_tls"):  # slixmpp 1.9 and later
            client.enable_direct_tls, client.enable_starttls, client.enable_plaintext = direct, not direct, False
            client.connect(host, port)
        else:
            client.connect((host, port), use_ssl=direct, force_starttls=not direct, disable_starttls=direct)
        how = await asyncio.wait_for(ended, PATIENCE)
        if how == "session_start":
            self.client = client
            client.send_presence()
            await client.get_roster(timeout=PATIENCE)
        return how

    def _hear(self, message):
        self.heard.append({"from": str(message["from"]), "type": message["type"], "body": message["body"]})

    async def channel(self):
        """How the connection is protected."""
        channel = self.client.transport.get_extra_info("ssl_object")
        return {
            "version": channel.version(),
            "verified": channel.context.verify_mode == ssl.CERT_REQUIRED,
            "name": channel.server_hostname,
        }

    async def say(self, address, text):
        self.client.send_message(mto=address, mbody=text, mtype="chat")

    async def hears(self, text):
        """Waits for a message and returns it."""
        end = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < end:
            found = [one for one in self.heard if one["body"] == text]
            if found:
                return found[0]
            await asyncio.sleep(0.05)
        raise TimeoutError(f"never heard {text!r}, but {self.heard}")

    async def enter(self, room, nick):
        self.nick = nick
        entered = asyncio.get_running_loop().create_future()

        def present(presence):
            if presence["muc"]["nick"] == nick and not entered.done():
                entered.set_result(presence["type"])

        self.client.add_event_handler(f"muc::{room}::presence", present)
        pending = self.client.plugin["xep_0045"].join_muc(room, nick)
        if asyncio.iscoroutine(pending):
            pending = asyncio.ensure_future(pending)
        await asyncio.wait_for(entered, PATIENCE)

    async def say_in(self, room, text):
        self.client.send_message(mto=room, mbody=text, mtype="groupchat")

    async def history(self, who=None):
        """The newest messages of the own archive, or of a room's."""
        answer = await self.client.plugin["xep_0313"].retrieve(jid=who, rsm={"max": "20", "before": True}, timeout=PATIENCE)
        return [one["mam_result"]["forwarded"]["stanza"]["body"] for one in answer["mam"]["results"]]

    async def attach(self, name, content):
        """Puts a file on the server (XEP-0363) and returns its address."""
        body = base64.b64decode(content)
        iq = self.client.make_iq_get(ito=await self._upload_service())
        # the library's own plugin wants aiohttp, which no client here needs
        iq.append(ET.Element(f"{{{UPLOAD}}}request", {"filename": name, "size": str(len(body)), "content-type": "text/plain"}))
        slot = (await iq.send(timeout=PATIENCE)).xml.find(f"{{{UPLOAD}}}slot")
        put = slot.find(f"{{{UPLOAD}}}put")
        headers = {one.get("name"): one.text for one in put.findall(f"{{{UPLOAD}}}header")}
        headers["Content-Type"] = "text/plain"
        request = urllib.request.Request(put.get("url"), data=body, method="PUT", headers=headers)
        await asyncio.to_thread(lambda: urllib.request.urlopen(request, timeout=PATIENCE).read())
        return slot.find(f"{{{UPLOAD}}}get").get("url")

    async def _upload_service(self):
        disco = self.client.plugin["xep_0030"]
        for address, _node, _name in (await disco.get_items(jid=self.client.boundjid.domain, timeout=PATIENCE))["disco_items"][
            "items"
        ]:
            about = await disco.get_info(jid=address, timeout=PATIENCE)
            if UPLOAD in about["disco_info"]["features"]:
                return address
        raise LookupError("the server offers no upload")

    async def fetch(self, url):
        """An address by https, as the system trusts it; status and body."""

        def get():
            try:
                with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                    return {"status": answer.status, "text": answer.read().decode()}
            except urllib.error.HTTPError as error:
                return {"status": error.code, "text": ""}

        return await asyncio.to_thread(get)

    async def contacts(self):
        return sorted(str(jid) for jid in self.client.client_roster)

    async def asks(self, to, namespace):
        """Sends an empty query and returns the condition of the error, or ok."""
        iq = self.client.make_iq_get(ito=to, queryxmlns=namespace)
        try:
            await iq.send(timeout=PATIENCE)
        except slixmpp.exceptions.IqError as error:
            return error.condition
        return "ok"

    async def bounced(self, address, text):
        """Writes to an address that cannot be reached and waits for the error."""
        back = asyncio.get_running_loop().create_future()
        self.client.add_event_handler(
            "message_error", lambda stanza: back.done() or back.set_result(stanza["error"]["condition"])
        )
        self.client.send_message(mto=address, mbody=text, mtype="chat")
        return await asyncio.wait_for(back, PATIENCE)

    async def leave(self):
        if self.client:
            await self.client.disconnect()
            self.client = None

    # --- as somebody with a bare socket ---------------------------------------------------------------------------

    async def talk(self, host, port, secured, sentences):
        """Opens a stream, behind STARTTLS if asked, says each sentence and returns everything that came back."""
        return await asyncio.to_thread(self._talk, host, port, secured, sentences)

    def _talk(self, host, port, secured, sentences):
        channel = socket.create_connection((host, port), 5)
        try:
            channel.sendall(OPEN.format(host).encode())
            heard = self._listen(channel)
            if secured:
                channel.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
                self._listen(channel)
                channel = ssl.create_default_context().wrap_socket(channel, server_hostname=host)
                channel.sendall(OPEN.format(host).encode())
                heard = self._listen(channel)
            answers = [heard]
            for sentence in sentences:
                try:
                    channel.sendall(sentence.encode())
                    answers.append(self._listen(channel))
                except OSError as error:
                    answers.append(f"(closed: {error})")
            return answers
        finally:
            channel.close()

    def _listen(self, channel):
        """What comes until there is a pause."""
        channel.settimeout(1.5)
        heard = b""
        try:
            while part := channel.recv(65536):
                heard += part
        except OSError:
            pass
        return heard.decode(errors="replace")

    async def opens(self, host, port):
        """Whether a TCP port opens."""
        try:
            socket.create_connection((host, port), 3).close()
        except OSError as error:
            return type(error).__name__
        return "open"


async def main():
    person = Person()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        order = json.loads(line)
        try:
            answer = {"value": await getattr(person, order["do"])(*order["with"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
