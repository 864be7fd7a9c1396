/*
 * Which segments a new one takes in: small ones, all past a tenth, dead rows past a tenth.
 */
#include "fc_test.h"

#include <string.h>

#include "index_merge.h"

/* "1000t 60 30": rows, and t for an index of FAISS. */
static size_t read_parts(fc_merge_part parts[8], const char *text)
{
    size_t n = 0;

    while (*text != '\0') {
        char *end;

        parts[n].rows = strtoull(text, &end, 10);
        parts[n].exact = *end != 't';
        n++;
        text = end + (*end == 't');
        text += *text == ' ';
    }
    return n;
}

/* `want`: for each part k(ept) or m(erged). */
static void check(const char *text, uint64_t n_new, uint64_t n_dead, const char *want)
{
    fc_merge_part parts[8];
    const size_t n = read_parts(parts, text);
    char got[9] = "";

    fc__index_merge(parts, n, n_new, n_dead);
    for (size_t i = 0; i < n; i++)
        got[i] = parts[i].keep ? 'k' : 'm';
    if (strcmp(got, want) != 0)
        fail_msg("%s, %u new, %u dead: wanted %s, got %s", text, (unsigned)n_new, (unsigned)n_dead,
                 want, got);
}

static void test_merge__scanned_segments_go_by_twice_what_is_gathered(void **state)
{
    (void)state;
    check("1000", 100, 0, "k");
    check("1000 200", 100, 0, "km");
    check("1000 201", 100, 0, "kk");
    check("1000 200 600", 100, 0, "mmm"); /* 100, 300, 900, and then the first is small too */
    check("1000 500", 0, 0, "kk");        /* nothing is new: nothing is rewritten */
    check("", 5, 0, "");
}

static void test_merge__past_a_tenth_an_index_is_trained_again(void **state)
{
    (void)state;
    check("1000t", 100, 0, "k");
    check("1000t", 101, 0, "m");
    check("1000t 60", 40, 0, "km");
    check("1000t 60", 41, 0, "mm");
    check("1000t 90", 5, 0, "kk");
    check("1000t 90", 11, 0, "mm"); /* the 90 stay by size, but the scan beside grew too long */
    check("1000t 500t", 100, 0, "kk");
    check("1000t 500t", 151, 0, "mm");
    check("1000t 90", 0, 0, "kk");
}

static void test_merge__dead_rows_past_a_tenth_build_all_anew(void **state)
{
    (void)state;
    check("1100", 0, 100, "k");
    check("1100t", 0, 101, "m");
    check("1000t 50 60", 0, 101, "mmm");
    check("1000 50", 0, 1050, "mm"); /* all */
    check("15", 0, 1, "k");
    check("9", 0, 1, "m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge__scanned_segments_go_by_twice_what_is_gathered),
        cmocka_unit_test(test_merge__past_a_tenth_an_index_is_trained_again),
        cmocka_unit_test(test_merge__dead_rows_past_a_tenth_build_all_anew),
    };

    return cmocka_run_group_tests_name("index_merge", tests, NULL, NULL);
}
