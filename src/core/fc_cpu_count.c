/*
 * How many processors this process may use: its affinity mask, cut by the quota of its control
 * group, which containers set and sysconf() does not see.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_queue.h"

#define MAX_PROCESSORS 65536
#define PROC_FILE_MAX  ((size_t)64 << 10)

static uint32_t count_of_affinity(void)
{
    uint32_t count = 0;

    /* The kernel refuses a mask shorter than its own, whose length it does not tell. */
    for (int n = 1024; count == 0 && n <= MAX_PROCESSORS; n *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)n);
        const size_t size = CPU_ALLOC_SIZE((size_t)n);

        if (set == NULL)
            break;
        if (sched_getaffinity(0, size, set) == 0)
            count = (uint32_t)CPU_COUNT_S(size, set);
        CPU_FREE(set);
    }
    return count > 0 ? count : 1;
}

/* The content of a small file as a string; false when it cannot be had. */
static bool read_small(const char *path, fc_buf *out)
{
    return fc__file_read(path, PROC_FILE_MAX, out, NULL) == FC_OK &&
           fc_buf_append_u8(out, 0, NULL) == FC_OK;
}

/* Processors that a quota within a period comes to, rounded up; 0 for none. */
static uint32_t processors_of(long long quota, long long period)
{
    if (quota <= 0 || period <= 0)
        return 0;
    quota = quota / period + (quota % period != 0);
    return quota > MAX_PROCESSORS ? 0 : (uint32_t)quota;
}

/* The quota of one group folder, of either version; 0 for none. */
static uint32_t quota_of(const char *folder, bool v2)
{
    fc_buf text = FC_BUF_INIT, path = FC_BUF_INIT;
    uint32_t count = 0;
    char *end;
    long long quota = 0;

    if (fc_buf_append_fmt(&path, NULL, "%s/%s", folder, v2 ? "cpu.max" : "cpu.cfs_quota_us") !=
            FC_OK ||
        !read_small((const char *)path.data, &text))
        goto done;
    quota = strtoll((const char *)text.data, &end, 10); /* "max" and -1 are no quota */
    if (v2) {
        count = processors_of(quota, strtoll(end, NULL, 10));
        goto done;
    }
    fc_buf_clear(&path);
    if (fc_buf_append_fmt(&path, NULL, "%s/cpu.cfs_period_us", folder) == FC_OK &&
        read_small((const char *)path.data, &text))
        count = processors_of(quota, strtoll((const char *)text.data, NULL, 10));

done:
    fc_buf_dispose(&path);
    fc_buf_dispose(&text);
    return count;
}

/* The smallest quota from `group` up to the root beneath `mount`; 0 for none. Inside a container
 * the path may be that of the host, and only the root is there: missing folders are passed over. */
static uint32_t quota_up_from(const char *mount, const char *group, bool v2)
{
    char *path = fc__path_join(mount, group + (*group == '/'));
    const size_t root = strlen(mount);
    uint32_t least = 0;

    if (path == NULL)
        return 0;
    for (;;) {
        const uint32_t count = quota_of(path, v2);
        char *slash;

        if (count > 0 && (least == 0 || count < least))
            least = count;
        slash = strrchr(path, '/');
        if (slash == NULL || (size_t)(slash - path) < root)
            break;
        *slash = '\0';
    }
    free(path);
    return least;
}

/* True when the comma-separated list names the controller "cpu". */
static bool lists_cpu(const char *list, size_t n)
{
    for (size_t i = 0; i < n;) {
        const char *comma = memchr(list + i, ',', n - i);
        const size_t len = comma != NULL ? (size_t)(comma - list) - i : n - i;

        if (len == 3 && memcmp(list + i, "cpu", 3) == 0)
            return true;
        i += len + 1;
    }
    return false;
}

/* Lines of /proc/self/cgroup: "0::/path" (version 2) or "4:cpu,cpuacct:/path" (version 1). */
uint32_t fc__cpu_quota(const char *groups, const char *mount)
{
    fc_buf text = FC_BUF_INIT;
    char *line, *rest = NULL, *cpu = fc__path_join(mount, "cpu");
    uint32_t least = 0;

    if (cpu == NULL || !read_small(groups, &text))
        goto done;
    for (line = strtok_r((char *)text.data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *list = strchr(line, ':');
        char *group = list != NULL ? strchr(list + 1, ':') : NULL;
        uint32_t count = 0;

        if (group == NULL)
            continue;
        list++;
        if (group == list)
            count = quota_up_from(mount, group + 1, true);
        else if (lists_cpu(list, (size_t)(group - list)))
            count = quota_up_from(cpu, group + 1, false);
        if (count > 0 && (least == 0 || count < least))
            least = count;
    }

done:
    fc_buf_dispose(&text);
    free(cpu);
    return least;
}

uint32_t fc__cpu_count(void)
{
    const uint32_t affinity = count_of_affinity();
    const uint32_t quota = fc__cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");

    return quota > 0 && quota < affinity ? quota : affinity;
}
