/* What one process writes, another reads: addresses, options, who set them, listen(), stacks with
 * module, offset and build id, and the process itself. */
#include <sys/wait.h>

#include "binds.h"
#include "past/past_candidates.h"

static struct binds binds;
static char memory[1 << 16];

static const struct place places[] = {
    {.pc = 0x1000, .module = "/bin/server", .offset = 0x1a42, .build_id = "0123456789abcdef"},
    {.pc = 0x2000, .module = "/bin/server", .offset = 0x1b30, .build_id = "0123456789abcdef"},
    {.pc = 0x3000, .module = "/lib/libc.so.6", .offset = 0x27d0a, .build_id = NULL},
    {.pc = 0x4000},
};

static const struct trace trace = {4, {0x1000, 0x2000, 0x4000, 0x3000}};

static const struct past_bind *bind_of(const struct endpoint *local)
{
    binds_read(&binds);
    for (size_t i = 0; i < binds.count; i++)
        if (endpoint_equal(&binds.list[i].local, local))
            return &binds.list[i];
    CHECK(false, "a bind to port %d is there", local->port);
    return NULL;
}

static uint16_t wanted_port;

static bool visit_stack(void *context, struct past_file *file)
{
    struct scratch scratch = {memory, memory + sizeof memory};
    struct past_bind bind;
    struct stack *stack = context;

    for (uint32_t i = 0; i < file->record_count; i++)
        if (past_bind_at(file, i, &bind) && bind.local.port == wanted_port)
            *stack = past_stack(file, &bind, &scratch);
    return true;
}

static struct stack stack_of(uint16_t port)
{
    struct stack stack = {NULL, 0};
    const struct past_visitor visitor = {visit_stack, &stack};

    wanted_port = port;
    past_each(history_folder(0), port, 0, &visitor);
    return stack;
}

static void stacks(void)
{
    struct stack stack = stack_of(8080);
    uintptr_t pcs[TRACE_FRAMES_MAX];

    CHECK_EQ(history_unknown(history_own(), &trace, pcs), 0, "all addresses are known now");
    CHECK_EQ(stack.count, 4, "frames");
    CHECK_STR(stack.places[0].module, "/bin/server", "module");
    CHECK_STR(stack.places[0].build_id, "0123456789abcdef", "build id");
    CHECK_EQ(stack.places[0].offset, 0x1a42, "offset");
    CHECK_EQ(stack.places[1].offset, 0x1b30, "offset of the second");
    CHECK(stack.places[2].module == NULL, "what could not be located has no module");
    CHECK_STR(stack.places[3].module, "/lib/libc.so.6", "another module");
    CHECK(stack.places[3].build_id == NULL, "without a build id");
}

/* The last stack is at hand for the next bind: it must not be taken for another one, nor for one of
 * another file, whose numbers are others. */
static void stacks_by_turns(void)
{
    static const struct trace shorter = {2, {0x1000, 0x2000}}, other = {2, {0x1000, 0x3000}};
    static const struct {
        uint16_t port;
        const struct trace *trace;
    } turns[] = {{8090, &shorter}, {8091, &other}, {8092, &shorter}, {8093, &shorter}};
    struct endpoint local = binds_inet(8094);
    struct history_process process = binds_process();
    uintptr_t pcs[TRACE_FRAMES_MAX];
    pid_t child;
    int status;

    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        struct endpoint turn = binds_inet(turns[i].port);

        binds_make(20, &turn, false, turns[i].trace, 1);
    }
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        struct stack stack = stack_of(turns[i].port);

        CHECK_EQ(stack.count, 2, "turn %zu: frames", i);
        CHECK_EQ(stack.places[0].offset, 0x1a42, "turn %zu: the first", i);
        CHECK_EQ(stack.places[1].offset, i == 1 ? 0x27d0a : 0x1b30, "turn %zu: the second", i);
    }
    child = fork();
    if (child == 0) {
        process.pid = (int32_t)getpid();
        CHECK(history_wants_opening(), "it has none yet");
        CHECK_RESULT(history_open(history_folder(0), &binds_limits, &process), 0, "its own file");
        CHECK_EQ(history_unknown(history_own(), &shorter, pcs), 2, "which knows no address");
        history_learn(history_own(), &places[2], 1);
        history_learn(history_own(), &places[1], 1);
        history_learn(history_own(), &places[0], 1);
        binds_make(20, &local, false, &shorter, 1);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0, "the child");
    CHECK_EQ(stack_of(8094).places[0].offset, 0x1a42, "the child's first");
    CHECK_EQ(stack_of(8094).places[1].offset, 0x1b30, "the child's second");
}

