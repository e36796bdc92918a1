"""A name server on 198.51.100.77 that knows the addresses of its arguments (NAME=ADDRESS) and no other name."""

from __future__ import annotations

import socket
import sys

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

known = dict(one.split("=") for one in sys.argv[1:])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("198.51.100.77", 53))
print("ready", flush=True)
while True:
    question, client = sock.recvfrom(4096)
    query = dns.message.from_wire(question)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.AA
    name = query.question[0].name.to_text()
    if name not in known:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif query.question[0].rdtype == 1:
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", known[name]))
    sock.sendto(answer.to_wire(), client)
