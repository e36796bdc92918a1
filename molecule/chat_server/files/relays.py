"""Logs in and asks which relays there are (XEP-0215): by hand, for the host has no XMPP library.

    relays.py NAME USER PASSWORD SECRET

Prints a line for each, and holds the credentials against the secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import socket
import ssl
import sys
import time

name, user, password, secret = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
channel = context.wrap_socket(socket.create_connection(("127.0.0.1", 5223), 10), server_hostname=name)
OPEN = f"<stream:stream to='{name}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"


def ask(text, end):
    channel.sendall(text.encode())
    heard = ""
    while end not in heard:
        part = channel.recv(65536).decode()
        assert part, heard
        heard += part
    return heard


ask(OPEN, "</stream:features>")
plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
ask(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>", "<success")
ask(OPEN, "</stream:features>")
ask("<iq id='1' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>")
answer = ask(f"<iq id='2' type='get' to='{name}'><services xmlns='urn:xmpp:extdisco:2'/></iq>", "</iq>")
for row in re.findall("<service [^>]*>", answer):
    one = dict(re.findall(r"(\w+)='([^']*)'", row))
    if "username" in one:
        until = int(one["username"].split(":")[0])
        assert 0 < until - time.time() <= 12 * 3600, one
        wanted = base64.b64encode(hmac.digest(secret.encode(), one["username"].encode(), hashlib.sha1)).decode()
        assert hmac.compare_digest(wanted, one["password"]), "the credentials are not of the secret"
    kind = "free" if one["restricted"] in ("false", "0") else "with credentials"
    print(one["type"], one["host"], one["port"], one["transport"], kind)