static void options(void)
{
    struct endpoint with = binds_inet(8080), without = binds_inet(8081);
    struct option_event event = {.kind = OPTION_REUSEADDR, .value = true, .by_policy = true};
    struct endpoint forced = binds_inet(8082);
    const struct past_bind *bind = bind_of(&with);

    CHECK_EQ(past_option(bind, OPTION_REUSEADDR), ANSWER_YES, "it was on");
    CHECK_EQ(past_option(bind, OPTION_REUSEPORT), ANSWER_NO, "the other one was not");
    CHECK_EQ(past_setter(&bind->past, OPTION_REUSEADDR, false), SETTER_PROGRAM,
             "the program had set it");
    CHECK_EQ(past_option(bind_of(&without), OPTION_REUSEADDR), ANSWER_NO, "it was off");

    descriptor_open(12, PROTOCOL_TCP);
    descriptor_option(12, &event);
    descriptor_bind(12, true);
    history_bind(PROTOCOL_TCP, &forced, 12, 3, &trace);
    CHECK_EQ(past_setter(&bind_of(&forced)->past, OPTION_REUSEADDR, false), SETTER_POLICY,
             "the policy had set it");

    event = (struct option_event){.kind = OPTION_REUSEADDR, .value = false};
    descriptor_option(12, &event);
    history_option(12, OPTION_REUSEADDR, false);
    CHECK_EQ(past_option(bind_of(&forced), OPTION_REUSEADDR), ANSWER_UNKNOWN,
             "changed since: nobody knows what its connections have");
    CHECK_EQ(past_option(bind_of(&with), OPTION_REUSEADDR), ANSWER_YES, "the others stay");
}

/* Between bind() and listen() a program may change its mind. */
static void options_at_listen(void)
{
    struct endpoint local = binds_inet(8083);
    struct option_event event = {.kind = OPTION_REUSEADDR, .value = true, .by_policy = true};
    const struct past_bind *bind;

    binds_make(13, &local, false, NULL, 7777);
    CHECK_EQ(past_option_at_listen(bind_of(&local), OPTION_REUSEADDR), ANSWER_UNKNOWN,
             "it does not listen");
    descriptor_option(13, &event);
    history_option(13, OPTION_REUSEADDR, true);
    descriptor_listen(13);
    history_listen(13);
    event = (struct option_event){.kind = OPTION_REUSEADDR, .value = false};
    descriptor_option(13, &event);
    history_option(13, OPTION_REUSEADDR, false);
    bind = bind_of(&local);
    CHECK_EQ(descriptor_option_at_bind(&bind->past, OPTION_REUSEADDR), ANSWER_NO, "at bind");
    CHECK_EQ(past_setter(&bind->past, OPTION_REUSEADDR, false), SETTER_NOBODY, "by nobody");
    CHECK_EQ(past_option_at_listen(bind, OPTION_REUSEADDR), ANSWER_YES, "at listen");
    CHECK_EQ(past_setter(&bind->past, OPTION_REUSEADDR, true), SETTER_POLICY, "by the policy");
    CHECK_EQ(past_option_at_listen(bind, OPTION_REUSEPORT), ANSWER_NO, "the other one, at listen");
}

/* The cookie is that of the newest bind under the number. */
static void cookies(void)
{
    struct endpoint first = binds_inet(8084), second = binds_inet(8085);

    binds_make(14, &first, false, NULL, 8888);
    history_cookie(14, 4711);
    CHECK_EQ(bind_of(&first)->cookie, 4711, "the cookie");
    binds_make(14, &second, false, NULL, 9999);
    CHECK_EQ(bind_of(&second)->cookie, 0, "of the next bind none is known");
    CHECK_EQ(bind_of(&first)->cookie, 4711, "the first keeps its own");
    history_cookie(15, 4712);
    history_cookie(-1, 4713);
}

