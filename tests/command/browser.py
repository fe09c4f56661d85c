"""Looks at a page of `reuseshim report --html` in a real Chromium: browser.py FILE FOLDER CHECK...

Speaks the browser's own protocol over a pipe (--remote-debugging-pipe). Each check names what is wrong; pictures are left
in FOLDER. Exits 77 where there is no chromium.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time

WAIT_S = 90

# Texts whose contrast with what is painted behind them is too little, as [text, ratio].
CONTRAST = """(() => {
const parts = c => (c.match(/[0-9.]+/g) || []).map(Number);
const light = c => { const [r, g, b] = c.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b };
const ground = e => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor);
  if (c.length === 3 || c[3] === 1) return c } return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255] };
const seen = new Map(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let count = 0;
for (let n; n = walk.nextNode();) { const e = n.parentElement;
  if (!n.data.trim() || e.tagName === 'SCRIPT' || !e.checkVisibility()) continue;
  const a = light(parts(getComputedStyle(e).color)), b = light(ground(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  count++; if (ratio < 4.5) seen.set(n.data.trim().slice(0, 40), ratio) }
return count < 20 ? [['few texts', count]] : [...seen] })()"""

# Elements that reach beyond the window, as their tag and class.
TOO_WIDE = """(() => [...document.querySelectorAll('body *')].filter(e => !e.closest('.track') && !e.closest('.skip') &&
  e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className).slice(0, 5)
  .concat(document.documentElement.scrollWidth > innerWidth ? ['the page itself'] : []))()"""


class Browser:
    def __init__(self, folder):
        to_us, from_them = os.pipe()
        to_them, from_us = os.pipe()
        # The browser reads commands from descriptor 3 and answers on 4.
        program = ["sh", "-c", 'exec 3<&%d 4>&%d; exec "$@"' % (to_them, from_them), "sh", "chromium", "--headless",
                   "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                   "--remote-debugging-pipe", "--user-data-dir=" + os.path.join(folder, "profile"), "about:blank"]
        self.process = subprocess.Popen(program, pass_fds=(to_them, from_them), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_them)
        os.close(from_them)
        self.reads, self.writes = to_us, from_us
        self.bytes, self.number, self.session = b"", 0, None
        self.complaints, self.loaded = [], 0
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Accessibility", "Network":
            self.ask(domain + ".enable")

    def message(self):
        end = time.monotonic() + WAIT_S
        while b"\0" not in self.bytes:
            if not select.select([self.reads], [], [], max(0, end - time.monotonic()))[0]:
                sys.exit("the browser says nothing")
            more = os.read(self.reads, 1 << 20)
            if not more:
                sys.exit("the browser has ended")
            self.bytes += more
        line, self.bytes = self.bytes.split(b"\0", 1)
        said = json.loads(line)
        what, about = said.get("method"), said.get("params", {})
        if what in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            self.complaints.append("%s %s" % (what, json.dumps(about)[:300]))
        if what == "Network.requestWillBeSent" and not about["request"]["url"].startswith("file://"):
            self.complaints.append("asks for " + about["request"]["url"][:200])
        self.loaded += what == "Page.loadEventFired"
        return said

    def ask(self, method, **params):
        self.number += 1
        said = {"id": self.number, "method": method, "params": params}
        if self.session:
            said["sessionId"] = self.session
        os.write(self.writes, json.dumps(said).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit("%s: %s" % (method, answer["error"]))
                return answer["result"]

    def open(self, url):
        before = self.loaded
        self.ask("Page.navigate", url=url)
        while self.loaded == before:
            self.message()

    def value(self, script):
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            sys.exit("%s: %s" % (script[:60], answer["exceptionDetails"]))
        return answer["result"].get("value")

    def key(self, name):
        for kind in "rawKeyDown", "keyUp":
            self.ask("Input.dispatchKeyEvent", type=kind, key=name, code=name,
                     windowsVirtualKeyCode={"Tab": 9, "Escape": 27, "ArrowRight": 39, "ArrowLeft": 37}[name])

    def window(self, width, scheme="light", media=""):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.ask("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def tree(self):
        """What a screen reader gets: role and name of each node that is not hidden from it."""
        nodes = self.ask("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", ""), node) for node in nodes
                if not node.get("ignored") and "role" in node]

    def close(self):
        self.session = None
        os.write(self.writes, b'{"id":0,"method":"Browser.close"}\0')
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def fits(browser, url, folder):
    """At 360 and 1,280 pixels, light and dark: nothing is cut off, all texts stand out."""
    for width in 360, 1280:
        for scheme in "light", "dark":
            browser.window(width, scheme)
            browser.open(url)
            browser.value("document.querySelector('.track a').click()")
            if browser.value("innerWidth") != width:
                yield "the window has %d pixels" % browser.value("innerWidth")
            for what in browser.value(TOO_WIDE):
                yield "too wide at %d: %s" % (width, what)
            browser.value("document.querySelectorAll('details').forEach(d => d.open = true)")
            for what in browser.value(TOO_WIDE):
                yield "too wide at %d, opened: %s" % (width, what)
            for text, ratio in browser.value(CONTRAST)[:5]:
                yield "contrast of %.1f at %d, %s: %s" % (ratio, width, scheme, text)
            path = os.path.join(folder, "page-%d-%s.png" % (width, scheme))
            with open(path, "wb") as file:
                file.write(base64.b64decode(browser.ask("Page.captureScreenshot")["data"]))
            if os.path.getsize(path) < 8000:
                yield "an empty picture at %d" % width
    browser.window(1280)


def tree(browser, url, folder):
    """A screen reader gets the headings in order, tables with their names, and a name for all that can be pressed."""
    browser.open(url)
    nodes = browser.tree()
    roles = [role for role, _, _ in nodes]
    for role in "main", "heading", "table", "columnheader", "searchbox", "status", "link":
        if role not in roles:
            yield "no " + role
    for role, name, _ in nodes:
        if role in ("link", "searchbox", "button", "heading", "table", "DisclosureTriangle") and not name.strip():
            yield "a %s without a name" % role
    tracks = browser.value("document.querySelectorAll('.track').length")
    if sum(role == "group" and name.startswith("timeline of ") for role, name, _ in nodes) != tracks:
        yield "not each of %d timelines says whose it is" % tracks
    level = 0
    for role, name, node in nodes:
        if role == "heading":
            now = next(p["value"]["value"] for p in node["properties"] if p["name"] == "level")
            if now > level + 1:
                yield "a heading of level %d after one of %d: %s" % (now, level, name)
            level = now
    marks = browser.value("document.querySelectorAll('.track a').length")
    if sum(role == "link" and "failure" in name for role, name, _ in nodes) != marks:
        yield "not each of %d marks is a link that says what it is" % marks
    browser.value("document.querySelector('.track a').focus()")
    if not any(role == "status" and "could not" in name or "could not" in name for role, name, _ in browser.tree()):
        yield "the explanation of a mark in focus is not told"


def keys(browser, url, folder):
    """Tab comes to the marks, arrows go from one to the next, Escape takes the explanation away."""
    browser.open(url)
    told = "document.getElementById('told').textContent"
    for _ in range(12):
        browser.key("Tab")
        if browser.value("!!document.activeElement.closest('.track')"):
            break
    else:
        yield "12 times Tab is not enough for the first mark"
    first = browser.value("document.activeElement.hash")
    if "could not" not in browser.value(told):
        yield "a mark in focus explains nothing"
    browser.key("ArrowRight")
    if browser.value("document.activeElement.hash") == first:
        yield "the arrow does not go on"
    browser.key("ArrowLeft")
    if browser.value("document.activeElement.hash") != first:
        yield "the arrow does not go back"
    if browser.value("getComputedStyle(document.activeElement).outlineStyle") == "none":
        yield "the focus is not seen"
    browser.key("Escape")
    if browser.value(told) != "":
        yield "Escape leaves the explanation"
    browser.value("{const i = document.querySelector('input'); i.value = 'POSTGRES listening'; i.dispatchEvent(new Event('input'))}")
    shown = browser.value("[...document.querySelectorAll('section.port')].filter(s => s.checkVisibility()).length")
    if shown != 1 or browser.value("document.getElementById('count').textContent")[:4] != "1 of":
        yield "the search shows %d" % shown


def prints(browser, url, folder):
    """On paper: every explanation, no search, nothing too wide."""
    browser.open(url)
    browser.value("document.querySelector('.track a').click()")
    pdf = base64.b64decode(browser.ask("Page.printToPDF", printBackground=True)["data"])
    with open(os.path.join(folder, "page.pdf"), "wb") as file:
        file.write(pdf)
    if not pdf.startswith(b"%PDF") or len(pdf) < 10000:
        yield "no pages"
    if browser.value("[...document.querySelectorAll('details')].some(d => !d.open)"):
        yield "explanations stay closed"
    browser.window(1280, media="print")
    for what in "#search", "#told", ".skip":
        if browser.value("document.querySelector('%s').checkVisibility()" % what):
            yield what + " is printed"
    for text, ratio in browser.value(CONTRAST)[:5]:
        yield "contrast of %.1f: %s" % (ratio, text)
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", os.path.join(folder, "page.pdf"), "-"], stdout=subprocess.PIPE, text=True).stdout
        items = browser.value("document.querySelectorAll('details li').length")
        if text.count("could not") < items:
            yield "%d of %d explanations on paper" % (text.count("could not"), items)
    browser.window(1280)


def plain(browser, url, folder):
    """Without scripts: figures and timelines are there, no search, and a mark leads to its explanation."""
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(url)
    names = [(role, name) for role, name, _ in browser.tree()]
    if not any(role == "cell" and name.isdigit() for role, name in names):
        yield "no figures"
    if any(role == "searchbox" for role, _ in names):
        yield "a search that does nothing"
    if any("could not" in name for _, name in names):
        yield "explanations are open at once"
    link = next(node for role, name, node in browser.tree() if role == "link" and "failure" in name)
    box = browser.ask("DOM.getBoxModel", backendNodeId=link["backendDOMNodeId"])["model"]["content"]
    for kind in "mousePressed", "mouseReleased":
        browser.ask("Input.dispatchMouseEvent", type=kind, x=(box[0] + box[2]) / 2, y=(box[1] + box[5]) / 2, button="left",
                    clickCount=1)
    if not any("could not" in name for _, name, _ in browser.tree()):
        yield "a mark leads to no explanation"
    browser.ask("Emulation.setScriptExecutionDisabled", value=False)


def hostile(browser, url, folder):
    """No name of a record runs: the page's own script alone did."""
    browser.open(url)
    if browser.value("document.title") != "Addresses that were in use":
        yield "the title is " + browser.value("document.title")
    if browser.value("document.scripts.length") != 1 or browser.value("document.images.length") != 0:
        yield "scripts or images of others"
    if browser.value("getComputedStyle(document.getElementById('search')).display") == "none":
        yield "the page's own script did not run"
    for at in range(browser.value("Math.min(40, document.querySelectorAll('.track a').length)")):
        browser.value("document.querySelectorAll('.track a')[%d].click()" % at)
    if browser.value("document.title") != "Addresses that were in use" or browser.value("document.images.length") != 0:
        yield "an explanation that was shown has run"


def large(browser, url, folder):
    """With 5,000 failures a mark can be hit, and an answer to a key takes no second."""
    browser.open(url)
    crowded = browser.value("""[...document.querySelectorAll('.track')].filter(t => t.querySelectorAll('a').length > 201).length""")
    if crowded:
        yield "%d timelines with more marks than can be told apart" % crowded
    if browser.value("document.querySelectorAll('.track a').length") < 100:
        yield "no marks"
    took = browser.value("""(() => {const start = performance.now(); document.querySelectorAll('.track a')[50].focus();
        document.getElementById('told').getBoundingClientRect(); return performance.now() - start})()""")
    if took > 1000:
        yield "a mark takes %d ms" % took
    took = browser.value("""(() => {const start = performance.now(), i = document.querySelector('input'); i.value = 'nginx';
        i.dispatchEvent(new Event('input')); document.body.getBoundingClientRect(); return performance.now() - start})()""")
    if took > 2000:
        yield "the search takes %d ms" % took


def main():
    page, folder, checks = sys.argv[1], sys.argv[2], sys.argv[3:]
    if not shutil.which("chromium"):
        print("no chromium")
        sys.exit(77)
    browser = Browser(folder)
    bad = 0
    try:
        browser.window(1280)
        for check in checks:
            for wrong in globals()[check](browser, "file://" + page, folder):
                print("%s: %s" % (check, wrong))
                bad = 1
            print("%s: looked at" % check)
        for complaint in browser.complaints:
            print("complaint: " + complaint)
            bad = 1
    finally:
        browser.close()
    sys.exit(bad)


if __name__ == "__main__":
    main()
