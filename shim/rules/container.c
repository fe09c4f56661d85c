#include "rules/container.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

/* How engines name the cgroups of their containers, with the cgroup manager systemd (a scope) and
 * with cgroupfs (a folder). conmon's scope (libpod-conmon-ID.scope) is not the container's. */
static const struct {
    char before[20]; /* of the id or name in a component, which it begins */
    char after[9];   /* behind it, up to the component's end; "" = anything */
    enum container_engine engine;
    bool by_name;
    bool folder;     /* 'before' is the component before */
} forms[] = {
    {"docker-", ".scope", ENGINE_DOCKER, false, false},
    {"docker", "", ENGINE_DOCKER, false, true},
    {"libpod-payload-", "", ENGINE_PODMAN, false, false},
    {"libpod-", "", ENGINE_PODMAN, false, false},
    {"nerdctl-", ".scope", ENGINE_NERDCTL, false, false},
    {"cri-containerd-", ".scope", ENGINE_CONTAINERD, false, false},
    {"crio-", "", ENGINE_CRIO, false, false},
    {"lxc.payload.", "", ENGINE_LXC, true, false},
    {"lxc", "", ENGINE_LXC, true, true},
    {"machine-", ".scope", ENGINE_MACHINED, true, false},
    {"systemd-nspawn@", ".service", ENGINE_MACHINED, true, false},
};

enum { FORMS = sizeof forms / sizeof *forms, ID_LENGTH = 64, ID_LENGTH_MIN = 12 };

static const char stops[][20] = {
    [ENGINE_NONE] = "",
    [ENGINE_DOCKER] = "docker stop ",
    [ENGINE_PODMAN] = "podman stop ",
    [ENGINE_CONTAINERD] = "crictl stop ",
    [ENGINE_NERDCTL] = "nerdctl stop ",
    [ENGINE_CRIO] = "crictl stop ",
    [ENGINE_KUBERNETES] = "",
    [ENGINE_LXC] = "lxc-stop -n ",
    [ENGINE_LXD] = "lxc stop ",
    [ENGINE_INCUS] = "incus stop ",
    [ENGINE_MACHINED] = "machinectl stop ",
};
static_assert(sizeof stops / sizeof *stops == ENGINE_COUNT, "one each");

enum container_engine container_of_monitor(const char *title, const char **name)
{
    if (!text_begins_with(title, "[lxc monitor] "))
        return ENGINE_NONE;
    *name = strrchr(title, ' ') + 1;
    return strstr(title, "/lxd/") != NULL     ? ENGINE_LXD
           : strstr(title, "/incus/") != NULL ? ENGINE_INCUS
                                              : ENGINE_LXC;
}

const char *container_stop(enum container_engine engine)
{
    return stops[engine][0] == '\0' ? NULL : stops[engine];
}

static size_t hexadecimal(const char *at)
{
    size_t count = 0;

    while ((at[count] >= '0' && at[count] <= '9') || (at[count] >= 'a' && at[count] <= 'f'))
        count++;
    return count;
}

/* Does the component of LENGTH bytes at AT, behind the one of BEFORE bytes, name a container in
 * form I? */
static bool has_form(size_t i, const char *at, size_t length, size_t before,
                     struct container_found *found)
{
    size_t begin = strlen(forms[i].before), end = strlen(forms[i].after);
    bool named = forms[i].folder
                     ? before == begin && memcmp(at - 1 - before, forms[i].before, begin) == 0
                     : length > begin && memcmp(at, forms[i].before, begin) == 0;

    if (!named)
        return false;
    begin = forms[i].folder ? 0 : begin;
    if (length < begin + end + 1 ||
        memcmp(at + length - end, forms[i].after, end) != 0)
        return false;
    *found = (struct container_found){forms[i].engine, forms[i].by_name, at + begin,
                                      length - begin - end};
    if (forms[i].by_name)
        return true;
    found->length = hexadecimal(found->start);
    return found->length >= ID_LENGTH_MIN &&
           (found->start + found->length == at + length || found->start[found->length] == '.');
}

/* Under kubepods a bare id is what the kubelet's engine calls a container. */
static bool is_pods(const char *path, const char *at, size_t length, struct container_found *found)
{
    bool pod = strstr(path, "kubepods") != NULL && length == ID_LENGTH &&
               hexadecimal(at) == ID_LENGTH;

    if (pod)
        *found = (struct container_found){ENGINE_KUBERNETES, false, at, length};
    return pod;
}

/* systemd writes a '-' of a machine's name as \x2d, which a shell should not get. */
static bool is_plain(const struct container_found *found)
{
    return memchr(found->start, '\\', found->length) == NULL;
}

bool container_in(const char *path, struct container_found *found)
{
    struct container_found here;
    size_t before = 0, length;
    bool any = false;

    for (const char *at = path; *at != '\0'; at += length) {
        at += *at == '/' ? 1 : 0;
        length = text_length_before(at, '/');
        for (size_t i = 0; i < FORMS; i++) {
            if (has_form(i, at, length, before, &here) && (!here.by_name || is_plain(&here))) {
                *found = here;
                any = true;
                break;
            }
        }
        if (is_pods(path, at, length, &here)) {
            *found = here;
            any = true;
        }
        before = length;
        if (length == 0 && *at == '\0')
            break;
    }
    if (any && strstr(path, "kubepods") != NULL)
        found->engine = ENGINE_KUBERNETES;
    return any;
}

/* What engines put over files of the /proc that they give a container: Docker, Podman, containerd
 * and CRI-O, as OCI's runtime specification has it, /dev/null; systemd-nspawn a log; LXC,
 * LXD and Incus a boot's id. Of mountinfo: the file's path in its file system, and its place. */
static bool is_mask(const char *root_and_place)
{
    static const char masks[] = "/null /proc/keys \0/null /proc/kcore \0/null /proc/timer_list \0"
                                "/.lxc-boot-id /proc/sys/kernel/random/boot_id \0";
    const char *mask;

    for (mask = masks; *mask != '\0'; mask += strlen(mask) + 1)
        if (text_begins_with(root_and_place, mask))
            return true;
    return text_begins_with(root_and_place, "/.#proc-kmsg") &&
           strstr(root_and_place, " /proc/kmsg ") != NULL;
}

/* proc(5): id, parent, device, root, place, ... */
void container_take_mount(struct container_mounts *mounts, const char *line)
{
    const char *parent_at = strchr(line, ' '), *root = strchr(line, '/');
    uint64_t id = text_number_at(line), parent = parent_at == NULL ? 0 : text_number_at(parent_at);

    if (parent == 0 || root == NULL)
        return;
    if (text_begins_with(root, "/ /proc "))
        *mounts = (struct container_mounts){.proc = id};
    else if (parent == mounts->proc && text_begins_with(root, "/sys /proc/sys "))
        mounts->sys = id;
    else if ((parent == mounts->proc || parent == mounts->sys) && is_mask(root))
        mounts->masked = true;
}
