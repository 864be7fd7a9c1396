/*
 * The process that draws SVGs: what it may use, and what becomes of one that fails, lies or hangs.
 */
#include "fc_test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include "fc_decode.h"

#define OPEN "<svg xmlns='http://www.w3.org/2000/svg' "

static fc_status draw_with(const char *helper, const char *text, const fc_image_options *opts,
                           fc_image *out, fc_error *err)
{
    fc_image_options o = opts != NULL ? *opts : (fc_image_options){0};
    fc_decode_limits limits = o.limits != NULL ? *o.limits : (fc_decode_limits){0};

    limits.svg_helper = helper;
    o.limits = &limits;
    return fc__decode_image((const uint8_t *)text, strlen(text), &o, out, err);
}

#ifdef FC_SVG_HELPER

static fc_status draw(const char *text, const fc_image_options *opts, fc_image *out, fc_error *err)
{
    return draw_with(FC_SVG_HELPER, text, opts, out, err);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static char *long_text(size_t n)
{
    char *text = malloc(n + 200), *to;

    assert_non_null(text);
    to = stpcpy(text, OPEN "viewBox='0 0 100 100'><text y='50' font-size='1'>");
    memset(to, 'x', n);
    strcpy(to + n, "</text></svg>");
    return text;
}

static char *long_path(size_t n)
{
    char *text = malloc(n + 200), *to;

    assert_non_null(text);
    to = stpcpy(text, OPEN "viewBox='0 0 100 100'><path d='M0 0");
    for (size_t i = 0; to < text + n; i++)
        to += sprintf(to, "L%zu %zu", i % 100, i * 37 % 101);
    strcpy(to, "' stroke='red' stroke-width='20'/></svg>");
    return text;
}

/* Valid drawings whose cost grows with the square: twenty seconds and minutes. The cap is of
 * processor time; a busy machine is given five times as long by the clock. */
static void test_svg_helper__one_that_draws_for_ever_is_stopped(void **state)
{
    const fc_decode_limits limits = {.max_draw_ms = 300};
    const fc_image_options opts = {.limits = &limits};
    char *texts[] = {long_text(10000), long_path(200000)};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const double start = seconds();
        fc_error err = FC_ERROR_INIT;
        fc_image im = FC_IMAGE_INIT;

        assert_status(FC_E_LIMIT, draw(texts[i], &opts, &im, &err), &err);
        if (strstr(err.message, "300 ms") == NULL || strstr(err.message, "--max-draw-ms") == NULL)
            fail_msg("'%s' does not name its limit", err.message);
        assert_null(im.pixels);
        assert_true(seconds() - start < 5); /* 1.5 s and what a busy machine adds */
        free(texts[i]);
    }
}

/* Masks of masks, each a picture of the whole drawing: more memory than is allowed. */
static void test_svg_helper__memory_is_bounded(void **state)
{
    static const char open[] = OPEN "viewBox='0 0 1 1'>";
    const fc_decode_limits limits = {.max_draw_ms = 20000, .max_nesting = 1000};
    const fc_image_options opts = {.limits = &limits, .svg_side = 4096};
    char text[2048], *to = stpcpy(text, open);
    fc_error err = FC_ERROR_INIT;
    fc_image im = FC_IMAGE_INIT;

    (void)state;
    for (int i = 0; i < 60; i++)
        to = stpcpy(to, "<g opacity='.5'>");
    to = stpcpy(to, "<rect width='1' height='1'/>");
    for (int i = 0; i < 60; i++)
        to = stpcpy(to, "</g>");
    strcpy(to, "</svg>");
    assert_status(FC_E_LIMIT, draw(text, &opts, &im, &err), &err);
    if (strstr(err.message, "MiB") == NULL)
        fail_msg("'%s' is not about memory", err.message);
    assert_null(im.pixels);
}

static void *draw_many(void *failed)
{
    for (int i = 0; i < 10; i++) {
        fc_error err = FC_ERROR_INIT;
        fc_image im = FC_IMAGE_INIT;

        if (draw(OPEN "width='9' height='4'><text>a</text></svg>", NULL, &im, &err) != FC_OK) {
            fprintf(stderr, "%s\n", err.message);
            atomic_store((atomic_bool *)failed, true);
        }
        fc__image_dispose(&im);
    }
    return NULL;
}

static void test_svg_helper__threads_draw_side_by_side(void **state)
{
    pthread_t threads[4];
    atomic_bool failed = false;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw_many, &failed), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(atomic_load(&failed));
}

/* A caller may have set SIGCHLD to be ignored; then there is no exit status to wait for. */
static void test_svg_helper__needs_no_exit_status(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_image im = FC_IMAGE_INIT;

    (void)state;
    signal(SIGCHLD, SIG_IGN);
    assert_status(FC_OK, draw(OPEN "width='8' height='4'/>", NULL, &im, &err), &err);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(im.width, 512);
    fc__image_dispose(&im);
}

#endif

