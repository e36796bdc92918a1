"""Own files, the seed, and the way from one method to another."""

from __future__ import annotations

from .conftest import module

MAKE = """
set -e; mkdir -p /tmp/own; cd /tmp/own
key() { openssl ecparam -name prime256v1 -genkey -noout; }
key > root.key; key > inner.key; key > leaf.key; openssl rsa -in /dev/null 2>/dev/null || true
openssl req -x509 -key root.key -out root.pem -days 9 -subj /CN=root 2>/dev/null
openssl req -new -key inner.key -out inner.csr -subj /CN=inner; printf basicConstraints=critical,CA:TRUE > inner.ext
openssl x509 -req -in inner.csr -CA root.pem -CAkey root.key -CAcreateserial -days 9 -extfile inner.ext -out inner.pem 2>/dev/null
openssl req -new -key leaf.key -out leaf.csr -subj /CN=x; printf subjectAltName=DNS:*.example.com > leaf.ext
openssl x509 -req -in leaf.csr -CA inner.pem -CAkey inner.key -CAcreateserial -days 9 -extfile leaf.ext -out leaf.pem 2>/dev/null
cat leaf.pem inner.pem > chain.pem
"""
SETTINGS = {"name": module.NAME, "method": "files"}


def test_files_and_back(seeded):
    seeded.sh(MAKE)
    chain, key = (seeded.sh(f"cat /tmp/own/{name}") + "\n" for name in ("chain.pem", "leaf.key"))
    assert seeded.keep(SETTINGS, "--check", chain=chain, key=key)["actions"][0].startswith("would install")
    first = seeded.keep(SETTINGS, chain=chain, key=key)
    assert first["served"].startswith("files/") and "reloaded nginx" in first["actions"], first
    seeded.presents("inner")
    seeded.whole()
    assert seeded.keep(SETTINGS, chain=chain, key=key)["changed"] is False
    wrong = seeded.keep(SETTINGS, chain=chain, key=seeded.sh("cat /tmp/own/root.key"))
    assert wrong["problems"] == ["site_public_certificate.key: is not the key of the certificate; they were not made together"]
    assert wrong["served"] == first["served"] and wrong["changed"] is False
    seeded.sh(f"chmod 644 {module.TREE}/served/key.pem")
    assert seeded.keep(SETTINGS, chain=chain, key=key)["changed"] is True
    seeded.whole()
    assert seeded.keep({"name": module.NAME, "method": "local_ca"})["served"] == "seed"
    seeded.presents("seed")
    assert seeded.keep({"name": module.NAME, "method": "local_ca"})["changed"] is False


def test_seed_is_kept_up_to_date(seeded):
    assert seeded.seed()["changed"] is False
    before = seeded.served_issuer()
    seeded.sh(module.SEED)
    assert seeded.seed("--check")["changed"] is True
    assert seeded.served_issuer() == before
    assert seeded.seed()["changed"] is True
    seeded.wait(lambda: seeded.served_issuer() not in ("", before), 5)
    seeded.whole()


def test_without_daemons_and_without_anything(site):
    """No web server runs, nothing was seeded: own files are put there, and nobody has to be told."""
    site.sh(MAKE)
    chain, key = (site.sh(f"cat /tmp/own/{name}") for name in ("chain.pem", "leaf.key"))
    answer = site.keep(SETTINGS, chain=chain, key=key)
    assert answer["code"] == 0 and answer["served"].startswith("files/"), answer
    assert site.reloads() == 0
    site.sh(f"ln -sfn files/gone {module.TREE}/served")
    site.seed()
    site.whole()


def test_reload_that_fails_is_told_and_made_good_for(seeded):
    seeded.sh(MAKE)
    chain, key = (seeded.sh(f"cat /tmp/own/{name}") for name in ("chain.pem", "leaf.key"))
    seeded.sh("cp /etc/nginx/nginx.conf /tmp/good; echo nonsense >> /etc/nginx/nginx.conf")
    answer = seeded.keep(SETTINGS, chain=chain, key=key)
    assert answer["code"] == 5 and "nginx has not taken the new certificate" in answer["problems"][0], answer
    seeded.sh("cp /tmp/good /etc/nginx/nginx.conf")
    answer = seeded.keep(SETTINGS, "--timer")
    assert answer["actions"] == ["reloaded nginx"] and answer["code"] == 0
    seeded.presents("inner")
