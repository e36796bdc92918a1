"""SIGKILL at any moment: what is served works, and the next run goes on from there."""

from __future__ import annotations

import json
import random
import subprocess
import time


def killed(site, settings: dict, after: float) -> None:
    """The program alone is killed; what it has started lives on, as after a controller's connection was cut."""
    words = [*site.enter, *site.words("keep", "--force")]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process.stdin.write(json.dumps({"settings": settings}).encode())
    process.stdin.close()
    time.sleep(after)
    site.run("sh", "-c", "kill -9 $(pgrep -f '[p]ublic_certificate keep')")
    process.kill()
    process.wait()


def test_killed_anywhere(seeded):
    chance = random.Random(4)
    seeded.keep(seeded.acme())
    started = time.monotonic()
    seeded.keep(seeded.acme(), "--force")
    whole_run = time.monotonic() - started
    for _number in range(8):
        killed(seeded, seeded.acme(), chance.uniform(0.1, whole_run))
        seeded.whole()
        seeded.sh("nginx -t -q")
        answer = seeded.keep(seeded.acme())
        assert answer["code"] == 0, answer
        seeded.whole()
        again = seeded.keep(seeded.acme())
        assert again["changed"] is False and again["problems"] == []
        chain = seeded.sh("openssl x509 -in /etc/onprem-chat/public-certificate/served/chain.pem -noout -serial")
        seeded.presents(chain)
        assert seeded.run("sh", "-c", "find /etc/onprem-chat/public-certificate -name '.new-*'").stdout == ""


def test_lego_that_outlives_its_run_costs_no_second_order(seeded):
    """The run is killed while lego waits for the authority; the next one waits for lego and takes up what it got."""
    seeded.authority(PEBBLE_VA_NOSLEEP="0", PEBBLE_VA_SLEEPTIME="4")
    words = [*seeded.enter, *seeded.words("keep")]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process.stdin.write(json.dumps({"settings": seeded.acme()}).encode())
    process.stdin.close()
    seeded.wait(lambda: seeded.orders() == 1)
    seeded.sh("kill -9 $(pgrep -f '[p]ublic_certificate keep')")
    process.wait()
    assert seeded.sh("pidof lego")
    answer = seeded.keep(seeded.acme())
    assert answer["code"] == 0 and "taken up from an earlier run" in answer["actions"][0], answer
    assert seeded.orders() == 1
    seeded.presents("Pebble")
