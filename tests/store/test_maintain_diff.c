/*
 * Diff: each kind of change once, renames seen as such, and nothing else; fc_remove makes a version
 * that diff can tell from the one before.
 */
#include "maintain_test.h"

typedef struct seen {
    size_t n;
    char text[16][64]; /* "3 new old" */
} seen;

static void note(void *context, const fc_change *c)
{
    seen *s = context;

    assert_true(s->n < 16);
    snprintf(s->text[s->n++], sizeof(s->text[0]), "%d %s%s%s", (int)c->kind, c->id,
             c->old_id != NULL ? " " : "", c->old_id != NULL ? c->old_id : "");
}

static bool has(const seen *s, const char *text)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->text[i], text) == 0)
            return true;
    return false;
}

/* The source as version 1 had it (0), or as version 2 has it (1). */
static void put_all(fc_writer *w, int version)
{
    for (uint64_t i = 1; i <= 10; i++) {
        const uint64_t seed = version == 1 && i == 3 ? 103 : i; /* 3: other content */
        char id[16];

        if (version == 1 && i == 4) /* 4: gone */
            continue;
        /* 5 and 6: renamed; 7: another group; 8 is there twice from the start */
        snprintf(id, sizeof(id), version == 1 && (i == 5 || i == 6) ? "new/%d" : "s/%d", (int)i);
        assert_false(
            t_put_sample(w, id, seed, t_content(w, seed), version == 1 && i == 7 ? "other" : "g"));
    }
    assert_false(t_put_sample(w, "twin", 8, t_content(w, 8), "g"));
    if (version == 1)
        assert_false(t_put_sample(w, "s/11", 11, t_content(w, 11), "g"));
}

typedef struct fixture {
    char *path;
    fc_store *store;
} fixture;

/* Version 2 is made by removing what is gone and putting the rest. */
static fixture make(const char *name)
{
    fixture f = {.path = fc_test_path(name)};
    fc_error err = FC_ERROR_INIT;
    fc_encoder_ids ids;
    fc_writer *w;
    uint64_t n;

    f.store = t_open(f.path, 0);
    w = t_writer(f.store, 1);
    ids = t_encoder(w, "enc", 7);
    t_begin(w, "set", &ids);
    put_all(w, 0);
    t_commit(w);
    t_seal(w);
    fc__writer_close(w);
    assert_status(FC_OK, fc_remove(f.store, "set", "s/4", &n, &err), &err);
    assert_int_equal(n, 1);
    assert_status(FC_OK, fc_remove(f.store, "set", "s/5", &n, &err), &err);
    assert_status(FC_OK, fc_remove(f.store, "set", "s/6", &n, &err), &err);
    w = t_writer(f.store, 1);
    t_begin(w, "set", &ids);
    put_all(w, 1);
    t_commit(w);
    t_seal(w);
    fc__writer_close(w);
    return f;
}

static void test_diff__tells_each_change_once(void **state)
{
    fixture f = make("changes");
    fc_diff_report r;
    fc_error err = FC_ERROR_INIT;
    seen s = {0};

    (void)state;
    assert_status(FC_OK, fc_diff(f.store, "set@1", "set", note, &s, &r, &err), &err);
    assert_int_equal(r.n_added, 1);
    assert_int_equal(r.n_removed, 1);
    assert_int_equal(r.n_changed, 1);
    assert_int_equal(r.n_renamed, 2);
    assert_int_equal(r.n_relabelled, 1);
    assert_int_equal(r.n_same, 6); /* 1, 2, 8, 9, 10 and the twin */
    assert_int_equal(s.n, 6);
    assert_true(has(&s, "1 s/11"));
    assert_true(has(&s, "2 s/4"));
    assert_true(has(&s, "3 s/3"));
    assert_true(has(&s, "4 new/5 s/5"));
    assert_true(has(&s, "4 new/6 s/6"));
    assert_true(has(&s, "5 s/7"));

    /* The other way round, and against itself. */
    s.n = 0;
    assert_status(FC_OK, fc_diff(f.store, "set", "set@1", note, &s, &r, &err), &err);
    assert_true(has(&s, "2 s/11") && has(&s, "1 s/4") && has(&s, "4 s/5 new/5"));
    assert_int_equal(s.n, 6);
    assert_status(FC_OK, fc_diff(f.store, "set@1", "set@1", NULL, NULL, &r, &err), &err);
    assert_int_equal(r.n_same, 11);
    assert_int_equal(r.n_added + r.n_removed + r.n_changed + r.n_renamed + r.n_relabelled, 0);
    fc_store_close(f.store);
    m_assert_sound(f.path, true);
    free(f.path);
}

static void test_diff__says_which_version_is_missing(void **state)
{
    fixture f = make("missing");
    fc_diff_report r;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_NOT_FOUND, fc_diff(f.store, "set@1", "set@99", NULL, NULL, &r, &err), &err);
    assert_non_null(strstr(err.message, "99"));
    assert_status(FC_E_NOT_FOUND, fc_diff(f.store, "nobody", "set", NULL, NULL, &r, &err), &err);
    fc_store_close(f.store);
    free(f.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diff__tells_each_change_once),
        cmocka_unit_test(test_diff__says_which_version_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
