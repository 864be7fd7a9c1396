/*
 * The page holds what strangers wrote: names, texts, reasons. None of it may become markup, and a
 * page is there whole or not at all.
 */
#include "fc_test.h"

#include <math.h>
#include <sys/stat.h>

#include <featcache/report.h>

#include "fc_page.h"

static const char hostile[] = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&lt;\x01"
                              "\xe2\x80\xae"
                              "evil";

static char *read_page(const char *path)
{
    size_t size;
    uint8_t *bytes = fc_test_read_file(path, &size);
    char *text = strndup((const char *)bytes, size);

    assert_int_equal(strlen(text), size); /* no NUL */
    free(bytes);
    return text;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        n++;
    return n;
}

/* What no text from outside may bring in. */
static void check_harmless(const char *page)
{
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<img src=x"));
    assert_null(strstr(page, "\"'>"));
    assert_null(strstr(page, "\xe2\x80\xae"));
    assert_null(strchr(page, '\x01'));
    assert_null(strstr(page, "http://"));
    assert_null(strstr(page, "https://"));
    assert_non_null(strstr(page, "default-src 'none'"));
    assert_non_null(strstr(page, "</body></html>"));
    assert_int_equal(count(page, "<figure>"), count(page, "</figure>"));
    assert_int_equal(count(page, "<h2>"), count(page, "</h2>"));
}

static void test_page__nothing_from_outside_is_markup(void **state)
{
    const uint8_t image[3] = {'a', 'b', 'c'};
    const fc_page_card card = {.title = hostile,
                               .caption = hostile,
                               .text = hostile,
                               .note = hostile,
                               .image = image,
                               .image_bytes = 3,
                               .image_type = "image/jpeg",
                               .sound = image,
                               .sound_bytes = 3,
                               .sound_type = "audio/ogg",
                               .has_score = true,
                               .score = 0.5,
                               .score_low = 0,
                               .score_high = 1};
    const fc_page_card odd = {
        .title = "", .has_score = true, .score = (double)NAN, .score_low = 1, .score_high = 1};
    char *path = fc_test_path("hostile.html"), *page;
    fc_page *p;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__page_create(&p, hostile, &err), &err);
    fc__page_section(p, hostile);
    fc__page_fact(p, hostile, hostile);
    fc__page_facts_end(p);
    fc__page_notice(p, hostile);
    fc__page_text(p, hostile);
    fc__page_grid_begin(p);
    fc__page_card(p, &card);
    fc__page_card(p, &odd);
    fc__page_grid_end(p);
    assert_status(FC_OK, fc__page_save(p, path, &err), &err);
    fc__page_destroy(p);
    page = read_page(path);
    check_harmless(page);
    assert_non_null(strstr(page, "&lt;script&gt;"));
    assert_non_null(strstr(page, "data:image/jpeg;base64,YWJj"));
    assert_non_null(strstr(page, "src=\"data:audio/ogg;base64,YWJj\"></audio>"));
    assert_non_null(strstr(page, "media-src data:"));
    assert_non_null(strstr(page, "&amp;lt;"));
    free(page);
    free(path);
}

/* Hits as a store may give them: hostile in every field, their picture missing, not a picture, or
 * outside of the folder. */
static void test_page__hits_without_their_pictures(void **state)
{
    char *root = fc_test_path("root"), *inside = fc_test_path("root/notes.jpg");
    char *path = fc_test_path("hits.html"), *page;
    const fc_query_hit hits[] = {
        {.rank = 1,
         .score = 0.9,
         .dataset = hostile,
         .id = hostile,
         .group = "",
         .split = "",
         .path = "no/such.jpg",
         .preview = "",
         .root = root,
         .meta_json = "{}",
         .modality = FC_IMAGE},
        {.rank = 2,
         .score = -0.2,
         .dataset = "set",
         .id = "b",
         .group = "",
         .split = "",
         .path = "notes.jpg",
         .preview = "",
         .root = root,
         .meta_json = "{}",
         .modality = FC_IMAGE},
        {.rank = 3,
         .score = 0.1,
         .dataset = "set",
         .id = "c",
         .group = "",
         .split = "",
         .path = "../hits.html",
         .preview = "",
         .root = root,
         .meta_json = "{}",
         .modality = FC_IMAGE},
        {.rank = 4,
         .score = 0.1,
         .dataset = "set",
         .id = "d",
         .group = "",
         .split = "",
         .path = "x",
         .preview = "",
         .root = "/no/such/folder",
         .meta_json = "{}",
         .modality = FC_IMAGE},
        {.rank = 5,
         .score = 0.1,
         .dataset = "set",
         .id = "e",
         .group = "",
         .split = "",
         .path = "",
         .preview = hostile,
         .root = root,
         .meta_json = "{}",
         .modality = FC_TEXT,
         .via_id = hostile},
        {.rank = 6,
         .score = 0.1,
         .dataset = "set",
         .id = hostile,
         .group = "",
         .split = "",
         .path = "notes.jpg",
         .preview = "",
         .root = root,
         .meta_json = "{}",
         .modality = FC_AUDIO},
        {.rank = 7,
         .score = 0.1,
         .dataset = "set",
         .id = "g",
         .group = "",
         .split = "",
         .path = "no.ogg",
         .preview = "",
         .root = root,
         .meta_json = "{}",
         .modality = FC_AUDIO},
        {.rank = 8,
         .score = 0.1,
         .dataset = "set",
         .id = "h",
         .group = "",
         .split = "",
         .path = "notes.jpg",
         .preview = "",
         .root = root,
         .meta_json = "{}",
         .modality = FC_POINTS},
    };
    const fc_query_result result = {.encoder = hostile,
                                    .fingerprint = "00",
                                    .output = hostile,
                                    .index_kinds = "Flat",
                                    .n_hits = 8,
                                    .input = &hits[0],
                                    .hits = hits,
                                    .via_groups = true};
    const fc_query_result nothing = {
        .encoder = "e", .fingerprint = "00", .output = "o", .index_kinds = "scan"};
    fc_query by_text = FC_QUERY_INIT, by_file = FC_QUERY_INIT;
    const fc_report_query queries[] = {{&by_text, &result}, {&by_file, &nothing}};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    by_text.text = hostile;
    by_file.file = "/no/such/file.jpg";
    assert_int_equal(mkdir(root, 0755), 0);
    fc_test_write_text(inside, "no picture at all");
    assert_status(FC_OK, fc_report_queries(path, hostile, queries, 2, &err), &err);
    page = read_page(path);
    check_harmless(page);
    assert_int_equal(count(page, "no thumbnail: "), 6);
    assert_int_equal(count(page, "no player: "), 2);
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "<audio"));
    assert_non_null(strstr(page, "Nothing was found."));
    assert_non_null(strstr(page, "through &lt;script&gt;"));
    free(page);
    free(path);
    free(inside);
    free(root);
}

static void test_page__whole_or_not_at_all(void **state)
{
    char *path = fc_test_path("no/folder/page.html");
    fc_page *p;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__page_create(&p, "t", &err), &err);
    assert_status(FC_E_NOT_FOUND, fc__page_save(p, path, &err), &err);
    assert_int_not_equal(access(path, F_OK), 0);
    fc__page_destroy(p);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page__nothing_from_outside_is_markup),
        cmocka_unit_test(test_page__hits_without_their_pictures),
        cmocka_unit_test(test_page__whole_or_not_at_all),
    };

    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
