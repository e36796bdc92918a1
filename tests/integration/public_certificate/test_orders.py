"""First orders, renewals, and what costs no order."""

from __future__ import annotations

import json
import time

import pytest

from .conftest import module

A_RECORD = (
    "server {first}\nzone example.com\nupdate delete chat.example.com A\nupdate add chat.example.com 30 A {address}\nsend\n"
)


def nsupdate(site, address: str) -> None:
    script = A_RECORD.format(first=module.FIRST, address=address)
    done = site.run("nsupdate", "-y", f"hmac-sha256:site:{module.SECRET}", input=script)
    assert done.returncode == 0, done.stderr
    site.wait(lambda: site.run("dig", "+short", f"@{module.SECOND}", module.NAME).stdout.strip() == address)


def test_order_by_http_and_second_run(seeded):
    """Nonces are rejected and validation is slow, as Pebble does it of its own accord."""
    seeded.authority(PEBBLE_WFE_NONCEREJECT="20", PEBBLE_VA_NOSLEEP="0", PEBBLE_VA_SLEEPTIME="2")
    seeded.presents("seed")
    predicted = seeded.keep(seeded.acme(), "--check")
    assert predicted["changed"] and "would order" in predicted["actions"][0] and not predicted["problems"]
    assert seeded.orders() == 0
    first = seeded.keep(seeded.acme())
    assert first["changed"] and not first["problems"] and first["served"].startswith("acme/"), first
    seeded.presents("Pebble")
    seeded.whole()
    account = seeded.sh(f"cat {module.STATE}/lego/*/accounts/*/*/keys/*.key")
    orders, reloads = seeded.orders(), seeded.reloads()
    for options in ((), ("--check",), ("--timer",)):
        assert seeded.keep(seeded.acme(), *options) == {**first, "changed": False, "actions": []}
    assert (seeded.orders(), seeded.reloads()) == (orders, reloads)
    assert seeded.keep(seeded.acme(), "--force")["served"] != first["served"]
    assert seeded.sh(f"cat {module.STATE}/lego/*/accounts/*/*/keys/*.key") == account
    for folder, mode in ((module.STATE, "700"), (f"{module.STATE}/lego", "700")):
        assert seeded.sh(f"stat -c %a {folder}") == mode
    assert seeded.sh(f"find {module.WEBROOT} -type f") == "", "no token and no nonce stays"
    changed = seeded.keep(seeded.acme(email="other@example.com"))
    assert "ordered" in changed["actions"][0]
    orders = seeded.orders()
    back = seeded.keep(seeded.acme())
    assert back["changed"] and seeded.orders() == orders, "the account's certificate is still there: no order"


def test_order_by_dns(seeded):
    settings = seeded.by_dns()
    seen = seeded.start(
        "sh", "-c", "while sleep 0.05; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'; done", log="seen"
    )
    answer = seeded.keep(settings)
    assert answer["served"].startswith("acme/") and not answer["problems"], answer
    seen.kill()
    assert module.SECRET not in (seeded.folder / "seen").read_text(errors="replace"), "on a command line or in an environment"
    assert "RFC2136_TSIG_KEY=site" in (seeded.folder / "seen").read_text(errors="replace"), "looked at the right moment"
    seeded.presents("Pebble")
    assert seeded.run("dig", "+short", f"@{module.FIRST}", "TXT", f"_acme-challenge.{module.NAME}").stdout == ""


