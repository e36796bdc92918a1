"""Runs on a desk: a person at a real Chromium whose microphone and camera are not real, told what to do by lines of JSON.

Orders that browser.py has too have the same names here. Arguments: ``--relay-only`` (no candidates but the relay's),
``--transport=udp|tcp|tls|none`` (of the relays that are offered, these alone; STUN too for udp), ``--no-microphone`` (the person
says no), ``--no-camera``, ``--lang=de``, ``--size=WIDTH,HEIGHT``; any other is Chromium's own.

    {"do": "go", "with": ["https://chat.example.lan/"]}      {"do": "login", "with": ["alice", "her password"]}
    {"do": "online", "with": []}                             {"do": "call", "with": ["bob@chat.example.lan", true]}
    {"do": "phase", "with": ["connected", 30]}               {"do": "stats", "with": [5]}
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

from orders import obey
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PATIENCE = 30
OWN = ("--relay-only", "--transport=", "--no-microphone", "--no-camera", "--size=", "--lang=")
CARD = "section.onprem-call"

#: Before the page's own programs: keep each connection where a tester finds it, and take away what the test does without.
KEEP = """
(() => {
  const {relayOnly, transport, noCamera} = %s;
  if (noCamera) {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (about) => about.video
      ? Promise.reject(new DOMException('Requested device not found', 'NotFoundError')) : ask(about);
  }
  const Browser = window.RTCPeerConnection;
  window.testerConnections = [];
  const kept = (url) => !transport || {
    udp: /^stun:|^turn:.*transport=udp|^turn:[^?]*$/,
    tcp: /^turn:.*transport=tcp/,
    tls: /^turns:/,
    none: /^$/,
  }[transport].test(url);
  window.RTCPeerConnection = class extends Browser {
    constructor(about = {}, ...rest) {
      const iceServers = (about.iceServers || []).filter(({urls}) => kept(urls));
      super({...about, iceServers, ...(relayOnly ? {iceTransportPolicy: 'relay'} : {})}, ...rest);
      this.testerOffered = about.iceServers || [];
      this.testerErrors = [];
      this.addEventListener('icecandidateerror', ({url, errorCode, errorText}) => {
        this.testerErrors.push({url, errorCode, errorText});
      });
      window.testerConnections.push(this);
    }
  };
})();
"""

STATS = """
const done = arguments[arguments.length - 1];
const connection = window.testerConnections.at(-1);
if (!connection) { done(null); }
else connection.getStats().then((report) => done({
  stats: [...report.values()], state: connection.connectionState, errors: connection.testerErrors,
  offered: connection.testerOffered.map(({urls}) => urls),
}));
"""


#: At one moment: elements that are asked one after the other may be gone in between.
CARD_NOW = """
const card = document.querySelector('section.onprem-call');
return card && !card.hidden ? {
  phase: card.dataset.phase, role: card.getAttribute('role'), text: card.innerText,
  buttons: [...card.querySelectorAll('button')].map((one) => one.dataset.name),
} : null;
"""

HUSH = """
const name = (one) => document.querySelector(`.onprem-call:not([hidden]) .onprem-call-${one}`);
(name('decline') ?? name('hang-up') ?? name('close'))?.click();
"""

AUDIT = """
const done = arguments[arguments.length - 1];
const place = (node) => node.target.join(' ') + ': ' + node.failureSummary;
const row = (one) => ({rule: one.id, impact: one.impact, help: one.help, at: one.nodes.map(place)});
const where = {include: [['.onprem-call'], ['.onprem-start-call']].filter(([one]) => document.querySelector(one))};
axe.run(where, {resultTypes: ['violations']}).then((found) => done(found.violations.map(row)))
  .catch((error) => done([{rule: 'axe', impact: 'critical', help: String(error), at: []}]));
