/* REUSESHIM_FORMAT=json: each line is one object that Python's parser takes, with the keys
 * that the records are promised to have, of the promised types, whatever event it is; its
 * time is now, in UTC with microseconds. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char address[] = "127.0.0.1";

/* Every event there is. */
static int play(void)
{
    int held = net_tcp(address), second = net_tcp(address), lost = net_tcp(address);
    int port_zero = net_tcp(address), other = net_tcp("::"), udp = net_udp(address), late;

    CHECK_RESULT(net_bind(held, address, 8080), 0, "bind");
    CHECK_RESULT(net_listen(held), 0, "listen");
    CHECK_RESULT(net_bind(second, address, 8080), -98, "a refused bind");
    CHECK_RESULT(net_bind(other, "::", 8080), -98, "a refused bind of IPv6");
    CHECK_RESULT(net_bind(port_zero, address, 0), 0, "port 0");
    CHECK_RESULT(net_bind(udp, address, 5353), 0, "UDP");
    CHECK_RESULT(net_bind(net_udp(address), address, 5353), -98, "a refused bind of UDP");
    CHECK_RESULT(net_bind(net_unix(SOCK_STREAM), "@name", 0), 0, "an abstract name");
    CHECK_RESULT(net_bind(net_unix(SOCK_STREAM), "@name", 0), -98, "taken");
    late = net_bound_tcp(address, 8081, 1, 0);
    CHECK_RESULT(net_bind(lost, address, 8081), 0, "shared by force");
    CHECK_RESULT(net_listen(late), 0, "the first listens");
    CHECK_RESULT(net_listen(lost), -98, "the second does not");
    late = net_tcp("0.0.0.0");
    CHECK_RESULT(net_bind(late, "0.0.0.0", 9999), 0, "bind under explain");
    net_reuseaddr(late, 1);
    CHECK_RESULT(net_bind(net_udp(address), address, 9998), 0, "left alone");
    net_time_wait(address, 8082, 0, 0);
    CHECK_RESULT(net_bind(net_tcp("0.0.0.0"), "0.0.0.0", 8082), -98, "over TIME_WAIT");
    return 0;
}