FAULTS = {
    "wrong A record": ({"address": module.ELSEWHERE}, ["ns1.example.com (203.0.113.53): 203.0.113.10; declared is 203.0.113.80"]),
    "one server differs": (
        {"authoritative": [module.FIRST, module.LAN]},
        ["the A record of chat.example.com at 192.168.1.53: 192.168.1.30; declared is 203.0.113.10"],
    ),
    "one server is silent": ({"authoritative": [module.FIRST, module.SILENT]}, ["at 203.0.113.77: no answer"]),
    "unknown zone": ({"zone": "", "name": "chat.example.org"}, ["resolver does not know the zone of chat.example.org"]),
    "no such server": ({"zone": "example.com", "name": "none.example.com"}, ["no such record; declared is 203.0.113.10"]),
}
DOORS = {
    "elsewhere": (module.ELSEWHERE, ["status 302 to http://router.example/login", "port 80 leads elsewhere"]),
    "refused": (module.REFUSED, ["connection refused", "let the router forward port 80"]),
    "silent": (module.SILENT, ["silence", "let the router forward port 80"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_names_cost_nothing(idle, fault):
    changes, expected = FAULTS[fault]
    refused(idle, idle.acme(**changes), expected)


@pytest.mark.parametrize("door", DOORS)
def test_wrong_doors_cost_nothing(idle, door):
    address, expected = DOORS[door]
    nsupdate(idle, address)
    refused(idle, idle.acme(address=address), expected)
    nsupdate(idle, module.PUBLIC)


def refused(site, settings: dict, expected: list[str]) -> None:
    answer = site.keep(settings)
    said = "\n".join(answer["problems"])
    assert answer["code"] == 3 and said.startswith("nothing was ordered"), answer
    assert all(words in said for words in expected), said
    assert site.orders() == 0, "Pebble's log"
    assert answer["served"] == "seed"


def test_own_web_server_is_the_culprit(site):
    site.seed()
    answer = site.keep(site.acme())
    assert "its own web server does not serve /srv/acme/.well-known/acme-challenge" in "\n".join(answer["problems"])
    assert site.orders() == 0


ZONES = {
    "wrong secret": ({"key_secret_path": "/etc/pebble/wrong.secret"}, "BADSIG"),
    "unknown key": ({"key_name": "nobody"}, "BADKEY"),
    "not allowed": ({"key_name": "other"}, "REFUSED"),
    "wrong zone": ({"dns_server": module.LAN}, "NOTAUTH; the server does not keep the zone example.com"),
    "nobody there": ({"dns_server": module.ACME}, "onnection refused"),
}


@pytest.mark.parametrize("fault", ZONES)
def test_wrong_access_to_the_zone_costs_nothing(idle, fault):
    changes, expected = ZONES[fault]
    answer = idle.keep({**idle.by_dns(), **changes})
    said = "\n".join(answer["problems"])
    assert answer["code"] == 3 and expected in said, answer
    assert module.SECRET not in said and module.WRONG_SECRET not in said
    assert idle.orders() == 0 and answer["served"] == "seed"


def test_refusing_authority(seeded):
    """Its words are handed on, what is served stays, and the timer comes back later and later."""
    settings = seeded.acme(directory="https://acme.example.net:14001/dir")
    answer = seeded.keep(settings)
    assert answer["code"] == 4 and "nobody answers at public_certificate_directory" in "\n".join(answer["problems"]), answer
    answer = seeded.keep(seeded.acme(ca_certificate=""))
    assert "public_certificate_ca_certificate is for a private one" in "\n".join(answer["problems"]), answer
    waiting = seeded.keep(seeded.acme(ca_certificate=""), "--timer")
    assert waiting["code"] == 4 and waiting["problems"][0].startswith("2 tries failed since"), waiting
    assert seeded.orders() == 0 and answer["served"] == "seed"
    seeded.sh(f"sed -i 's/{module.NAME}/blocked.example.com/' /etc/nginx/nginx.conf; nginx -s reload")
    blocked = f"server {module.FIRST}\nzone example.com\nupdate add blocked.example.com 30 A {module.PUBLIC}\nsend\n"
    seeded.run("nsupdate", "-y", f"hmac-sha256:site:{module.SECRET}", input=blocked)
    seeded.wait(lambda: seeded.run("dig", "+short", f"@{module.SECOND}", "blocked.example.com").stdout.strip() == module.PUBLIC)
    answer = seeded.keep(seeded.acme(name="blocked.example.com"))
    assert answer["code"] == 4 and "issues nothing for that name" in "\n".join(answer["problems"]), answer
    seeded.sh(f"sed -i 's/blocked.example.com/{module.NAME}/' /etc/nginx/nginx.conf; nginx -s reload")
    assert seeded.keep(seeded.acme())["code"] == 0, "a run by hand does not wait, and success forgets"
    assert "failures" in seeded.sh(f"cat {module.STATE}/state.json")
    assert json.loads(seeded.sh(f"cat {module.STATE}/state.json"))["failures"] == 0


def test_renewal_by_time(seeded):
    """Certificates that live for half a minute: due when a third is left; the authority has forgotten the account meanwhile."""
    seeded.authority(30)
    first = seeded.keep(seeded.acme(), "--timer")
    issuer = seeded.served_issuer()
    assert seeded.keep(seeded.acme(), "--timer")["changed"] is False
    seeded.authority(30)
    time.sleep(20)
    second = seeded.keep(seeded.acme(), "--timer")
    assert second["served"] not in ("", first["served"]) and not second["problems"], second
    seeded.wait(lambda: seeded.served_issuer() not in ("", issuer), 5)
    seeded.whole()
    nsupdate(seeded, module.ELSEWHERE)
    time.sleep(20)
    failed = seeded.keep(seeded.acme(), "--timer")
    assert failed["code"] == 3 and failed["served"] == second["served"], "the old one is served on"
    assert seeded.orders() == 3, "one that came with an account that is not known any more"
    assert len(seeded.sh(f"ls {module.TREE}/acme").split()) == 2
