"""Runs on a desk: somebody who looks at pages in a real Chromium, told what to look at by lines of JSON on standard input.

A page is an address, or HTML that is given; that one is opened from a file, as its reader would.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from orders import obey
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

OPTIONS = ("--headless=new", "--window-size=1280,900", "--disable-dev-shm-usage", "--lang=en", "--hide-scrollbars")
UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; });"
# What sticks out of the window: a reader of a phone would have to push the page to and fro.
OVERFLOW = """
const room = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= room) return [];
return [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > room + 1)
  .map((one) => `${one.tagName.toLowerCase()} ${one.className}: ${one.textContent.trim().slice(0, 60)}`);
"""
AUDIT = """
const done = arguments[arguments.length - 1];
const place = (node) => node.target.join(' ') + ': ' + node.failureSummary;
const row = (one) => ({rule: one.id, impact: one.impact, help: one.help, at: one.nodes.map(place)});
axe.run(document, {resultTypes: ['violations']}).then((found) => done(found.violations.map(row)))
  .catch((error) => done([{rule: 'axe', impact: 'critical', help: String(error), at: []}]));
"""
FOCUS = """
const one = document.activeElement;
const said = one.ariaLabel || one.textContent || one.value || '';
return one === document.body ? '' : one.tagName.toLowerCase() + ' ' + said.trim();
"""


class Viewer:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="viewer-"))
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in (*OPTIONS, *sys.argv[1:]):
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={self.folder}/profile")
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)

    def _tell(self, command, **values):
        return self.driver.execute_cdp_cmd(command, values)

    def go(self, url):
        """Open an address; return the page's title."""
        self.driver.get(url)
        return self.driver.title

    def read(self, html):
        """Open HTML from a file; return the page's title."""
        path = self.folder / "page.html"
        path.write_text(html, encoding="utf-8")
        return self.go(path.as_uri())

    def sit(self, width, height, phone, scheme, media):
        """Look from now on through a window of this size, in ``light`` or ``dark``, on ``screen`` or as ``print``."""
        size = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self._tell("Emulation.setDeviceMetricsOverride", **size)
        self._tell("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def unfold(self):
        """Open everything that is folded."""
        self.driver.execute_script(UNFOLD)

    def overflow(self):
        """What is wider than the window."""
        return self.driver.execute_script(OVERFLOW)

    def audit(self, axe):
        """What axe complains of; ``axe`` is its source."""
        if not self.driver.execute_script("return Boolean(window.axe)"):
            self._tell("Runtime.evaluate", expression=axe)  # not as a part of the page: its policy may forbid scripts
        return self.driver.execute_async_script(AUDIT)

    def picture(self):
        """The whole page, however long, as PNG."""
        return self._tell("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]

    def tabs(self, most=60):
        """What Tab leads to, one after the other, from the top of the page."""
        found = []
        self.driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0);")
        for _number in range(most):
            ActionChains(self.driver).send_keys(Keys.TAB).perform()
            one = self.driver.execute_script(FOCUS)
            if not one or (found and one == found[0]):
                break
            found.append(one)
        return found

    def text(self):
        """The page as one reads it."""
        return self.driver.execute_script("return document.body.innerText")

    def requested(self):
        """Every address that was asked for since the last time."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        return asked

    def console(self):
        """What Chromium complained of since the last time."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def leave(self):
        self.driver.quit()


obey(Viewer)
