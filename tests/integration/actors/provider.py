"""The provider outside: who keeps the public zone and the certificate authority on the lab's host ``inet``."""

from __future__ import annotations

import json
import subprocess

import yaml
from ansible_collections.onprem.chat.tests.integration.actors.desk import run
from ansible_collections.onprem.chat.tests.integration.actors.operator import ENVIRONMENT, INVENTORIES, INVENTORY_OPTIONS, ROOT


def build(**variables: object) -> None:
    """Run lab/internet/internet.yml; with other variables than before Pebble starts anew and forgets all accounts."""
    command = ["ansible-playbook", *INVENTORY_OPTIONS, str(ROOT / "lab/internet/internet.yml"), "-e", json.dumps(variables)]
    done = subprocess.run(command, env=ENVIRONMENT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


def orders() -> int:
    """How many certificates were ordered since the lab came up."""
    return run("inet", "journalctl", "--unit=pebble", "--output=cat").count("/order-plz")


def change_zone(*changes: str) -> None:
    """Enter something into the public zone as its owner does by hand, in nsupdate's words."""
    lab = yaml.safe_load((INVENTORIES[-1] / "group_vars/all/internet.yml").read_text(encoding="utf-8"))
    key = f"key {lab['internet_key_algorithm']}:{lab['internet_key_name']} {lab['internet_key_secret']}"
    words = [f"server {lab['internet_dns']}", "zone example.com", key, *changes, "send"]
    run("inet", "sh", "-euc", 'printf "%s\\n" "$@" | nsupdate', "sh", *words)
