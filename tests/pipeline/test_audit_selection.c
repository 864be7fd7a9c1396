/*
 * Times that selections may name, samples of contents, and the jackknife: what needs no store.
 */
#include "fc_test.h"

#include <math.h>

#include "audit_draw.h"
#include "audit_selection.h"
#include "audit_space_sums.h"

#define SECOND INT64_C(1000000000)

static void check_time(const char *text, int64_t seconds)
{
    int64_t ns = -1;

    if (!fc__parse_time(text, strlen(text), &ns) || ns != seconds * SECOND)
        fail_msg("%s: %lld", text, (long long)ns);
}

static void test_selection__times_are_those_of_the_calendar(void **state)
{
    (void)state;
    check_time("1970-01-01", 0);
    check_time("1970-01-01T00:00:01Z", 1);
    check_time("2000-02-29", INT64_C(951782400));
    check_time("2000-03-01", INT64_C(951868800));
    check_time("2026-11-25T20:15:43Z", INT64_C(1795637743));
    check_time("2100-03-01", INT64_C(4107542400)); /* no leap year */
    check_time("2200-12-31T23:59:59Z", INT64_C(7289654399));
}

static void test_selection__what_is_no_time_is_refused(void **state)
{
    const char *const bad[] = {"",
                               "2025",
                               "2025-1-1",
                               "2025-13-01",
                               "2025-00-10",
                               "2025-02-29",
                               "2100-02-29",
                               "2025-04-31",
                               "1969-12-31",
                               "2201-01-01",
                               "2025-01-01 ",
                               "2025-01-01T",
                               "2025-01-01T24:00:00Z",
                               "2025-01-01T10:60:00Z",
                               "2025-01-01T10:00:60Z",
                               "2025-01-01T10:00:00",
                               "2025-01-01T10:00:00+01:00",
                               "-025-01-01"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t ns;

        if (fc__parse_time(bad[i], strlen(bad[i]), &ns))
            fail_msg("'%s' was taken", bad[i]);
    }
}

/* Whether a content is drawn does not depend on what else there is. */
static void test_draw__a_sample_of_a_part_is_the_part_of_a_sample(void **state)
{
    uint64_t all[1000], some[500];
    size_t n_all, n_some, common = 0;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        all[i] = 999 - i;
    for (size_t i = 0; i < 500; i++)
        some[i] = i;
    assert_status(FC_OK, fc__audit_draw(all, 1000, 100, 7, &n_all, &err), &err);
    assert_status(FC_OK, fc__audit_draw(some, 500, 100, 7, &n_some, &err), &err);
    assert_int_equal(n_all, 100);
    assert_int_equal(n_some, 100);
    for (size_t i = 0; i < n_all; i++) {
        assert_true(i == 0 || all[i] > all[i - 1]);
        for (size_t k = 0; all[i] < 500 && k < n_some; k++)
            common += some[k] == all[i];
    }
    /* Those below 500 among the first hundred of all are also among the first hundred of the half.
     */
    for (size_t i = 0, below = 0; i < n_all; i++) {
        below += all[i] < 500;
        if (i + 1 == n_all)
            assert_int_equal(common, below);
    }
    some[0] = some[1];
    assert_int_equal(fc__audit_unique(some, n_some), n_some - 1);
}

/* Of a mean the jackknife gives the standard error of the mean: s / sqrt(n). */
static void test_jackknife__of_a_mean_is_its_standard_error(void **state)
{
    double without[FC_AUDIT_FOLDS], sum = 0, squares = 0, error;
    fc_interval range;

    (void)state;
    for (size_t i = 0; i < FC_AUDIT_FOLDS; i++)
        sum += (double)(i * i);
    for (size_t i = 0; i < FC_AUDIT_FOLDS; i++) {
        const double d = (double)(i * i) - sum / FC_AUDIT_FOLDS;

        squares += d * d;
        without[i] = (sum - (double)(i * i)) / (FC_AUDIT_FOLDS - 1);
    }
    error = sqrt(squares / (FC_AUDIT_FOLDS - 1) / FC_AUDIT_FOLDS);
    range = fc__jackknife(sum / FC_AUDIT_FOLDS, without);
    assert_true(fabs(range.high - range.low - 2 * 1.959963984540054 * error) < 1e-6);
    without[3] = (double)NAN;
    range = fc__jackknife(1, without);
    assert_true(isnan(range.low) && isnan(range.high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selection__times_are_those_of_the_calendar),
        cmocka_unit_test(test_selection__what_is_no_time_is_refused),
        cmocka_unit_test(test_draw__a_sample_of_a_part_is_the_part_of_a_sample),
        cmocka_unit_test(test_jackknife__of_a_mean_is_its_standard_error),
    };

    return cmocka_run_group_tests_name("audit_selection", tests, NULL, NULL);
}