/* The keys of sections 5 and 6 of the contract, for Python to compare. */
static const char script[] =
    "import json, re, sys, datetime\n"
    "common = 'v time event pid tid comm exe host version boot'.split()\n"
    "failed = '''id call fd errno proto family address port flags reason overlap lacks_reuseaddr\n"
    "    frees_in_ms would_succeed holders stack cures visibility'''.split()\n"
    "events = '''socket setsockopt bind listen bind_failed listen_failed forced left_alone misuse\n"
    "    config_error'''.split()\n"
    "parts = {\n"
    "    'flags': 'reuseaddr reuseaddr_by reuseport v6only',\n"
    "    'bound_by': 'pid comm exe sure ended ended_at ended_by bound_at',\n"
    "    'would_succeed': '''newcomer_reuseaddr both_reuseaddr newcomer_reuseport both_reuseport\n"
    "        newcomer_v6only''',\n"
    "}\n"
    "items = {\n"
    "    'holders': '''address port remote_address remote_port state count pid comm exe uid\n"
    "        started relation fd others others_complete flags timer_ms cgroup unit bound_at\n"
    "        bound_by stack''',\n"
    "    'stack': 'pc module offset build_id symbol symbol_offset',\n"
    "    'cures': 'id text command risk',\n"
    "}\n"
    "values = {\n"
    "    'overlap': ['same', 'wildcard', 'dual-stack', 'v4-mapped', None],\n"
    "    'lacks_reuseaddr': ['newcomer', 'holder', 'both', 'neither', 'unknown'],\n"
    "    'errno': ['EADDRINUSE'], 'call': ['bind', 'listen'],\n"
    "    'proto': ['tcp', 'udp', 'unix'], 'family': ['inet', 'inet6', 'unix'],\n"
    "    'visibility': ['full', 'unprivileged', 'hidepid', 'other-pid-namespace', 'seccomp',\n"
    "        'no-netlink', 'no-proc', 'other-network-namespace', 'budget'],\n"
    "    'relation': ['self', 'parent', 'child', 'same-program', 'other', 'kernel', 'none',\n"
    "        'unseen'],\n"
    "    'risk': ['safe', 'root', 'disrupts', None],\n"
    "    'reuseaddr_by': ['program', 'policy', None],\n"
    "}\n"
    "bools = '''reuseaddr reuseport v6only newcomer_reuseaddr both_reuseaddr newcomer_reuseport\n"
    "    both_reuseport newcomer_v6only'''.split()\n"
    "seen = set()\n"
    "def keys(what, have, want):\n"
    "    if set(want) - set(have):\n"
    "        sys.exit('%s: missing %s' % (what, sorted(set(want) - set(have))))\n"
    "def walk(what, value):\n"
    "    for key, part in value.items():\n"
    "        if key in parts and part is not None and not (what == 'holders' and key == 'flags'):\n"
    "            keys(key, part, parts[key].split())\n"
    "        if what == 'holders' and key == 'flags':\n"
    "            keys('flags of a holder', part, ['reuseaddr', 'reuseport', 'v6only'])\n"
    "        if key in values and part not in values[key]:\n"
    "            sys.exit('%s: %s' % (key, part))\n"
    "        if key in bools and part not in [True, False, None]:\n"
    "            sys.exit('%s: %s' % (key, part))\n"
    "        if isinstance(part, dict):\n"
    "            walk(key, part)\n"
    "        for item in part if isinstance(part, list) else []:\n"
    "            keys('one of ' + key, item, items[key].split())\n"
    "            walk(key, item)\n"
    "for line in open(sys.argv[1], 'rb'):\n"
    "    record = json.loads(line.decode('utf-8'))\n"
    "    seen.add(record['event'])\n"
    "    if record['v'] != 1 or record['event'] not in events or set(common) - set(record):\n"
    "        sys.exit('v, event, common keys: %s' % line)\n"
    "    form = r'\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z'\n"
    "    if not re.fullmatch(form, record['time']):\n"
    "        sys.exit('time: ' + record['time'])\n"
    "    then = datetime.datetime.strptime(record['time'], '%Y-%m-%dT%H:%M:%S.%fZ')\n"
    "    if abs((datetime.datetime.utcnow() - then).total_seconds()) > 60:\n"
    "        sys.exit('not now: ' + record['time'])\n"
    "    if record['event'].endswith('_failed'):\n"
    "        keys(record['event'], record, common + failed)\n"
    "        if 'walk' not in record: # that one is not looked into\n"
    "            walk(record['event'], record)\n"
    "print(' '.join(sorted(seen)))\n";

int main(int argc, char **argv)
{
    char log[PATH_MAX], variable[PATH_MAX + 16], text[sizeof script];
    char *const python[] = {(char[]){"python3"}, (char[]){"-Wignore"}, (char[]){"-c"}, text, log,
                            NULL};
    char *const extra[] = {told_json[0], variable, NULL};
    char *const bad_extra[] = {told_json[0], variable, (char[]){"REUSESHIM_ONLY=/"}, NULL};
    struct run_result run;

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();
    snprintf(variable, sizeof variable, "REUSESHIM_LOG=%s", folder_file(log, sizeof log, "log"));
    snprintf(text, sizeof text, "%s", script);
    run = run_shimmed("play", "tcp@0.0.0.0=log;any=force+log", extra);
    CHECK_EQ(run.status, 0, "the program: %s", run.err);
    net_own_namespace();
    run = run_shimmed("play", "tcp@0.0.0.0=log;any=force+log", bad_extra);
    CHECK_EQ(run.status, 0, "the program: %s", run.err);
    run = run_program(python, NULL);
    if (run.status == 127)
        skip("no python3 to parse JSON");
    CHECK_EQ(run.status, 0, "every record as promised: %s", run.err);
    CHECK_STR(run.out,
              "bind bind_failed config_error forced left_alone listen listen_failed misuse "
              "setsockopt socket\n",
              "every event was there");
    return 0;
}
