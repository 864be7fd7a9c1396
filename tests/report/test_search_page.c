/*
 * The page of a search server: whatever was sent stands in the form again and is no markup; each
 * hit leads on to its like, by an address in which nothing means anything.
 */
#include "fc_test.h"

#include <featcache/encode.h>
#include <featcache/report.h>

static const char hostile[] = "<script>\"'&=?#%+ \xc3\xa9\xe2\x80\xae</select>";

static char *make(const fc_report_form *form, const fc_report_query *asked, const char *problem)
{
    fc_error err = FC_ERROR_INIT;
    char *html;
    size_t n;

    assert_status(FC_OK, fc_report_search("a <store>", form, asked, problem, &html, &n, &err),
                  &err);
    assert_int_equal(strlen(html), n);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "http"
                             "://"));
    assert_non_null(strstr(html, "<h1>a &lt;store&gt;</h1>"));
    assert_non_null(strstr(html, "</form>"));
    assert_non_null(strstr(html, "</body></html>"));
    return html;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        n++;
    return n;
}

static void test_search_page__an_empty_form(void **state)
{
    const char *const encoders[] = {"hog", "hashtext"};
    fc_report_form form = FC_REPORT_FORM_INIT;
    char *page;

    (void)state;
    form.encoders = encoders;
    form.n_encoders = 2;
    page = make(&form, NULL, NULL);
    assert_int_equal(count(page, "<figure"), 0);
    assert_int_equal(count(page, "<label"), 9); /* no spaces to choose from */
    assert_int_equal(count(page, "<label"), count(page, "</label>"));
    assert_int_equal(count(page, "type=\"file\" name=\"file\""), 1);
    assert_non_null(strstr(page, "method=\"post\" enctype=\"multipart/form-data\" action=\"/\""));
    assert_non_null(strstr(page, "<option value=\"\" selected>the newest that fits</option>"));
    assert_non_null(strstr(page, "<option value=\"hog\">hog</option>"));
    assert_null(strstr(page, "name=\"space\""));
    fc_string_free(page);
}

static void test_search_page__what_was_sent_is_there_again(void **state)
{
    const char *const spaces[] = {"clip", hostile};
    fc_report_form form = FC_REPORT_FORM_INIT;
    char *page;

    (void)state;
    form.text = form.id = form.where = form.k = form.encoder = form.dataset = hostile;
    form.modality = "image,text";
    form.calibrate = "fair";
    form.explain = "true";
    form.space = "clip";
    form.spaces = spaces;
    form.n_spaces = 2;
    page = make(&form, NULL, hostile);
    assert_int_equal(
        count(page, " value=\"&lt;script&gt;&quot;&#39;&amp;=?#%+ \xc3\xa9&lt;/select&gt;\""),
        7); /* five fields, one chosen besides each of two lists, one of the spaces */
    /* What no list has is kept as a choice. */
    assert_non_null(strstr(page, "<option value=\"image,text\" selected>image,text</option>"));
    assert_non_null(strstr(page, "<option value=\"clip\" selected>clip</option>"));
    assert_non_null(strstr(page, "<option value=\"fair\" selected>"));
    assert_non_null(strstr(page, "<option value=\"true\" selected>"));
    assert_int_equal(count(page, " selected>"), 6);
    assert_non_null(strstr(page, "<p class=\"notice\">&lt;script&gt;"));
    fc_string_free(page);
}

static void test_search_page__hits_lead_to_their_like(void **state)
{
    const fc_query_hit hits[] = {{.rank = 1,
                                  .score = 0.9,
                                  .dataset = "set",
                                  .id = "a b/\xc3\xa9&x=1.png",
                                  .group = "",
                                  .split = "",
                                  .path = "",
                                  .preview = "",
                                  .root = "/",
                                  .meta_json = "{}",
                                  .modality = FC_TEXT},
                                 {.rank = 2,
                                  .score = 0.1,
                                  .dataset = "set",
                                  .id = "c",
                                  .group = "",
                                  .split = "",
                                  .path = "",
                                  .preview = "",
                                  .root = "/",
                                  .meta_json = "{}",
                                  .modality = FC_VECTOR}};
    const fc_query_result result = {.encoder = "e",
                                    .fingerprint = "00",
                                    .output = "o",
                                    .index_kinds = "Flat",
                                    .n_hits = 2,
                                    .hits = hits,
                                    .matched_modality = FC_TEXT};
    fc_query q = FC_QUERY_INIT;
    const fc_report_query asked = {&q, &result};
    fc_report_form form = FC_REPORT_FORM_INIT;
    char *page;

    (void)state;
    q.text = form.text = "a fish";
    form.encoder = "e+1";
    form.k = "5";
    form.where = "x = 'a b'";
    page = make(&form, &asked, NULL);
    assert_int_equal(count(page, "more like this</a>"), 2);
    /* The encoder goes along where it takes the hit; the text that was asked does not. */
    assert_non_null(strstr(page,
                           "<a href=\"/?encoder=e%2B1&amp;where=x%20%3D%20%27a%20b%27&amp;k=5&amp;"
                           "id=set%2Fa%20b%2F%C3%A9%26x%3D1.png\">"));
    assert_non_null(
        strstr(page, "<a href=\"/?where=x%20%3D%20%27a%20b%27&amp;k=5&amp;id=set%2Fc\">"));
    fc_string_free(page);
}

static void test_search_page__a_form_of_another_size_is_refused(void **state)
{
    fc_report_form form = FC_REPORT_FORM_INIT;
    fc_error err = FC_ERROR_INIT;
    char *html = (char *)1;
    size_t n;

    (void)state;
    form.struct_size--;
    assert_status(FC_E_INVALID, fc_report_search("t", &form, NULL, NULL, &html, &n, &err), &err);
    assert_null(html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_page__an_empty_form),
        cmocka_unit_test(test_search_page__what_was_sent_is_there_again),
        cmocka_unit_test(test_search_page__hits_lead_to_their_like),
        cmocka_unit_test(test_search_page__a_form_of_another_size_is_refused),
    };

    return cmocka_run_group_tests_name("search_page", tests, NULL, NULL);
}
