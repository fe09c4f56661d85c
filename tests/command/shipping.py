"""docs/shipping.md, as far as it can be looked at without the collectors: shipping.py FOLDER RECORD...

Its configurations are of the form that they should have, and what they and the table of the log model name is
there in docs/record.schema.json and in each RECORD (JSON) that the library wrote. FOLDER is docs.
"""
import datetime
import glob
import json
import re
import sys
import tomllib

import yaml

folder, records = sys.argv[1], [json.loads(line) for line in sys.argv[2:]]
text = open(folder + "/shipping.md").read()
blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)
schema = json.load(open(folder + "/record.schema.json"))


def keys_of(node):
    """All names of properties anywhere in the schema."""
    found = set()
    if isinstance(node, dict):
        found |= set(node.get("properties", {}))
        for value in node.values():
            found |= keys_of(value)
    elif isinstance(node, list):
        for value in node:
            found |= keys_of(value)
    return found


def values_of(node, key):
    """What the schema lets the key be."""
    found = set()
    if isinstance(node, dict):
        one = node.get("properties", {}).get(key)
        if isinstance(one, dict):
            found |= set(one.get("enum", [])) | ({one["const"]} if "const" in one else set())
        for value in node.values():
            found |= values_of(value, key)
    elif isinstance(node, list):
        for value in node:
            found |= values_of(value, key)
    return found


keys, events = keys_of(schema), values_of(schema, "event")
assert {"time", "event", "pid", "holders"} <= keys, keys
assert {"bind_failed", "misuse"} <= events, events


def sections(block):
    """Fluent Bit's classic form: [NAME] and indented lines of a key and a value."""
    found = []
    for line in block.strip().split("\n"):
        if re.fullmatch(r"\[[A-Z]+\]", line):
            found.append((line[1:-1], {}))
        elif line.strip():
            key, value = re.fullmatch(r"    ([A-Z]\w+) +(\S.*)", line).groups()
            found[-1][1][key] = value
    return dict(found)


def reads(pattern):
    assert glob.fnmatch.fnmatch("/var/log/reuseshim/4711.log", pattern), pattern


# Fluent Bit.
main, parsers = (sections(block) for block in blocks if re.match(r"\[[A-Z]+\]\n", block))
assert set(main) == {"SERVICE", "INPUT"} and set(parsers) == {"PARSER"}
reads(main["INPUT"]["Path"])
assert main["INPUT"]["Parser"] == parsers["PARSER"]["Name"] and parsers["PARSER"]["Format"] == "json"
assert parsers["PARSER"]["Time_Key"] == "time"
for record in records:  # its %L is a fraction of any length
    datetime.datetime.strptime(record["time"], parsers["PARSER"]["Time_Format"].replace("%L", "%f"))

# Vector.
vector = tomllib.loads(next(block for block in blocks if block.startswith("[sources")))
[source] = vector["sources"]
[transform] = vector["transforms"].values()
assert transform["inputs"] == [source] and transform["type"] == "remap"
for pattern in vector["sources"][source]["include"]:
    reads(pattern)
used = set(re.findall(r"(?<![\w)])\.(\w+)", transform["source"])) - {"message", "timestamp"}
assert used == {"time"} <= keys, used

# The OpenTelemetry collector, and the table of the log model.
receiver = yaml.safe_load(next(block for block in blocks if block.startswith("receivers:")))["receivers"]["filelog"]
parser, *moves = receiver["operators"]
for pattern in receiver["include"]:
    reads(pattern)
assert parser["timestamp"]["parse_from"] == "attributes.time" and parser["timestamp"]["layout_type"] == "gotime"
print(parser["timestamp"]["layout"])
assert parser["severity"]["parse_from"] == "attributes.event"
severities = {event: level for level, some in parser["severity"]["mapping"].items() for event in some}
assert set(severities) <= events, severities
table = dict(re.findall(r"^\| (?:Attribute )?(.+?) \| (.+?) \|$", text, re.M))
stated = table["SeverityText, SeverityNumber"]
for level, number in (("ERROR", 17), ("WARN", 13)):
    part = re.search(level + ", %d for ((`\\w+`( and )?)+)" % number, stated).group(1)
    assert set(re.findall(r"`(\w+)`", part)) == {e for e, l in severities.items() if l.upper() == level}, part
named = {}
for left, right in table.items():
    for attribute, key in zip(re.findall(r"`([\w.]+\.[\w.]+)`", left), re.findall(r"`(\w+)`", right)):
        named[attribute] = key
for key in ["time", "event"] + list(named.values()):
    assert key in keys, key
moved = {}
for move in moves:
    assert move["type"] == "move" and move["on_error"] == "send_quiet", move
    moved[re.fullmatch(r'attributes\["([\w.]+)"\]', move["to"]).group(1)] = move["from"].removeprefix("attributes.")
del named["service.name"]  # a resource's, not the record's
assert moved == named, (moved, named)
failures = [record for record in records if record["event"] == "bind_failed"]
assert failures and all(key in failures[0] for key in moved.values())
