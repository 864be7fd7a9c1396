/*
 * The number of processors: what the mask allows, no more than the control group grants.
 */
#include "fc_test.h"

#include <sched.h>

#include "fc_file.h"
#include "fc_queue.h"

static void test_cpu_count__follows_the_affinity_mask(void **state)
{
    cpu_set_t before, one;
    const uint32_t all = fc__cpu_count();
    size_t first = 0;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    assert_true(all >= 1 && all <= (uint32_t)CPU_COUNT(&before));
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(fc__cpu_count(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
    assert_int_equal(fc__cpu_count(), all);
}

/* A control group tree of our own: groups file and quota files as the kernel writes them. */
static void assert_quota(const char *groups, const char *files, uint32_t want)
{
    char *mount = fc_test_path("cgroup"), *list = fc_test_path("groups"), *command = NULL;
    fc_error err = FC_ERROR_INIT;

    fc_test_remove_tree(mount);
    assert_status(FC_OK, fc__make_folders(mount, &err), &err);
    assert_true(asprintf(&command, "cd '%s' && %s", mount, files) > 0);
    assert_int_equal(system(command), 0);
    fc_test_write_text(list, groups);
    assert_int_equal(fc__cpu_quota(list, mount), want);
    free(command);
    free(list);
    free(mount);
}

static void test_cpu_quota__version_2(void **state)
{
    (void)state;
    assert_quota("0::/a/b\n", "mkdir -p a/b && echo '150000 100000' >a/b/cpu.max", 2);
    assert_quota("0::/a/b\n", "mkdir -p a/b && echo 'max 100000' >a/b/cpu.max", 0);
    /* The least on the way up counts. */
    assert_quota("0::/a/b\n",
                 "mkdir -p a/b && echo '400000 100000' >a/b/cpu.max && "
                 "echo '300000 100000' >a/cpu.max",
                 3);
    /* Inside a container the group's own folder may be out of sight; the root is its own. */
    assert_quota("0::/host/path\n", "echo '100000 100000' >cpu.max", 1);
    assert_quota("0::/\n", "echo '50000 100000' >cpu.max", 1);
    assert_quota("0::/\n", "echo 'nonsense' >cpu.max", 0);
    assert_quota("0::/\n", "echo '100000 0' >cpu.max", 0);
    assert_quota("nonsense\n\n:\n", "true", 0);
}

static void test_cpu_quota__version_1(void **state)
{
    static const char both[] = "mkdir -p cpu/c && echo %s >cpu/c/cpu.cfs_quota_us && "
                               "echo 100000 >cpu/c/cpu.cfs_period_us";
    char files[200];

    (void)state;
    snprintf(files, sizeof(files), both, "250000");
    assert_quota("4:cpu,cpuacct:/c\n3:memory:/c\n", files, 3);
    assert_quota("4:cpuacct,cpu:/c\n0::/\n", files, 3);
    assert_quota("4:cpuset:/c\n5:cpuacct:/c\n", files, 0); /* other controllers */
    snprintf(files, sizeof(files), both, "-1");
    assert_quota("4:cpu,cpuacct:/c\n", files, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpu_quota__version_2),
        cmocka_unit_test(test_cpu_quota__version_1),
        cmocka_unit_test(test_cpu_count__follows_the_affinity_mask),
    };

    return cmocka_run_group_tests_name("cpu_count", tests, NULL, NULL);
}
