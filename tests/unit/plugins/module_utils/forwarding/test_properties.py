# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every intent: it is refused with paths, or there is a plan that survives JSON and does not depend on order."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.error import ForwardingError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import TARGETS, make, plan
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.serial import from_data, to_data

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

GOLDEN = Path(__file__).parents[3] / "golden" / "forwarding"
INTENTS = [
    yaml.safe_load((case / "intent.yml").read_text(encoding="utf-8"))
    for case in sorted(GOLDEN.iterdir())
    if (case / "plan.json").exists()
]
TEXTS = st.sampled_from(
    (
        *("any", "", "192.168.1.30", "192.168.1.0/24", "203.0.113.10", "0.0.0.0/0", "::/0", "2001:db8:1::30", "2001:db8::/32"),
        *("443", "1-65535", "65535-1", "-", "9" * 30, "tcp", "tcp+udp", "esp", "one_to_one", "apuppet", "wan0", "chat"),
        *("a.example.com", "$(x)", "٣", "²", "\ud800"),
    )
)
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), TEXTS, st.binary(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(TEXTS, st.text(max_size=5), st.integers()), inner, max_size=3)
    ),
    max_leaves=6,
)


def resolve(name):
    """Answer with something for every other name."""
    if len(name) % 2:
        raise OSError("no answer")
    return ["198.51.100.9", "2001:db8:9::9"]


def places(data, at=()):
    """Return the path of every value in an intent."""
    found = [at]
    if isinstance(data, dict):
        for key, value in data.items():
            found += places(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            found += places(value, (*at, index))
    return found


@st.composite
def bent(draw):
    """An intent that is sound but for a few places, where something else stands or nothing at all."""
    data = copy.deepcopy(draw(st.sampled_from(INTENTS)))
    for _turn in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(data)))
        if not path:
            continue
        holder = data
        for key in path[:-1]:
            holder = holder[key]
        action = draw(st.sampled_from(["set", "remove", "repeat", "add"]))
        if action == "set":
            holder[path[-1]] = draw(st.one_of(ODD, TEXTS))
        elif action == "remove":
            del holder[path[-1]]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]) if action == "repeat" else draw(ODD))
        elif action == "add":
            holder[draw(st.one_of(TEXTS, st.sampled_from(["host6", "sources", "egress", "ports", "private"])))] = draw(ODD)
    return data


def judged(raw):
    """Return the plan of an intent, or None when it is refused as it should be: by one error, with a path before every reason."""
    try:
        return plan(raw, "my_", resolve)
    except ForwardingError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.path.startswith("my_") and problem.reason
        assert str(error)
        return None


@hypothesis.given(st.dictionaries(st.sampled_from(["router", "services", "names", "lab"]), ODD))
def test_garbage_is_refused(raw):
    """Never anything but ForwardingError."""
    assert judged(raw) is None


@hypothesis.settings(max_examples=600)
@hypothesis.given(bent())
def test_bent_intents_are_refused_or_planned(raw):
    """A slip anywhere gives a path, or a plan that is whole."""
    made = judged(raw)
    if made is None:
        return
    data = to_data(made)
    assert from_data(json.loads(json.dumps(data))) == made
    keys = {
        (one.public, one.protocol, port) for one in made.forwards for port in ([one.public_ports] if one.public_ports else [None])
    }
    assert len(keys) == len(made.forwards)
    publics = {public.address for public in made.publics}
    for forward in made.forwards:
        lan = next(lan for lan in made.lans if lan.interface == forward.lan)
        assert forward.public in publics and forward.host in lan.network and forward.host != lan.address


@hypothesis.settings(max_examples=60)
@hypothesis.given(bent(), st.sampled_from(TARGETS))
def test_whatever_has_a_plan_has_an_answer(raw, target):
    """Renderings, table and verdicts take every plan; what is wrong with the words of a sheet alone is said."""
    if judged(raw) is None:
        return
    try:
        answer = make(raw, [target], "", resolve)
    except ForwardingError as error:
        assert all(one.path.startswith("sheet") for one in error.problems)
        return
    assert json.loads(json.dumps(answer)) == answer


@hypothesis.given(st.sampled_from(INTENTS), st.randoms(use_true_random=False))
def test_order_does_not_matter(raw, random):
    """The same rows give the same plan; only the first public address is first."""
    turned = copy.deepcopy(raw)
    for rows in (turned["services"], turned["router"]["lan"], turned["router"].get("management", [])):
        random.shuffle(rows)
    for row in turned["services"]:
        for key in ("ports", "egress", "sources"):
            if isinstance(row.get(key), list):
                random.shuffle(row[key])
    one, other = ({**to_data(plan(each, "", resolve)), "warnings": []} for each in (raw, turned))
    assert one == other


@hypothesis.settings(max_examples=300)
@hypothesis.given(st.data())
def test_bent_plans_are_refused_or_restored(data):
    """What comes back as a plan is one, whoever had it in between."""
    made = to_data(plan(data.draw(st.sampled_from(INTENTS)), "", resolve))
    path = data.draw(st.sampled_from(places(made)[1:]))
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = data.draw(st.one_of(ODD, TEXTS))
    try:
        restored = from_data(made)
    except ForwardingError as error:
        assert str(error).startswith("plan")
        return
    assert to_data(restored).keys() == made.keys()
    for name in [one.service for one in restored.forwards] + [lan.interface for lan in restored.lans]:
        assert name.isascii() and name.replace("_", "").replace("-", "").replace(".", "").isalnum()
