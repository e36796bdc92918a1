"""Runs on a desk: a person at a real Chromium, told what to do by lines of JSON on standard input.

Certificate errors are not ignored: what this host trusts decides. The profile is new each time. Arguments are Chromium's own.
"""

from __future__ import annotations

import base64
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
FETCH = """
const done = arguments[arguments.length - 1];
fetch(arguments[0]).then(async (answer) => done({
  status: answer.status, type: answer.headers.get('content-type'), policy: answer.headers.get('content-security-policy'),
  text: await answer.text(),
})).catch((error) => done({status: 0, text: String(error)}));
"""


class Person:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="person-"))
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--window-size=1280,900", "--disable-dev-shm-usage", "--lang=en", *sys.argv[1:]):
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={self.folder}/profile")
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.asked = set()
        self.complaints = []

    def all(self, selector):
        """The elements that a person would see."""
        with contextlib.suppress(StaleElementReferenceException):
            return [one for one in self.driver.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()]
        return []

    def until(self, what, look, patience=PATIENCE):
        """Asks again until there is an answer."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with contextlib.suppress(StaleElementReferenceException):
                found = look()
                if found:
                    return found
            time.sleep(0.1)
        raise TimeoutError(
            f"waited {patience} s for {what}; the page says: {self.driver.find_element(By.TAG_NAME, 'body').text[:500]}"
        )

    def one(self, selector, patience=PATIENCE):
        return self.until(selector, lambda: self.all(selector), patience)[0]

    def click(self, selector):
        """Clicks; again when the page drew itself anew in that moment."""

        def clicked():
            with contextlib.suppress(WebDriverException):
                self.one(selector).click()
                return True
            return False

        self.until(f"a click on {selector}", clicked)

    # --- what a person does ---------------------------------------------------------------------------------------

    def go(self, url):
        self.driver.get(url)
        return self.driver.title

    def login(self, user, password):
        self.until("the log-in form", lambda: self.all('input[name="jid"]'))
        self.one('input[name="jid"]').send_keys(user)
        self.one('input[name="password"]').send_keys(password)
        self.click('converse-login-form [type="submit"], #converse-login [type="submit"], form.converse-form [type="submit"]')

    def online(self):
        """Waits for the contact list."""
        self.one("converse-roster")
        self.until("the status online", lambda: self.all(".chat-status--online, .xmpp-status .online, .chat-status.fa-circle"))

    def refused(self):
        """Waits for the log-in form's complaint and returns it."""
        words = self.until(
            "a complaint", lambda: [one.text for one in self.all(".conn-feedback, .login-error, .error") if one.text]
        )
        return " ".join(words)

    def contacts(self):
        return [one.get_attribute("title") for one in self.until("contacts", lambda: self.all("a.open-chat"))]

    def chat(self, address):
        """Opens the conversation with a contact."""
        selector = f'a.open-chat[title*="{address}"]'
        self.click(selector)
        self.one("converse-chat textarea.chat-textarea")

    def room(self, title):
        """Enters a room, from the list of rooms that the server offers or from those that are open."""
        opened = [one for one in self.all("converse-rooms-list a.open-room") if title in one.text]
        if opened:
            opened[0].click()
        else:
            self.click("converse-rooms-list converse-dropdown button")
            self.click("a.show-list-muc-modal")
            offered = self.until(
                f"the room {title}", lambda: [one for one in self.all("converse-muc-list-modal a.open-room") if title in one.text]
            )
            offered[0].click()
        self.one("converse-muc textarea.chat-textarea")

    def say(self, text):
        """Writes into the conversation in view and waits until it stands there."""
        box = self.one("textarea.chat-textarea")
        box.send_keys(text)
        self.click("button.send-button")
        self.hears(text)

    def texts(self):
        return [one.text for one in self.all("converse-chat-message-body")]

    def hears(self, text, patience=PATIENCE):
        """Waits until the text stands in the conversation in view."""
        self.until(f"the text {text!r}", lambda: any(text in one for one in self.texts()), patience)

    def attach(self, name, content):
        """Sends a file and returns the address that the others get."""
        path = self.folder / name
        path.write_bytes(base64.b64decode(content))
        field = self.until("the field for a file", lambda: self._in_view("input.fileupload"))
        field[0].send_keys(str(path))
        return self.link(name)

    def _in_view(self, selector):
        view = self.all("converse-chat, converse-muc")
        return view[0].find_elements(By.CSS_SELECTOR, selector) if view else []

    def link(self, name):
        """Waits for a link to a file of that name."""

        def found():
            return [one.get_attribute("href") for one in self._in_view(f'a[href$="/{name}"]')]

        return self.until(f"a link to {name}", found)[-1]

    def fetch(self, url):
        """What the page's own origin gets from an address."""
        return self.driver.execute_async_script(FETCH, url)

    def reload(self):
        self.driver.refresh()

    def write(self, selector, text):
        """Fills a field anew."""
        field = self.one(selector)
        field.clear()
        field.send_keys(text)

    def read(self, selector, words="", patience=PATIENCE):
        """Waits until what is there holds the words, and returns all of it."""

        def found():
            return [one.text for one in self.all(selector) if one.text and words in one.text]

        return " ".join(self.until(f"{words!r} in {selector}", found, patience))

    # --- what a tester looks at -----------------------------------------------------------------------------------

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

    def secure(self):
        """How the browser itself judges the page."""
        return self.driver.execute_script("return {secure: window.isSecureContext, address: location.href}")

    def kept(self):
        """What the page keeps for this tab, and the addresses in its history."""
        return self.driver.execute_script("return {kept: {...sessionStorage}, address: location.href, before: history.length}")

    def picture(self, width=1280, height=900):
        self.driver.set_window_size(width, height)
        time.sleep(0.5)
        return self.driver.get_screenshot_as_base64()

    def leave(self):
        self.driver.quit()


obey(Person)