/* An option is changed on a descriptor that no bind is known of: it may be a copy of any. */
static void unplaced_options(void)
{
    struct endpoint with = binds_inet(8080), without = binds_inet(8081);

    descriptor_forget(200);
    history_option(200, OPTION_REUSEADDR, true);
    CHECK_EQ(past_option(bind_of(&with), OPTION_REUSEADDR), ANSWER_YES, "on is on");
    CHECK_EQ(past_option(bind_of(&without), OPTION_REUSEADDR), ANSWER_UNKNOWN, "off is in doubt");
    CHECK_EQ(past_option(bind_of(&without), OPTION_REUSEPORT), ANSWER_NO, "of this option only");
}

/* The clock has ticks, in which a process can bind more than once. */
static void order_within_a_tick(void)
{
    static char room[1 << 20];
    struct scratch scratch = {room, room + sizeof room};
    struct endpoint inet = binds_inet(7300);
    const struct past_candidates *found;

    for (int fd = 11; fd < 14; fd++)
        binds_make(fd, &inet, true, NULL, sys_realtime_us() & ~INT64_C(0xffffffff));
    found = past_gather(PROTOCOL_TCP, &inet, history_folder(0), &scratch);
    CHECK(found != NULL && found->count >= 3, "all three");
    for (int i = 0; i < 3; i++)
        CHECK_EQ(found->list[i].bind.fd, 13 - i, "the youngest first");
}

int main(void)
{
    struct endpoint any = binds_inet(0), inet = binds_inet(8080), other = binds_inet(8081);
    struct endpoint name = {.family = FAMILY_UNIX, .path_length = 5, .path = "\0name"};
    struct endpoint path = {.family = FAMILY_UNIX, .path_length = 108};
    struct endpoint inet6 = {.family = FAMILY_INET6, .port = 443, .scope = 7, .address = {0xfe}};
    const struct past_bind *bind;
    uintptr_t pcs[TRACE_FRAMES_MAX];

    history_folder(1);
    binds_open(&binds_limits);
    CHECK_EQ(history_unknown(history_own(), &trace, pcs), 4, "addresses not met before");
    history_learn(history_own(), places, 4);
    memset(path.path, 'x', sizeof path.path);
    binds_make(5, &inet, true, &trace, 1111);
    binds_make(6, &other, false, NULL, 2222);
    binds_make(7, &any, false, NULL, 3333);
    binds_make(8, &name, false, NULL, 4444);
    binds_make(9, &path, false, NULL, 5555);
    binds_make(10, &inet6, false, NULL, 6666);

    bind = bind_of(&inet);
    CHECK_EQ(binds.count, 6, "all binds");
    CHECK_EQ(binds.result.skipped, 0, "no file is left out");
    CHECK_EQ(bind->fd, 5, "the descriptor");
    CHECK_EQ(bind->time_us, 1111, "the time");
    CHECK_EQ(bind->listened_us, 0, "no listen yet");
    CHECK_EQ(bind->protocol, PROTOCOL_TCP, "the protocol");
    CHECK_EQ(bind_of(&any)->fd, 7, "port 0");
    CHECK_EQ(bind_of(&name)->protocol, PROTOCOL_UNIX, "an abstract name");
    CHECK_EQ(bind_of(&path)->fd, 9, "the longest path");
    CHECK_EQ(bind_of(&inet6)->local.scope, 7, "the scope");

    descriptor_listen(5);
    history_listen(5);
    CHECK(bind_of(&inet)->listened_us > 0, "listen is remembered");
    CHECK_EQ(bind_of(&inet)->past.phase, PHASE_LISTENING, "it listens");
    CHECK_EQ(bind_of(&other)->listened_us, 0, "the other one does not");

    CHECK_EQ(binds.processes[0].pid, getpid(), "the process");
    CHECK_STR(binds.processes[0].comm, "test", "its name");
    CHECK_EQ(binds.ended_us[0], 0, "it has not ended");
    stacks();
    stacks_by_turns();
    options();
    options_at_listen();
    cookies();
    unplaced_options();
    order_within_a_tick();
    history_end();
    bind = bind_of(&inet);
    CHECK(binds.ended_us[bind - binds.list] > 0, "it has ended");
    return 0;
}