/* A program in place of the real one; `lines` are of its shell script. */
static char *fake_helper(const char *lines)
{
    char *path = fc_test_path("fake"), text[1000];

    snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", lines);
    fc_test_write_text(path, text);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

/* What comes back is bytes from outside. All at a side of 2: six or twelve bytes are pixels. */
static void test_svg_helper__a_helper_that_misbehaves_is_an_error(void **state)
{
    static const struct {
        const char *lines;
        fc_status want;
        const char *word;
    } cases[] = {
        {"exit 3", FC_E_IO, "exit 3"},
        {"exit 127", FC_E_UNSUPPORTED, "librsvg2-2"},
        {"kill -9 $$", FC_E_LIMIT, "signal 9"},
        {"kill -PROF $$", FC_E_LIMIT, "200 ms"},
        {"printf 'image 2 1\\nabcdef'", FC_OK, ""},
        {"cat >/dev/null; printf 'image 2 1\\nabcdef'; exit 9", FC_OK, ""}, /* all is there */
        {"printf 'image 2 1\\nabcde'", FC_E_IO, "no drawing"},
        {"printf 'image 2 1\\nabcde'; kill -9 $$", FC_E_LIMIT, "signal 9"},
        {"printf 'image 2 1\\nabcdefg'", FC_E_IO, "no drawing"},
        {"printf 'image 2 1 abcdef'", FC_E_IO, "no drawing"},
        {"printf 'image 3 1\\nabcdefghi'", FC_E_IO, "no drawing"},
        {"printf 'image 1 1\\nabc'", FC_E_IO, "no drawing"},
        {"printf 'image 0 2\\n'", FC_E_FORMAT, "no content"},
        {"printf 'image 2 4294967295\\n'", FC_E_IO, "no drawing"},
        {"printf 'image 2 -1\\n'", FC_E_IO, "no drawing"},
        {"printf 'image'", FC_E_IO, "no drawing"},
        {"head -c 100000 /dev/zero", FC_E_IO, "no drawing"},
        {"while :; do echo x; done", FC_E_IO, "no drawing"},
        {"printf 'format a\\033[31mb\\n'", FC_E_FORMAT, "broken SVG: a?[31mb"},
        {"printf 'limit memory\\n'; exit 1", FC_E_LIMIT, "MiB"},
        {"printf 'limit pixels 1 1\\n'; exit 1", FC_E_IO, "no drawing"},
        {"printf 'usage\\n'; exit 1", FC_E_IO, "no drawing"},
        {"echo format $(ls /proc/$$/fd)", FC_E_FORMAT, "broken SVG: 0 1 "},
    };
    const fc_decode_limits limits = {.max_draw_ms = 200};
    const fc_image_options opts = {.limits = &limits, .svg_side = 2};
    const int leaked = open("/dev/null", O_RDONLY);
    const int ours = dup2(leaked, 77); /* is not handed on, though nothing says so */

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *helper = fake_helper(cases[i].lines);
        fc_error err = FC_ERROR_INIT;
        fc_image im = FC_IMAGE_INIT;

        if (draw_with(helper, OPEN "/>", &opts, &im, &err) != cases[i].want ||
            strstr(err.message, cases[i].word) == NULL || strstr(err.message, "77") != NULL)
            fail_msg("'%s': %s", cases[i].lines, err.message);
        assert_true((im.pixels != NULL) == (cases[i].want == FC_OK));
        fc__image_dispose(&im);
        free(helper);
    }
    close(ours);
    close(leaked);
}

/* It is killed at five times its processor time, also when it has said all and does not go. */
static void test_svg_helper__a_helper_that_hangs_is_killed(void **state)
{
    const fc_decode_limits limits = {.max_draw_ms = 40};
    const fc_image_options opts = {.limits = &limits, .svg_side = 2};
    static const struct {
        const char *lines;
        fc_status want;
    } cases[] = {
        {"exec sleep 60", FC_E_LIMIT},
        {"printf 'image 2 1\\nab'; exec sleep 60", FC_E_LIMIT},
        {"printf 'image 2 1\\nabcdef'; exec sleep 60 >/dev/null", FC_OK},
        {"exec sleep 60 >/dev/null", FC_E_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *helper = fake_helper(cases[i].lines);
        fc_error err = FC_ERROR_INIT;
        fc_image im = FC_IMAGE_INIT;

        alarm(30);
        assert_status(cases[i].want, draw_with(helper, OPEN "/>", &opts, &im, &err), &err);
        alarm(0);
        fc__image_dispose(&im);
        free(helper);
    }
}

static void test_svg_helper__says_how_to_get_the_helper(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_image im = FC_IMAGE_INIT;

    (void)state;
    assert_status(FC_E_UNSUPPORTED, draw_with("/nowhere/svg", OPEN "/>", NULL, &im, &err), &err);
    assert_non_null(strstr(err.message, "/nowhere/svg"));
    /* None is beside this program, and it was not installed. */
    if (access(FC_SVG_HELPER_INSTALLED, X_OK) == 0)
        return;
    assert_status(FC_E_UNSUPPORTED, draw_with(NULL, OPEN "/>", NULL, &im, &err), &err);
    assert_non_null(strstr(err.message, "librsvg2-dev"));
    assert_non_null(strstr(err.message, FC_SVG_HELPER_INSTALLED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef FC_SVG_HELPER
        cmocka_unit_test(test_svg_helper__one_that_draws_for_ever_is_stopped),
        cmocka_unit_test(test_svg_helper__memory_is_bounded),
        cmocka_unit_test(test_svg_helper__threads_draw_side_by_side),
        cmocka_unit_test(test_svg_helper__needs_no_exit_status),
#endif
        cmocka_unit_test(test_svg_helper__a_helper_that_misbehaves_is_an_error),
        cmocka_unit_test(test_svg_helper__a_helper_that_hangs_is_killed),
        cmocka_unit_test(test_svg_helper__says_how_to_get_the_helper),
    };

    return cmocka_run_group_tests_name("svg_helper", tests, NULL, NULL);
}
