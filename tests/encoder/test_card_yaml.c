/*
 * Unit tests of src/encoder/fc_card_yaml.c and fc_card.c: cards by name, by path and from text, the
 * same card however it is written, and every problem in its exact words.
 */
#include "fc_test.h"

#include "fc_builtin.h"
#include "fc_card.h"
#include "fc_card_build.h"

/* Parse a copy of its exact size, so that ASan sees any overread. */
static fc_status parse(fc_card **out, const char *text, fc_buf *problems, fc_error *err)
{
    const size_t n = strlen(text);
    char *exact = malloc(n > 0 ? n : 1);
    fc_status st;

    assert_non_null(exact);
    memcpy(exact, text, n);
    st = fc__card_parse(out, exact, n, "a.yaml", problems, err);
    free(exact);
    return st;
}

static fc_card *must_parse(const char *text)
{
    fc_error err = FC_ERROR_INIT;
    fc_card *card = NULL;

    assert_status(FC_OK, parse(&card, text, NULL, &err), &err);
    return card;
}

#define HEAD "name: a\nmodality: image\nencoder: builtin/hog\n"

static void assert_problems(const char *text, const char *want)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf problems = FC_BUF_INIT;
    fc_card *card = NULL;
    char *first;

    assert_status(FC_E_FORMAT, parse(&card, text, &problems, &err), &err);
    assert_null(card);
    assert_string_equal((const char *)problems.data, want);
    first = strndup(want, strcspn(want, "\n"));
    assert_string_equal(err.message, first);
    free(first);
    fc_buf_dispose(&problems);
    /* Without a list the message is the same. */
    assert_status(FC_E_FORMAT, parse(&card, text, NULL, NULL), &err);
}

