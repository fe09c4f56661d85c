bats_require_minimum_version 1.5.0
load command

# What the documents show as said by reuseshim is said by it: each sample is produced and compared (samples.py).
docs=$BATS_TEST_DIRNAME/../../docs
readme=$BATS_TEST_DIRNAME/../../README.md

setup()
{
    open_place
}

teardown()
{
    close_place
}

compare() # DOCUMENT TITLE FILE...
{
    python "$BATS_TEST_DIRNAME/samples.py" "$@"
}

# scene ID: what the library says when that happens, in $place/said.
scene()
{
    rm -rf "$place/scene"
    mkdir -m 755 "$place/scene"
    unshare -n bash -c 'ip link set lo up; shift; exec "$@"' - - "$python" "$BATS_TEST_DIRNAME/scenes.py" \
        "$place/bin/libreuseshim.so" "$place/scene" "$1" >"$place/said"
}

scenes()
{
    if [ -x /usr/bin/python3 ]; then python=/usr/bin/python3; else python=$(command -v python3); fi
    "$python" "$BATS_TEST_DIRNAME/scenes.py" - - --list
}

@test "samples: each example of docs/reasons.md is what is said when that happens" {
    [ "$(id -u)" -eq 0 ] || skip 'a network namespace needs root'
    unshare -n true || skip 'no network namespace of our own'
    scenes >"$place/ids"
    [ "$(wc -l <"$place/ids")" -ge 20 ]
    while read -r id; do
        scene "$id"
        compare "$docs/reasons.md" "$id" "$place/said"
    done <"$place/ids"
}

@test "samples: the picture of a terminal shows what is said when that happens" {
    [ "$(id -u)" -eq 0 ] || skip 'a network namespace needs root'
    unshare -n true || skip 'no network namespace of our own'
    scenes >"$place/ids"
    scene time-wait
    {
        echo '# picture'
        echo '```'
        "$BATS_TEST_DIRNAME/../../scripts/terminal-picture" --text <"$docs/explanation.svg"
        echo '```'
    } >"$place/picture.md"
    compare "$place/picture.md" picture "$place/said"
    [ "$(grep -c '^reuseshim: ' "$place/picture.md")" -eq 1 ]
    # Name, reason and command stand out; what is drawn is a picture.
    grep -q 'font-weight="bold"' "$docs/explanation.svg"
    python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$docs/explanation.svg"
}

@test "samples: the examples that can't be made to happen have the words that the unit tests look for" {
    scenes >"$place/ids"
    others=0
    while read -r id; do
        grep -qx "$id" "$place/ids" && continue
        compare "$docs/reasons.md" "$id" --words "$BATS_TEST_DIRNAME"/../unit/human_*.c \
            "$BATS_TEST_DIRNAME/../preload/a_holder_that_went_meanwhile_is_gone.c" \
            "$BATS_TEST_DIRNAME"/../../shim/rules/cures_words.c
        others=$((others + 1))
    done < <(sed -n 's/^## //p' "$docs/reasons.md")
    [ $others -le 9 ]
}

@test "samples: README's explanation is what git daemon's restart gives to an ordinary user" {
    open_namespace
    [ -x "$(git --exec-path)/git-daemon" ] || skip 'no git daemon'
    cd "$place"
    first=$(sed -n '/^```$/{n;p;q}' "$readme")
    [ "$first" = '$ LD_PRELOAD=libreuseshim.so git daemon --listen=127.0.0.1 --base-path=.' ]
    # Before it, a run without anything, whose client the server closes first.
    nsenter --net="/proc/$keeper/ns/net" -- git daemon --listen=127.0.0.1 --base-path=. </dev/null 2>/dev/null 3>&- &
    daemon=$!
    actors+=("$daemon")
    listens() { in_namespace ss -tlnH 'sport = :9418' | grep -q LISTEN; }
    poll 100 listens
    # shellcheck disable=SC2016 # for bash
    in_namespace timeout 10 bash -c 'exec 9<>/dev/tcp/127.0.0.1/9418 &&
        printf "0031git-upload-pack /project\0host=127.0.0.1:9418\0" >&9 && cat <&9' >/dev/null
    kill "$daemon"
    closed() { ! listens && in_namespace ss -tanH state time-wait 'sport = :9418' | grep -q .; }
    poll 100 closed
    in_namespace setpriv --reuid $nobody --regid $nobody --clear-groups -- env LD_LIBRARY_PATH="$place/bin" bash -c "${first#? }" >"$place/said" 2>&1 </dev/null 3>&- 4>&- || :
    cat "$place/said"
    compare "$readme" "$first" "$place/said"
    # But for commands to be pasted.
    [ "$(awk 'length > 80 && !/git-daemon --listen/' "$place/said")" = '' ]
}

@test "samples: what README and the documents show is a sample that is looked at, a command, or a text of a test" {
    # A new block with an explanation in it has to come in here.
    cd "$BATS_TEST_DIRNAME/../.."
    for file in README.md docs/*.md; do
        printf '%s %s\n' "$(grep -c '^ *reuseshim: .*\[' "$file")" "$file"
    done | grep -v '^0 ' >"$place/found"
    [ "$(cut -d ' ' -f 2 "$place/found" | xargs)" = 'README.md docs/cases.md docs/reasons.md docs/records.md' ]
    [ "$(sed -n 's/ README.md//p' "$place/found")" -eq 1 ]
    # Those of docs/cases.md: scripts/check-cases. docs/records.md and docs/history.md show single lines, of
    # the unit tests.
    any_address() { sed 's/\[::1\]\|0\.0\.0\.0/ANY/g'; }
    cat tests/unit/human_*.c | tr -d '\n' | sed 's/" *"//g; s/\\n"/\n/g' | any_address >"$place/tested"
    while read -r line; do
        grep -qF -- "$(any_address <<<"$line")" "$place/tested" || { echo "no test has: $line"; false; }
    done < <(awk '/^```/ { inside = !inside; next } inside && /^(reuseshim: |  holder )/' docs/records.md docs/history.md)
}
