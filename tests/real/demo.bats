setup()
{
    cd "$BATS_TEST_DIRNAME/../.."
    unshare -n true || skip 'no network namespace of our own'
}

@test "the demo shows a restart that fails, its explanation, and its cure, and leaves nothing behind" {
    TMPDIR=$BATS_TEST_TMPDIR timeout 50 scripts/demo </dev/null >"$BATS_TEST_TMPDIR/story" 2>&1
    cat "$BATS_TEST_TMPDIR/story"
    story=$(sed -n '/^2\. /,/^3\. /p' "$BATS_TEST_TMPDIR/story")
    grep -qF '[time-wait]' <<<"$story"
    story=$(sed -n '/^3\. /,/^4\. /p' "$BATS_TEST_TMPDIR/story")
    [ "$(grep -c 'it listens' <<<"$story")" -eq 2 ]
    grep -q TIME-WAIT <<<"$story"
    [ "$(ls "$BATS_TEST_TMPDIR")" = story ]
}

@test "the demo has no colour without a terminal" {
    TMPDIR=$BATS_TEST_TMPDIR timeout 50 scripts/demo </dev/null >"$BATS_TEST_TMPDIR/story" 2>&1
    ! grep -q "$(printf '\033')" "$BATS_TEST_TMPDIR/story" || false
}