static void test_card__says_what_is_wrong_and_what_would_be_right(void **state)
{
    static const struct {
        const char *text, *problems;
    } cases[] = {
        {"- a\n", "a.yaml:1: a card is a map; write 'key: value' lines, 'name:' first\n"},
        {"modality: image\nencoder: builtin/hog\n",
         "a.yaml:1: key 'name' is missing; add 'name:' with a text\n"},
        {"name: a\n",
         "a.yaml:1: key 'modality' is missing; add 'modality:' with image, text, audio, points or vector\n"
         "a.yaml:1: key 'encoder' is missing; add 'encoder:' with builtin/hog, "
         "builtin/hashtext, builtin/mfcc, builtin/fpfh, builtin/precomputed or builtin/lab-hog-lbp\n"},
        {"name: A b\nmodality: image\nencoder: builtin/hog\n",
         "a.yaml:1: name is 'A b'; write 1 to 64 of a-z 0-9 . _ - and begin with a letter or "
         "digit\n"},
        {"name: -a\nmodality: image\nencoder: builtin/hog\n",
         "a.yaml:1: name is '-a'; write 1 to 64 of a-z 0-9 . _ - and begin with a letter or "
         "digit\n"},
        {HEAD "variant: a b\n",
         "a.yaml:4: variant is 'a b'; write at most 64 of A-Z a-z 0-9 . _ + -\n"},
        {"name: a\nmodality: image\nencoder: builtin/hgo\n",
         "a.yaml:3: encoder is 'builtin/hgo'; did you mean 'builtin/hog'? It can be builtin/hog, "
         "builtin/hashtext, builtin/mfcc, builtin/fpfh, builtin/precomputed or builtin/lab-hog-lbp\n"},
        {"name: a\nmodality: image\nencoder: resnet\n",
         "a.yaml:3: encoder is 'resnet'; write builtin/hog, builtin/hashtext, builtin/mfcc, builtin/fpfh, builtin/precomputed or builtin/lab-hog-lbp\n"},
        {"name: a\nmodality: text\nencoder: builtin/hog\n",
         "a.yaml:2: modality is 'text'; builtin/hog takes image\n"},
        {"name: a\nmodality: imgae\nencoder: builtin/hog\n",
         "a.yaml:2: modality is 'imgae'; did you mean 'image'? It can be image, text, audio, points or vector\n"},
        {HEAD "output: [grid]\n", "a.yaml:4: unknown key 'output'; did you mean 'outputs'?\n"},
        {HEAD "batch: 32\n",
         "a.yaml:4: unknown key 'batch'; known here: modality, model, encoder, name, "
         "variant, params or outputs\n"},
        {HEAD "params: 3\n", "a.yaml:4: params is one value; write a map ('key: value' lines)\n"},
        {HEAD "params: {siez: 224}\n", "a.yaml:4: unknown key 'siez'; did you mean 'size'?\n"},
        /* A rule between values, shown at the line of the one it names. */
        {HEAD "params:\n  bins: 9\n  size: 113\n",
         "a.yaml:6: size is 113: it has to be a multiple of 14, such as 112 or 224\n"},
        {HEAD "outputs: []\n", "a.yaml:4: outputs is empty; list one such as { name: map }, or "
                               "leave the key out for all of them\n"},
        {HEAD "outputs: [grid]\n",
         "a.yaml:4: an output is a map; write { name: map, precision: f32 }\n"},
        {HEAD "outputs:\n  - { name: gird }\n",
         "a.yaml:5: name is 'gird'; did you mean 'grid'? It can be map, grid or pooled\n"},
        {HEAD "outputs:\n  - { precision: f8 }\n",
         "a.yaml:5: key 'name' is missing; add 'name:' with map, grid or pooled\n"
         "a.yaml:5: precision is 'f8'; write f32, f16, bf16 or int8\n"},
        {HEAD "outputs:\n  - { name: grid, precision: fp16 }\n",
         "a.yaml:5: precision is 'fp16'; did you mean 'f16'? It can be f32, f16, bf16 or int8\n"},
        {HEAD "outputs:\n  - { name: grid, size: 3 }\n",
         "a.yaml:5: unknown key 'size'; known here: name or precision\n"},
        {HEAD "outputs:\n  - { name: grid }\n  - { name: grid }\n",
         "a.yaml:6: output 'grid' is there twice; keep one of them\n"},
        {HEAD "name: b\n", "a.yaml:4: key 'name' is there already, at line 1; keep one of them\n"},
        {HEAD "params: [\n", "a.yaml:5: did not find expected node content, while parsing a flow "
                             "node that starts at line 5\n"},
        /* All of them in one go, in the order of lines. */
        {"nmae: a\nmodality: text\nencoder: builtin/hog\nvariant: '?'\nparams:\n  size: huge\n"
         "outputs:\n  - { name: grid, precision: 16 }\n",
         "a.yaml:1: key 'name' is missing; add 'name:' with a text\n"
         "a.yaml:1: unknown key 'nmae'; did you mean 'name'?\n"
         "a.yaml:2: modality is 'text'; builtin/hog takes image\n"
         "a.yaml:4: variant is '?'; write at most 64 of A-Z a-z 0-9 . _ + -\n"
         "a.yaml:6: size is 'huge'; write a whole number from 28 to 448\n"
         "a.yaml:8: precision is '16'; did you mean 'f16'? It can be f32, f16, bf16 or int8\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_problems(cases[i].text, cases[i].problems);
}

/* For every parameter of every built-in, by its own table. */
static void test_card__checks_each_parameter_by_its_table(void **state)
{
    size_t n_builtins = 0, n_checked = 0;
    const fc_builtin *const *all = fc__builtins(&n_builtins);

    (void)state;
    for (size_t b = 0; b < n_builtins; b++)
        for (size_t i = 0; i < all[b]->n_params; i++) {
            const fc_param_spec *spec = &all[b]->params[i];
            static const char *const wrong[] = {"99999999999", "1e300", "yes", "no-such-choice",
                                                "no-such-list"};
            fc_error err = FC_ERROR_INIT;
            fc_card *card = NULL;
            char text[512], place[128];

            snprintf(text, sizeof(text), "name: a\nmodality: %s\nencoder: %s\nparams: { %s: %s }\n",
                     fc_modality_name(all[b]->modality), all[b]->name, spec->name,
                     wrong[spec->kind]);
            snprintf(place, sizeof(place), "a.yaml:4: %s is ", spec->name);
            assert_status(FC_E_FORMAT, parse(&card, text, NULL, &err), &err);
            if (strncmp(err.message, place, strlen(place)) != 0)
                fail_msg("'%s' does not begin with '%s'", err.message, place);
            assert_non_null(strstr(err.message, "; write "));
            n_checked++;
        }
    assert_true(n_checked > 4);
}

static void assert_same_version(const char *a, const char *b)
{
    fc_card *x = must_parse(a), *y = must_parse(b);

    assert_memory_equal(&x->fingerprint, &y->fingerprint, sizeof(x->fingerprint));
    assert_string_equal(x->canonical, y->canonical);
    fc__card_destroy(x);
    fc__card_destroy(y);
}

static void test_card__is_the_same_however_it_is_written(void **state)
{
    static const char plain[] = HEAD "params: {size: 112, bins: 9}\n"
                                     "outputs: [{name: grid, precision: f16}, {name: pooled}]\n";

    (void)state;
    assert_same_version(plain, "# a comment\nencoder: 'builtin/hog'\nvariant: \"\"\nname: \"a\"\n\n"
                               "params:\n  bins: 9   # default\n  size: 112\nmodality: image\n"
                               "outputs:\n  - name: pooled\n  - {precision: f16, name: grid}\n");
    assert_same_version(plain, "{name: a, modality: image, encoder: builtin/hog, params: {bins: 9, "
                               "size: 112}, outputs: [{name: grid, precision: \"f16\"}, {name: "
                               "pooled}]}");
}

/* A default written out is the default. */
static void test_card__defaults_may_be_written_or_left_out(void **state)
{
    size_t n_builtins = 0;
    const fc_builtin *const *all = fc__builtins(&n_builtins);

    (void)state;
    for (size_t b = 0; b < n_builtins; b++) {
        fc_error err = FC_ERROR_INIT;
        fc_buf text = FC_BUF_INIT;
        fc_card *card = NULL, *spelled;

        assert_status(FC_OK, fc__card_load(&card, all[b]->name, NULL, &err), &err);
        assert_int_equal(
            fc_buf_append_fmt(&text, NULL, "name: %s\nmodality: %s\nencoder: %s\nparams:\n",
                              card->name, fc_modality_name(card->modality), card->encoder),
            FC_OK);
        for (size_t i = 0; i < card->n_parts; i++)
            if (strncmp(card->parts[i].key, "params.", 7) == 0)
                assert_int_equal(fc_buf_append_fmt(&text, NULL, "  %s: %s\n",
                                                   card->parts[i].key + 7, card->parts[i].value),
                                 FC_OK);
        spelled = must_parse((const char *)text.data);
        assert_string_equal(spelled->canonical, card->canonical);
        assert_memory_equal(&spelled->fingerprint, &card->fingerprint, sizeof(card->fingerprint));
        assert_int_equal(card->n_parts, all[b]->n_params - all[b]->n_later + 4);
        assert_int_equal(card->n_outputs, all[b]->n_outputs);
        fc__card_destroy(spelled);
        fc__card_destroy(card);
        fc_buf_dispose(&text);
    }
}

#define TEXT_HEAD "name: t\nmodality: text\nencoder: builtin/hashtext\n"

/* Parameters that came later are not in a card at their defaults, so that versions from before stay
 * what they are; at other values they are. */
static void test_card__later_parameters_are_left_out_at_their_defaults(void **state)
{
    static const char *const others[] = {"normalise: nfkc",     "words: unicode", "cjk: pairs",
                                         "stop_words: english", "repair: true",   "idf: true"};
    fc_card *plain = must_parse(TEXT_HEAD);

    (void)state;
    assert_same_version(TEXT_HEAD,
                        TEXT_HEAD "params: {normalise: nfc, words: runs, cjk: characters, "
                                  "stop_words: none, repair: false, idf: false}\n");
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char text[256];
        fc_card *card;

        snprintf(text, sizeof(text), TEXT_HEAD "params: {%s}\n", others[i]);
        card = must_parse(text);
        assert_int_equal(card->n_parts, plain->n_parts + 1);
        assert_memory_not_equal(&card->fingerprint, &plain->fingerprint, sizeof(fc_sha256));
        fc__card_destroy(card);
    }
    fc__card_destroy(plain);
}

static void test_card__hog_is_upright_only_where_asked(void **state)
{
    fc_card *plain = must_parse(HEAD), *upright = must_parse(HEAD "params: {upright: true}\n");

    (void)state;
    assert_same_version(HEAD, HEAD "params: {upright: false}\n");
    assert_int_equal(upright->n_parts, plain->n_parts + 1);
    assert_string_equal(fc__card_part_value(upright, "params.upright"), "true");
    fc__card_destroy(plain);
    fc__card_destroy(upright);
}

static void write_list_card(const char *path, const char *list)
{
    char text[256];

    snprintf(text, sizeof(text), TEXT_HEAD "params: {stop_words: %s}\n", list);
    fc_test_write_text(path, text);
}

/* A list of one's own is read beneath the card's folder, and what is in it is what counts. */
static void test_card__a_list_is_part_of_it_by_its_words(void **state)
{
    char *card_path = fc_test_path("text.yaml"), *list_path = fc_test_path("stop.txt");
    char *other_path = fc_test_path("other.txt");
    fc_card *cards[3] = {NULL};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    fc_test_write_text(list_path, "the\nan a\n");
    fc_test_write_text(other_path, "| the same words\na an | twice\na\nthe");
    write_list_card(card_path, "stop.txt");
    assert_status(FC_OK, fc__card_load(&cards[0], card_path, NULL, &err), &err);
    assert_string_equal(fc__card_part_value(cards[0], "params.stop_words"), "file");
    assert_string_equal(fc__card_part_value(cards[0], "data.stop_words"), "a an the");
    write_list_card(card_path, "./other.txt");
    assert_status(FC_OK, fc__card_load(&cards[1], card_path, NULL, &err), &err);
    assert_memory_equal(&cards[0]->fingerprint, &cards[1]->fingerprint, sizeof(fc_sha256));
    fc_test_write_text(other_path, "a an");
    assert_status(FC_OK, fc__card_load(&cards[2], card_path, NULL, &err), &err);
    assert_memory_not_equal(&cards[0]->fingerprint, &cards[2]->fingerprint, sizeof(fc_sha256));
    for (size_t i = 0; i < 3; i++)
        fc__card_destroy(cards[i]);
    free(card_path);
    free(list_path);
    free(other_path);
}

static void test_card__a_list_that_cannot_be_taken_is_a_problem(void **state)
{
    static const struct {
        const char *list, *words;
    } cases[] = {
        {"nowhere.txt", "text.yaml:4: stop_words is 'nowhere.txt': "},
        {"/etc/passwd", "is absolute"},
        {"../stop.txt", "has a '..'"},
        {"./empty.txt", "has no words"},
        {"./bad.txt", "not UTF-8 at byte 1"},
        {"file", "write none, danish"},
        {"englich", "did you mean 'english'? It can be none, danish"},
        {"[a]", "text.yaml:4: stop_words"},
    };
    char *card_path = fc_test_path("text.yaml"), *empty = fc_test_path("empty.txt");
    char *bad = fc_test_path("bad.txt");

    (void)state;
    fc_test_write_text(empty, "| nothing\n");
    fc_test_write_text(bad, "a\xff");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_card *card = NULL;

        write_list_card(card_path, cases[i].list);
        assert_status(FC_E_FORMAT, fc__card_load(&card, card_path, NULL, &err), &err);
        if (strstr(err.message, cases[i].words) == NULL)
            fail_msg("'%s' does not say '%s'", err.message, cases[i].words);
    }
    free(card_path);
    free(empty);
    free(bad);
}

