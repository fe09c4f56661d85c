load servers
load quiet

setup()
{
    open_namespace
}

teardown()
{
    close_namespace
}

@test "danted sets the option before bind and again after it, and is not told off for it" {
    is_quiet danted
}

@test "ngircd sets the option before bind and again after it, and is not told off for it" {
    is_quiet ngircd
}

@test "puma sets the option before bind and again after it, and is not told off for it" {
    is_quiet puma
}

@test "dnsmasq sets the option on UDP, and is not told off for it" {
    is_quiet dnsmasq
}

@test "named sets the option on UDP, and is not told off for it" {
    is_quiet named
}

@test "knot sets the option on UDP, and is not told off for it" {
    is_quiet knotd
}

@test "unbound sets the option on UDP, and is not told off for it" {
    is_quiet unbound
}

@test "memcached sets the option on UDP, and is not told off for it" {
    is_quiet memcached
}

@test "rsyslog sets the option on UDP, and is not told off for it" {
    is_quiet rsyslogd
}
