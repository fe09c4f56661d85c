load command

# make install, into a folder of its own; the journal's catalogue; and what make says without a library.
setup()
{
    open_place
    cd "$BATS_TEST_DIRNAME/../.."
}

teardown()
{
    close_place
}

install_to() # GOAL; the targets are built already
{
    make --no-print-directory BUILD="$BUILD" -o all DESTDIR="$place/root" PREFIX=/usr "$1"
}

@test "install: everything has its place, works from there, and uninstall takes it away" {
    install_to install
    [ "$(find "$place/root" -type f -printf '%m /%P\n' | sort)" = "$(sort <<'END'
644 /usr/lib/libreuseshim.so
644 /usr/lib/systemd/catalog/reuseshim.catalog
644 /usr/share/bash-completion/completions/reuseshim
644 /usr/share/fish/vendor_completions.d/reuseshim.fish
644 /usr/share/man/man1/reuseshim.1
644 /usr/share/man/man7/libreuseshim.7
644 /usr/share/zsh/site-functions/_reuseshim
755 /usr/bin/reuseshim
END
)" ]
    REUSESHIM_HISTORY=off run "$place/root/usr/bin/reuseshim" run -- sh -c 'echo "$LD_PRELOAD"'
    [ "$output" = "$place/root/usr/lib/libreuseshim.so" ]
    install_to uninstall
    [ -z "$(find "$place/root" -type f)" ]
}

@test "install: after it LD_PRELOAD=libreuseshim.so needs no path" {
    unshare -m true || skip 'no mount namespace'
    mkdir "$place/copy"
    # What is written to these folders goes into memory.
    run unshare -m bash -c 'mount -t tmpfs tmpfs "$0" || exit 77
        for folder in /usr/local /etc /var; do
            mkdir -p "$0$folder.work" "$0$folder"
            mount -t overlay -o "lowerdir=$folder,upperdir=$0$folder,workdir=$0$folder.work" overlay $folder || exit 77
        done
        make --no-print-directory BUILD="$BUILD" -o all install >/dev/null || exit 1
        LD_PRELOAD=libreuseshim.so cat /proc/self/maps' "$place/copy"
    [ "$status" -ne 77 ] || skip 'no overlay here'
    exits 0
    has /libreuseshim.so # in /usr/local/lib, or by the name that the overlay gives it
    lacks 'cannot be preloaded'
}

@test "make: a missing header or compiler is one sentence that names the package" {
    unshare -m true || skip 'no mount namespace'
    run unshare -m bash -c 'mount -t tmpfs tmpfs "$0" && mkdir "$0/upper" "$0/work" &&
        mount -t overlay -o "lowerdir=/usr/include,upperdir=$0/upper,workdir=$0/work" overlay /usr/include &&
        rm /usr/include/uthash.h || exit 77
        make --no-print-directory -j2 BUILD="$0/build" 2>&1 | grep -v "^make"' "$place"
    [ "$status" -ne 77 ] || skip 'no overlay here, or uthash is elsewhere'
    [ "$output" = '<uthash.h> is missing: install uthash-dev, as Debian calls it, or run scripts/bootstrap' ]
    run make --no-print-directory -j2 BUILD="$place/build" CC=nosuchcompiler
    exits 2
    has 'there is no nosuchcompiler: install it, or run scripts/bootstrap'
    lacks 'not found'
}

@test "install: the journal's catalogue has the message ids of the code, and is understood" {
    ids=$(sed -n 's/.*"\([0-9a-f]\{32\}\)".*/\1/p' shim/report/sink_daemon.c | sort)
    [ "$(wc -l <<<"$ids")" -eq 4 ]
    [ "$(sed -n 's/^-- //p' docs/reuseshim.catalog | sort)" = "$ids" ]
    for id in $ids; do grep -q "$id" docs/records.md; done
    command -v journalctl >/dev/null || skip 'no systemd'
    mkdir -p "$place/root/usr/lib/systemd/catalog" "$place/root/var/lib/systemd/catalog"
    cp docs/reuseshim.catalog "$place/root/usr/lib/systemd/catalog/"
    journalctl --root="$place/root" --update-catalog
    [ "$(journalctl --root="$place/root" --list-catalog | grep reuseshim: | cut -d' ' -f1 | sort)" = "$ids" ]
    run journalctl --root="$place/root" --dump-catalog 5f3c0d1e8a9b4c77b1f26de04a8e9c31
    has 'reuseshim explain @REUSESHIM_REASON@'
}
