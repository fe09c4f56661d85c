bats_require_minimum_version 1.5.0
load command

setup()
{
    open_place
}

teardown()
{
    close_place
}

# failed|worked TIME HOST [KEYS]: a record of a bind to 0.0.0.0:80.
failed()
{
    printf '{"v":1,"time":"2026-11-27T%sZ","event":"bind_failed","pid":7,"tid":7,"comm":"server","host":"%s","call":"bind","fd":4,' "$1" "$2"
    printf '"proto":"tcp","address":"0.0.0.0","port":80,"reason":"listening","would_succeed":{"newcomer_reuseaddr":true}%s}\n' "${3-}"
}
worked()
{
    printf '{"v":1,"time":"2026-11-27T%sZ","event":"bind","pid":7,"tid":7,"comm":"server","host":"%s","call":"bind","fd":3,' "$1" "$2"
    printf '"result":0,"errno":null,"proto":"tcp","address":"0.0.0.0","port":80%s}\n' "${3-}"
}

# entries FILTER FILE...: of what `report --json` says, the entries' part.
entries()
{
    "$command" report --json "${@:2}" | jq -r "select(.kind == \"entry\") | $1"
}

@test "report: a bind that worked within the failure's tick of the clock ends no outage, in every order of files" {
    worked 22:00:00.004000 a >"$place/worked"
    failed 22:00:00.004000 a >"$place/failed"
    for files in 'worked failed' 'failed worked'; do
        # shellcheck disable=SC2086 # two files
        [ "$(cd "$place" && entries '"\(.worked) \(.outages) \(.fails_since)"' $files)" = '1 0 2026-11-27T22:00:00.004000Z' ]
    done
    worked 22:00:00.008000 a >"$place/later"
    [ "$(entries '"\(.outages) \(.longest_outage_ms)"' "$place/later" "$place/failed" "$place/worked")" = '1 4' ]
}
