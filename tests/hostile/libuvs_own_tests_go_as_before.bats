# libuv's own tests, of the source that the system's archive has, give the same lines with the shim as without. They
# take minutes, and are fetched and built for it: only in a long run.

BATS_TEST_TIMEOUT=1200

setup() {
    lib=${REUSESHIM_LIB:-$BATS_TEST_DIRNAME/../../build/libreuseshim.so}
    [ -e "$lib" ] || skip "libreuseshim.so is not built"
    [ -n "${REUSESHIM_LONG-}" ] || skip "takes minutes: scripts/check --long"
    [ "$(id -u)" -eq 0 ] || skip 'needs root, for a network of its own and for a user that is not root'
    command -v cmake >/dev/null && command -v apt-get >/dev/null || skip 'no cmake, or another kind of archive'
    cd "$BATS_TEST_TMPDIR"
    chmod 755 . .. ../..
    cp "$lib" library.so
}

# Source packages of the archive that the machine uses, without a change of its lists.
fetch_source() {
    local uri suite
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep debian | head -n 1)
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mkdir -p lists/partial
    echo "deb-src $uri $suite main" >sources.list
    local own=(-o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::SourceList="$PWD/sources.list" -o APT::Sandbox::User=root
        -o Dir::State::Lists="$PWD/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    apt-get "${own[@]}" update -qq && apt-get "${own[@]}" source -qq libuv1
}

suite() # FILE [VARIABLE...]: each test's name and how it went
{
    mkdir -p home && chown 65534:65534 home
    unshare -n sh -c 'ip link set lo up; exec "$@"' sh setpriv --reuid 65534 --regid 65534 --clear-groups \
        env HOME="$PWD/home" TMPDIR="$PWD/home" "${@:2}" "$PWD/built/uv_run_tests" >"$1.log" 2>&1 3>&- || true
    sed -n 's/^\(not \)\?ok [0-9]* - \([^ ]*\).*/\2 \1ok/p' "$1.log" | sort >"$1"
}

@test "libuv's own tests" {
    fetch_source >fetch.log 2>&1 || skip 'no source of libuv here'
    cmake -S libuv1-*/ -B built -DLIBUV_BUILD_TESTS=ON >build.log 2>&1
    make -C built -j"$(nproc)" uv_run_tests >>build.log 2>&1
    suite plain
    suite shim LD_PRELOAD="$PWD/library.so" REUSESHIM_POLICY=log REUSESHIM_LOG="$PWD/home/records"
    [ "$(wc -l <plain)" -gt 300 ]
    [ -s home/records ]
    # Some are about time: what differs must differ again.
    if ! diff plain shim >differences; then
        suite plain
        suite shim LD_PRELOAD="$PWD/library.so"
        diff plain shim >again || true
        sort differences again | grep '^[<>]' | uniq -d >both
        [ ! -s both ] || { cat both; return 1; }
    fi
    echo "# $(wc -l <plain) tests, $(grep -c ' ok' plain) ok" >&3
}
