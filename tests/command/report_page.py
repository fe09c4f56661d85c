"""Checks of a page that `reuseshim report --html` wrote.

report_page.py structure FILE    its elements and the names of their attributes, one a line: what must not depend on names
report_page.py closed FILE       nothing from outside, no event attribute, one script and one style, well nested
report_page.py contrast FILE     each text colour against its ground, light and dark: 4.5 at least (marks 3)
report_page.py hostile COUNT SEED    records with names that are markup, quotes, control characters and random bytes
"""
import html.parser
import json
import random
import re
import sys

VOID = {"meta", "br", "input", "link", "img"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.wrong = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag + " " + " ".join(name for name, _ in attrs))
        for name, value in attrs:
            if name.startswith("on") or (name in ("src", "href", "action") and not value.startswith("#")):
                self.wrong.append("%s %s=%s" % (tag, name, value))
            if name == "style" and not re.fullmatch(r"left:[0-9.]+%(;width:-?[0-9.]+%)?", value):
                self.wrong.append("style " + value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append("badly nested </%s>" % tag)


def parsed(path):
    page = Page()
    page.feed(open(path, encoding="utf-8").read())
    return page


def closed(path):
    page = parsed(path)
    tags = [line.split()[0] for line in page.seen]
    wrong = page.wrong + ["still open: %s" % page.open] * bool(page.open)
    if tags.count("script") != 1 or tags.count("style") != 1:
        wrong.append("%d scripts, %d styles" % (tags.count("script"), tags.count("style")))
    if "url(" in open(path).read().split("</style>")[0]:
        wrong.append("an url in the style")
    sys.exit("\n".join(wrong) or 0)


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(path):
    style = open(path).read().split("<style>")[1].split("</style>")[0].replace("\n", "")
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    light = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", light))
    dark = dict(light, **dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", dark)))
    least = {"text": 4.5, "quiet": 4.5, "link": 4.5, "fail": 3, "held": 3, "wait": 3, "work": 3}
    for scheme in light, dark:
        for name, want in least.items():
            for ground in ("ground", "card"):
                a, b = sorted((luminance(scheme[name]), luminance(scheme[ground])))
                ratio = (b + 0.05) / (a + 0.05)
                print("%s on %s: %.1f" % (name, ground, ratio))
                if ratio < want:
                    sys.exit("too little")


def hostile(count, seed):
    chance = random.Random(seed)
    parts = ["<script>document.title='owned'</script>", "<img src=x onerror=document.title='owned'>", "\"'><b>", "</style>",
             "</script>", "]]>", "<!--", "javascript:alert(1)", "&lt;", "\u202e", "a\u0000b", "\u001b[31m", "\ufeff", "%s%n",
             "' onmouseover='document.title=1", "{{7*7}}", "\\\\x", "é", "\n", "\r\n", "'; DROP TABLE reuseshim; --"]
    fields = ["comm", "unit", "host", "exe", "address", "reason", "proto", "version"]
    for number in range(count):
        name = lambda: "".join(chance.choice(parts) for _ in range(chance.randint(1, 3)))
        record = {"v": 1, "time": "2026-11-27T22:%02d:00.000000Z" % (number % 60), "event": "bind_failed",
                  "pid": number + 1, "tid": 1, "comm": "a", "exe": None, "host": "h", "version": "1", "unit": "u",
                  "call": "bind", "proto": "tcp", "address": "0.0.0.0", "port": number, "reason": "listening",
                  "holders": [{"state": name(), "comm": name(), "unit": name(), "pid": 3}],
                  "cures": [{"id": name(), "text": name(), "risk": name()}]}
        for field in chance.sample(fields, 4):
            record[field] = name() + "%d" % number
        print(json.dumps(record, separators=(",", ":")))


if __name__ == "__main__":
    what = sys.argv[1]
    if what == "structure":
        print("\n".join(parsed(sys.argv[2]).seen))
    elif what == "hostile":
        hostile(int(sys.argv[2]), int(sys.argv[3]))
    else:
        {"closed": closed, "contrast": contrast}[what](sys.argv[2])