static void test_card__chooses_outputs_and_their_precision(void **state)
{
    fc_card *card = must_parse(HEAD "outputs: [{name: pooled, precision: int8}]\n");

    (void)state;
    assert_int_equal(card->n_outputs, 1);
    assert_string_equal(card->outputs[0].name, "pooled");
    assert_int_equal(card->outputs[0].precision, FC_I8);
    assert_int_equal(card->outputs[0].rank, 1);
    assert_true(card->outputs[0].searchable);
    fc__card_destroy(card);
}

static void test_card__built_ins_are_found_by_name(void **state)
{
    const char *const *names = fc__card_builtins();
    size_t n_builtins = 0;
    const fc_builtin *const *all = fc__builtins(&n_builtins);

    (void)state;
    for (size_t b = 0; b < n_builtins; b++) {
        fc_error err = FC_ERROR_INIT;
        fc_card *card = NULL;

        assert_string_equal(names[b], all[b]->name);
        assert_status(FC_OK, fc__card_load(&card, names[b], NULL, &err), &err);
        assert_string_equal(card->name, strchr(names[b], '/') + 1);
        assert_string_equal(card->origin, "(built in)");
        fc__card_destroy(card);
    }
    assert_null(names[n_builtins]);
}

static void test_card__says_when_there_is_none(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_card *card = NULL;

    (void)state;
    assert_status(FC_E_NOT_FOUND, fc__card_load(&card, "builtin/hgo", NULL, &err), &err);
    assert_string_equal(err.message,
                        "no built-in encoder 'builtin/hgo'; did you mean 'builtin/hog'?");
    assert_status(FC_E_NOT_FOUND, fc__card_load(&card, "builtin/resnet50", NULL, &err), &err);
    assert_string_equal(
        err.message,
        "no built-in encoder 'builtin/resnet50'; there are "
        "builtin/hog, builtin/hashtext, builtin/mfcc, builtin/fpfh, builtin/precomputed and builtin/lab-hog-lbp");
    assert_status(FC_E_NOT_FOUND, fc__card_load(&card, "no/such.yaml", NULL, &err), &err);
    assert_string_equal(
        err.message,
        "no card file 'no/such.yaml'; give a YAML file, builtin/hog, "
        "builtin/hashtext, builtin/mfcc, builtin/fpfh, builtin/precomputed or builtin/lab-hog-lbp");
    assert_null(card);
}