"""

OVERFLOW = """
return [...document.querySelectorAll('.onprem-call, .onprem-call *')].filter((one) => {
  const {left, right, top, bottom} = one.getBoundingClientRect();
  return right > innerWidth + 1 || left < -1 || top < -1 || bottom > innerHeight + 1;
}).map((one) => `${one.tagName.toLowerCase()} ${one.className}: ${one.textContent.trim().slice(0, 60)}`);
"""


def summary(seen):
    """The report of a browser in few words: RTP both ways by kind, and the pair of candidates that carries it."""
    rows = {row["id"]: row for row in seen["stats"]}
    by_type = {}
    for row in rows.values():
        by_type.setdefault(row["type"], []).append(row)
    found = {
        "state": seen["state"],
        "offered": seen["offered"],
        "errors": seen["errors"],
        "sent": {},
        "received": {},
        "pair": None,
    }
    for kind in ("audio", "video"):
        out = [row for row in by_type.get("outbound-rtp", []) if row.get("kind") == kind]
        into = [row for row in by_type.get("inbound-rtp", []) if row.get("kind") == kind]
        found["sent"][kind] = {name: sum(row.get(f"{name}Sent", 0) for row in out) for name in ("bytes", "packets")}
        found["received"][kind] = {
            **{name: sum(row.get(f"{name}Received", 0) for row in into) for name in ("bytes", "packets")},
            "lost": sum(row.get("packetsLost", 0) for row in into),
            "frames": sum(row.get("framesDecoded", 0) for row in into),
            "energy": sum(row.get("totalAudioEnergy", 0) for row in into),
        }
    for transport in by_type.get("transport", []):
        pair = rows.get(transport.get("selectedCandidatePairId"))
        if pair:
            found["pair"] = {end: _candidate(rows.get(pair[f"{end}CandidateId"], {})) for end in ("local", "remote")}
            found["pair"]["seconds"] = pair.get("currentRoundTripTime")
    return found


def _candidate(row):
    words = {
        "type": "candidateType",
        "protocol": "protocol",
        "relay_protocol": "relayProtocol",
        "address": "address",
        "port": "port",
        "url": "url",
    }
    return {ours: row.get(theirs) for ours, theirs in words.items()}


class Caller:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="caller-"))
        own = [one for one in sys.argv[1:] if one.startswith(OWN)]
        said = {one.partition("=")[0]: one.partition("=")[2] for one in own}
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        options.add_argument("--headless=new")
        options.add_argument(f"--window-size={said.get('--size', '1280,900')}")
        options.add_argument(f"--user-data-dir={self.folder}/profile")
        options.add_argument("--disable-dev-shm-usage")
        options.add_argument("--use-fake-device-for-media-stream")
        options.add_argument("--autoplay-policy=no-user-gesture-required")
        others = [one for one in sys.argv[1:] if one not in own]
        if "--no-microphone" in said:
            refused = ("media_stream_mic", "media_stream_camera")
            prefs = {f"profile.default_content_setting_values.{one}": 2 for one in refused}
        else:
            prefs = {}
            others.append("--use-fake-ui-for-media-stream")
        language = said.get("--lang", "en")
        options.add_experimental_option("prefs", {**prefs, "intl.accept_languages": language})
        for argument in (f"--lang={language}", *others):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        settings = json.dumps(
            {"relayOnly": "--relay-only" in said, "transport": said.get("--transport", ""), "noCamera": "--no-camera" in said}
        )
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": KEEP % settings})
        self.asked = set()
        self.complaints = []

    # --- what is on the page ------------------------------------------------------------------------------------------

    def all(self, selector):
        """The elements that a person would see."""
        with contextlib.suppress(StaleElementReferenceException):
            return [one for one in self.driver.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()]
        return []

    def until(self, what, look, patience=PATIENCE):
        """Asks again until there is an answer; ``what`` is told when there is none."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with contextlib.suppress(StaleElementReferenceException):
                found = look()
                if found:
                    return found
            time.sleep(0.1)
        page = self.driver.find_element(By.TAG_NAME, "body").text[:400]
        what = what() if callable(what) else what
        raise TimeoutError(f"waited {patience} s for {what}; the page says: {page}; the browser: {self.console()[-5:]}")

    def click(self, selector):
        """Clicks; again when the page drew itself anew in that moment."""

        def clicked():
            with contextlib.suppress(WebDriverException, IndexError):
                self.all(selector)[0].click()
                return True
            return False

        self.until(f"a click on {selector}", clicked)

    # --- what a person does -------------------------------------------------------------------------------------------

    def go(self, url):
        self.driver.get(url)
        return self.driver.title

    def login(self, user, password):
        self.until("the log-in form", lambda: self.all('input[name="jid"]'))
        self.all('input[name="jid"]')[0].send_keys(user)
        self.all('input[name="password"]')[0].send_keys(password)
        self.click('converse-login-form [type="submit"], form.converse-form [type="submit"]')

    def online(self):
        """Waits for the contact list."""
        self.until("the contact list", lambda: self.all("converse-roster"))
        self.until("contacts", lambda: self.all("a.open-chat"))

    def chat(self, address):
        """Opens the conversation with a contact."""
        self.click(f'a.open-chat[title*="{address}"]')
        self.until("the conversation", lambda: self.all("converse-chat textarea.chat-textarea"))

    def call(self, address, video=False):
        """Opens the conversation and presses the telephone, or the camera."""
        self.chat(address)
        self.press_call(video)

    def press_call(self, video=False):
        """Presses the telephone, or the camera, of the conversation in view."""
        self.click(f'button.onprem-start-call[data-video="{"true" if video else "false"}"]')

    def press(self, button):
        """A button of the card: answer, answer-video, decline, mute, camera, hang-up, close."""
        self.click(f"{CARD} button.onprem-call-{button}")

    def hush(self):
        """Whatever the card shows: it is put down and away."""

        def gone():
            self.driver.execute_script(HUSH)
            return self.card() is None

        self.until("no card", gone)

    def answer(self, video=False, patience=PATIENCE):
        """Waits for a call and takes it; returns what the card says."""
        said = self.phase("incoming", patience)
        self.press("answer-video" if video else "answer")
        return said

    def keys(self, *names):
        """Types where the focus is: names of selenium's Keys, or text."""
        from selenium.webdriver.common.keys import Keys

        for name in names:
            self.driver.switch_to.active_element.send_keys(getattr(Keys, name, name))

    def focus(self):
        """What has the focus."""
        return self.driver.execute_script("const at = document.activeElement; return at.className + ' ' + (at.name || '')")

    def reload(self):
        self.driver.refresh()

    def close_page(self):
        """Closes the page, not the browser."""
        self.driver.get("about:blank")

    # --- what a tester looks at ---------------------------------------------------------------------------------------

    def card(self):
        """The card of a call: its phase, its words, its buttons; nothing when there is none."""
        return self.driver.execute_script(CARD_NOW)

    def phase(self, wanted, patience=PATIENCE):
        """Waits for a phase: incoming, asking, calling, connecting, connected, ended; "" is no card."""

        def there():
            card = self.card()
            return (card or {"phase": "", "text": ""}) if (card["phase"] if card else "") == wanted else None

        return self.until(lambda: f"the phase {wanted!r}, not {self.card()}", there, patience)

    def words(self, text, patience=PATIENCE):
        """Waits until the card says so."""

        def there():
            card = self.card()
            return card if card and text in card["text"] else None

        return self.until(lambda: f"the words {text!r} in {self.card()}", there, patience)

    def unsaid(self, text, patience=PATIENCE):
        """Waits until the card no longer says so."""

        def gone():
            return text not in (self.card() or {"text": ""})["text"]

        self.until(lambda: f"no words {text!r} in {self.card()}", gone, patience)

    def texts(self):
        return [one.text for one in self.all("converse-chat-message-body")]

    def hears(self, text, patience=PATIENCE):
        """Waits until the text stands in the conversation in view."""
        self.until(f"the text {text!r}", lambda: any(text in one for one in self.texts()), patience)

    def stats(self, seconds=0):
        """What the last call's connection counted; with seconds, what it counted in these, beside the pair at the end."""
        before = self.now()
        if not seconds or not before:
            return before
        time.sleep(seconds)
        after = self.now()
        for way in ("sent", "received"):
            for kind, counts in after[way].items():
                after[way][kind] = {name: value - before[way][kind][name] for name, value in counts.items()}
        return after

    def now(self):
        seen = self.driver.execute_async_script(STATS)
        return summary(seen) if seen else None

    def until_frames(self, wanted, patience=PATIENCE):
        """Waits until so many more frames of the other one's picture were shown."""
        before = self.now()["received"]["video"]["frames"]
        self.until(f"{wanted} frames", lambda: self.now()["received"]["video"]["frames"] >= before + wanted, patience)

    def connections(self):
        """The state of every connection that the page ever made."""
        return self.driver.execute_script("return window.testerConnections.map((one) => one.connectionState)")

    def _drain(self):
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.asked.add(message["params"]["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                self.asked.add(message["params"]["url"])
        self.complaints += [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def requested(self):
        """Every address that the page asked for since the browser started."""
        self._drain()
        return sorted(self.asked)

    def console(self):
        """What the page complained of since the browser started."""
        self._drain()
        return self.complaints

    def run(self, script):
        """A program of the tester in the page."""
        return self.driver.execute_script(script)

    def answers(self, script):
        """The same, for one that answers later."""
        return self.driver.execute_async_script(script)

    def sit(self, width, height, phone, scheme):
        """Look from now on through a window of this size, in ``light`` or ``dark``."""
        size = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
        time.sleep(0.5)

    def audit(self, axe):
        """What axe complains of in the card and in the two buttons; ``axe`` is its source."""
        if not self.driver.execute_script("return Boolean(window.axe)"):
            self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})
        return self.driver.execute_async_script(AUDIT)

    def overflow(self):
        """What of the card is outside the window."""
        return self.driver.execute_script(OVERFLOW)

    def screen(self):
        """The window as it is."""
        return self.driver.get_screenshot_as_base64()

    def picture(self, width=1280, height=900):
        self.driver.set_window_size(width, height)
        time.sleep(0.5)
        return self.driver.get_screenshot_as_base64()

    def leave(self):
        self.driver.quit()


obey(Caller)
