"""Compares what a document shows with what is really said.

samples.py DOCUMENT TITLE FILE      the code block below the heading TITLE (or, if TITLE is a line of the block
                                    itself, the rest of that block) shows only what FILE has
samples.py DOCUMENT TITLE --words FILE...   its sentences stand in the strings of these C sources

A block is compared part by part: the first line, and each of the lines holder, fix, or, for good, rule, this, held,
frees, why and unseen with what they go on in. The block may leave parts out, not words. What differs from run to run
does not count: process ids, ports of the kernel's choice, times, folders, how lines are folded, and the frames of
stacks.
"""
import re
import sys

KEYS = "holder|fix|or|for good|rule|this|held|frees|why|unseen"
PART = re.compile(r"reuseshim: |\s{0,2}(%s) |\[\d+\] |\S+: |fatal: " % KEYS)


def block(document, title):
    lines = open(document).read().split("\n")
    at = next(i for i, line in enumerate(lines) if line.lstrip("# ") == title)
    if lines[at].startswith("#"):
        at = next(i for i in range(at, len(lines)) if lines[i].startswith("```"))
    end = next(i for i in range(at + 1, len(lines)) if lines[i].startswith("```"))
    return lines[at + 1:end]


def parts(lines):
    found = []
    for line in lines:
        if PART.match(line) and not line.startswith("    "):
            found.append(line)
        elif found:
            found[-1] += " " + line
    return [plain(part) for part in found]


def plain(text):
    text = " ".join(text.split())
    frame = r"\S+\+0x[0-9a-f]+( \(\S+\+0x[0-9a-f]+\))?"
    text = re.sub("( at )?" + frame + "( < (" + frame + r"|\.\.\.))*", "", text)
    text = re.sub(r"^holder .*?, (the same program|user |uid )", r"holder _, \1", text)
    text = re.sub(r"/\S*/(python[\d.]*|reuseshim)\b", r"\1", text)
    text = re.sub(r"^((fix|or) \[ends it\] stop) .*?, user (\w+)", r"\1 _, user \3", text)
    # A process id of more digits makes the first line take a shorter form.
    text = re.sub(r"^reuseshim: ([\w.-]+)\[\d+\] ", r"reuseshim: \1 ", text)
    text = re.sub(r" (listens on it|is bound to it|is bound to it, and does not listen|has it already|of another user has it|lacks SO_REUSEPORT) \[", " has it [", text)
    text = re.sub(r"([\w-]+)\[\d+\]", r"\1[N]", text)
    text = re.sub(r"^\[\d+\]", "[N]", text)
    text = re.sub(r"\b(kill|pid) \d+", r"\1 N", text)
    text = re.sub(r":(3[2-9]\d{3}|[4-6]\d{4})\b", ":N", text) if "outgoing" not in text else text
    text = re.sub(r"just now|\d+ (s|ms|seconds?) ago", "AGO", text)
    text = re.sub(r"\b\d+ s\b", "N s", text)
    text = re.sub(r"wait:\d+s", "wait:Ns", text)
    text = re.sub(r"(/tmp|\.\.\.)\S*/", "/tmp/ex/", text)
    return " ".join(text.split())


def words(lines):
    """The same without what is not a sentence of its own."""
    told = [re.sub(r"^(reuseshim: server(\[N\])?|fix|or|for good|rule) (\[[a-z ]+\] )?", "", part)
            for part in parts(lines) if re.match(r"(reuseshim:|fix|or|for good|rule) ", part)]
    return [re.sub(r" \[[a-z-]+\]$|\.$", "", part) for part in told]


def strings(sources):
    text = "".join(open(source).read() for source in sources)
    text = re.sub(r'"\s*\n\s*"', "", text)
    return numberless(" ".join(text.split()))


def numberless(text):
    return re.sub(r"\d+(\.\d+)*", "N", text)


document, title, *rest = sys.argv[1:]
shown = block(document, title)
if rest[0] == "--words":
    there = strings(rest[1:])
    missing = [part for part in words(shown) if numberless(part) not in there]
    count = len(words(shown))
else:
    there = parts(open(rest[0]).read().split("\n"))
    missing = [part for part in parts(shown) if part not in there]
    count = len(parts(shown))
for part in missing:
    print("%s, %s, shows:\n  %s" % (document, title, part))
if missing and rest[0] != "--words":
    print("There is:\n  " + "\n  ".join(there))
sys.exit(bool(missing) or count == 0)