static void test_card__is_read_from_a_file(void **state)
{
    char *path = fc_test_path("hog.yaml");
    fc_error err = FC_ERROR_INIT;
    fc_buf problems = FC_BUF_INIT;
    fc_card *card = NULL;
    char want[1200];

    (void)state;
    fc_test_write_text(path, HEAD);
    assert_status(FC_OK, fc__card_load(&card, path, &problems, &err), &err);
    assert_string_equal(card->origin, path);
    assert_int_equal(problems.size, 0);
    fc__card_destroy(card);
    fc_test_write_text(path, "name: a\nmodality: image\nencoder: x\n");
    assert_status(FC_E_FORMAT, fc__card_load(&card, path, &problems, &err), &err);
    snprintf(
        want, sizeof(want),
        "%s:3: encoder is 'x'; write builtin/hog, builtin/hashtext, builtin/mfcc, builtin/fpfh, builtin/precomputed or builtin/lab-hog-lbp\n",
        path);
    assert_string_equal((const char *)problems.data, want);
    fc_buf_dispose(&problems);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_card__says_what_is_wrong_and_what_would_be_right),
        cmocka_unit_test(test_card__checks_each_parameter_by_its_table),
        cmocka_unit_test(test_card__is_the_same_however_it_is_written),
        cmocka_unit_test(test_card__defaults_may_be_written_or_left_out),
        cmocka_unit_test(test_card__later_parameters_are_left_out_at_their_defaults),
        cmocka_unit_test(test_card__hog_is_upright_only_where_asked),
        cmocka_unit_test(test_card__a_list_is_part_of_it_by_its_words),
        cmocka_unit_test(test_card__a_list_that_cannot_be_taken_is_a_problem),
        cmocka_unit_test(test_card__chooses_outputs_and_their_precision),
        cmocka_unit_test(test_card__built_ins_are_found_by_name),
        cmocka_unit_test(test_card__says_when_there_is_none),
        cmocka_unit_test(test_card__is_read_from_a_file),
    };

    return cmocka_run_group_tests_name("card_yaml", tests, NULL, NULL);
}
