"""What goes over the line, tried in the browser that says it: SDP to Jingle and back loses nothing that a call needs."""

from __future__ import annotations

import pytest

ROUND_TRIP = """
const done = arguments[arguments.length - 1];
(async () => {
  const { parse, build } = await import('/calls/sdp.js');
  const { contentsXml, offered, inOrderOf } = await import('/calls/jingle.js');
  const { element, xml } = await import('/calls/xml.js');
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  ['audio', 'video'].forEach((kind) => one.addTransceiver(kind));
  const jingle = { xmlns: 'urn:xmpp:jingle:1' };
  const carried = (model, role) => offered(element(xml('jingle', jingle, ...contentsXml(model, role))), role);
  await one.setLocalDescription(await one.createOffer());
  const said = parse(one.localDescription.sdp);
  const heard = carried(said, 'initiator');
  await other.setRemoteDescription({ type: 'offer', sdp: build(heard) });
  await other.setLocalDescription(await other.createAnswer());
  const answer = parse(other.localDescription.sdp);
  await one.setRemoteDescription({ type: 'answer', sdp: build(inOrderOf(said.sections, carried(answer, 'responder'))) });
  // a refused section has no words in Jingle, and its place in an answer
  const sound = { ...answer, bundle: answer.bundle.slice(0, 1), sections: answer.sections.slice(0, 1) };
  const refused = parse(build(inOrderOf(said.sections, carried(sound, 'responder'))));
  return {
    same: JSON.stringify(parse(build(said))) === JSON.stringify(said),
    state: [one.signalingState, other.signalingState],
    kinds: heard.sections.map(({ kind, mid, direction, mux }) => [kind, mid, direction, mux]),
    codecs: heard.sections.map(({ payloads }) => payloads.map(({ name }) => name)),
    parameters: heard.sections[0].payloads.find(({ name }) => name === 'opus').parameters,
    answered: refused.sections.map(({ refused }) => refused),
  };
})().then(done, (error) => done({ error: String(error) }));
"""

DIRECTIONS = """
const done = arguments[arguments.length - 1];
import('/calls/jingle.js').then(async ({ contentsXml, offered }) => {
  const { element, xml } = await import('/calls/xml.js');
  const empty = { mid: '0', kind: 'audio', payloads: [], feedback: [], extensions: [], groups: [], sources: [], fingerprint: {} };
  const carried = (direction, role) => {
    const contents = contentsXml({ bundle: [], sections: [{ ...empty, direction }] }, role);
    return offered(element(xml('jingle', { xmlns: 'urn:xmpp:jingle:1' }, ...contents)), role).sections[0].direction;
  };
  const rows = ['sendrecv', 'sendonly', 'recvonly', 'inactive'].flatMap((direction) => (
    ['initiator', 'responder'].map((role) => [direction, carried(direction, role)])));
  done(rows);
}).catch((error) => done(String(error)));
"""

EVIL = """
const done = arguments[arguments.length - 1];
import('/calls/sdp.js').then(async ({ build }) => {
  const { element, xml } = await import('/calls/xml.js');
  const evil = 'x\\r\\na=candidate:1';
  const sdp = build({ bundle: [evil], sections: [{
    mid: evil, kind: 'audio', direction: 'sendrecv', feedback: [],
    payloads: [{ id: '1', name: evil, clockrate: '8000', parameters: [], feedback: [] }],
    extensions: [], groups: [], sources: [], candidates: [], fingerprint: {},
  }] });
  const text = '"><evil xmlns="x"/>&amp;';
  const one = element(xml('a', { b: text }, text));
  const lines = sdp.split('\\r\\n').filter((line) => line.startsWith('a=candidate'));
  done({ lines, same: [one.getAttribute('b'), one.textContent], children: one.children.length, text });
}).catch((error) => done({ error: String(error) }));
"""


@pytest.fixture(scope="module")
def page(telephones):
    desk = telephones.of("alice")
    yield desk
    telephones.away(desk)


def test_sdp_goes_to_jingle_and_back(page):
    seen = page.answers(ROUND_TRIP)
    assert "error" not in seen, seen
    assert seen["same"], "what is built says what was parsed"
    assert seen["state"] == ["stable", "stable"]
    assert seen["kinds"] == [["audio", "0", "sendrecv", True], ["video", "1", "sendrecv", True]]
    assert {"opus", "PCMU"} <= set(seen["codecs"][0])
    assert {"VP8", "rtx"} <= set(seen["codecs"][1])
    assert {"name": "useinbandfec", "value": "1"} in seen["parameters"]
    assert seen["answered"] == [False, True]


def test_who_sends_is_the_same_from_both_sides(page):
    rows = page.answers(DIRECTIONS)
    assert len(rows) == 8
    assert all(before == after for before, after in rows), rows


def test_words_of_others_stay_words(page):
    seen = page.answers(EVIL)
    assert seen["lines"] == []
    assert seen["same"] == [seen["text"]] * 2
    assert seen["children"] == 0
