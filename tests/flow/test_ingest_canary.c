/*
 * Canaries through the public calls: an ingest makes them, whatever the number of workers, and asks
 * them; each level is found in features that another encoder, or noise, stands in for; from
 * resampling on nothing is encoded; the ways out lead out.
 */
#include "flow_fixture.h"

#include <featcache/audit_canary.h>

#include "canary_encode.h"
#include "fc_card.h"
#include "fc_rng.h"
#include "fc_store_read.h"
#include "fc_store_write.h"

#define N_PICTURES 12

static void start(flow *f, const char *name)
{
    static const char *const encoders[] = {FLOW_TEXT, FLOW_IMAGE};

    flow_begin(f, name);
    f->opts.encoders = encoders;
    f->opts.n_encoders = 2;
    for (unsigned i = 0; i < N_PICTURES; i++) {
        char file[32], text[64];

        snprintf(file, sizeof(file), "p%02u.jpg", i);
        flow_jpeg(f, file, i);
        snprintf(file, sizeof(file), "p%02u.txt", i);
        snprintf(text, sizeof(text), "picture number %u of a few", i);
        flow_text(f, file, text);
    }
    assert_status(FC_OK, flow_run(f), &f->err);
}

static fc_canary_report audit(flow *f, const fc_canary_options *opts, uint32_t flags)
{
    fc_store_options how = FC_STORE_OPTIONS_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_canary_report r;
    fc_store *store;

    how.flags = flags;
    assert_status(FC_OK, fc_store_open(&store, f->store, &how, &err), &err);
    assert_status(FC_OK, fc_audit_canary(store, opts, &r, &err), &err);
    fc_store_close(store);
    return r;
}

static fc_canary_level level(flow *f)
{
    fc_canary_report r = audit(f, NULL, FC_STORE_READ_ONLY);
    const fc_canary_level l = r.level;

    fc_canary_report_dispose(&r);
    return l;
}

/* Change a canary of the store as its features' owner: a program of before. */
static void change(flow *f, const char *encoder, void (*each)(fc_canary_input *in, const void *how),
                   const void *how)
{
    fc_store_options open = FC_STORE_OPTIONS_INIT;
    const fc_encoder_info *info;
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *s;
    fc_canary c;
    fc_store *store;
    fc_writer *w;

    assert_status(FC_OK, fc_store_open(&store, f->store, &open, &err), &err);
    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    assert_status(FC_OK, fc_snapshot_find_encoder(s, encoder, &info, &err), &err);
    assert_status(FC_OK, fc__snapshot_canary(s, info->id, &c, &err), &err);
    assert_int_equal(c.n_inputs, FC_CANARY_INPUTS);
    for (size_t i = 0; i < c.n_inputs; i++)
        each(&c.inputs[i], how);
    assert_status(FC_OK, fc__writer_open(&w, store, NULL, &err), &err);
    assert_status(FC_OK, fc__writer_canary(w, info->id, &c, &err), &err);
    fc__writer_close(w);
    fc__canary_dispose(&c);
    fc_snapshot_end(s);
    fc_store_close(store);
}

/* Every number off by a share of itself. */
static void noise(fc_canary_input *in, const void *how)
{
    const double share = *(const double *)how;
    fc_rng rng = fc__rng_seed(11);

    for (size_t k = 0; k < in->n_outputs; k++) {
        fc_canary_output *o = &in->outputs[k];

        o->digest.low ^= 1;
        for (size_t i = 0; i < (size_t)o->n_kept * o->n_each; i++)
            o->kept[i] *= (float)(1 + share * (fc__rng_unit(&rng) < 0.5 ? -1 : 1));
    }
}

static void one_bit(fc_canary_input *in, const void *how)
{
    (void)how;
    in->outputs[0].digest.high ^= 1;
}

/* The features that another card makes of the same input. */
static void by_card(fc_canary_input *in, const void *how)
{
    const char *yaml = how;
    fc_error err = FC_ERROR_INIT;
    fc_features features = FC_FEATURES_INIT;
    fc_encoder_worker *w;
    fc_encoder *e;
    fc_card *card;
    size_t n;

    assert_status(FC_OK, fc__card_parse(&card, yaml, strlen(yaml), "other.yaml", NULL, &err), &err);
    assert_status(FC_OK, fc__encoder_create(&e, card, &err), &err);
    assert_status(FC_OK, fc__encoder_worker_create(&w, e, &err), &err);
    assert_status(FC_OK, fc__canary_run(w, in, NULL, &features, &err), &err);
    assert_status(FC_OK, fc__canary_take(in, e, &features, true, &n, &err), &err);
    fc__features_dispose(&features);
    fc__encoder_worker_destroy(w);
    fc__encoder_destroy(e);
    fc__card_destroy(card);
}

/* ---- */

static void test_canary__is_made_by_the_first_ingest_and_found_the_same(void **state)
{
    fc_canary_report r;
    flow f;

    (void)state;
    start(&f, "made");
    r = audit(&f, NULL, FC_STORE_READ_ONLY);
    assert_int_equal(r.n_encoders, 2);
    assert_int_equal(r.level, FC_CANARY_SAME);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(r.encoders[i].state, FC_CANARY_CHECKED);
        assert_int_equal(r.encoders[i].n_inputs, FC_CANARY_INPUTS);
        for (size_t k = 0; k < r.encoders[i].n_outputs; k++)
            assert_int_equal(r.encoders[i].outputs[k].n_same, FC_CANARY_INPUTS);
    }
    fc_canary_report_dispose(&r);
    assert_status(FC_OK, flow_run(&f), &f.err);
    assert_string_equal(f.notices, "");
    flow_end(&f);
}

static void test_canary__has_every_level(void **state)
{
    static const struct {
        double share;
        fc_canary_level level;
    } rungs[] = {{1e-6, FC_CANARY_ROUNDING},
                 {3e-3, FC_CANARY_BATCHING},
                 {3e-2, FC_CANARY_RESAMPLING},
                 {0.5, FC_CANARY_BROKEN}};
    flow f;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char name[32];

        snprintf(name, sizeof(name), "level%zu", i);
        start(&f, name);
        change(&f, "hog", noise, &rungs[i].share);
        assert_int_equal(level(&f), rungs[i].level);
        flow_end(&f);
    }
    start(&f, "bit");
    change(&f, "hashtext", one_bit, NULL);
    assert_int_equal(level(&f), FC_CANARY_ROUNDING);
    assert_status(FC_OK, flow_run(&f), &f.err); /* told, and gone on */
    assert_non_null(strstr(f.notices, "rounding"));
    flow_end(&f);
}

/* A resize that is not the one of before, all else being equal. */
static void test_canary__stops_an_ingest_before_it_encodes(void **state)
{
    fc_canary_options accept = FC_CANARY_OPTIONS_INIT;
    fc_canary_report r;
    char *before, *after;
    flow f;

    (void)state;
    start(&f, "stops");
    change(&f, "hog", by_card,
           "name: hog\nmodality: image\nencoder: builtin/hog\nparams: { filter: bilinear }\n");
    r = audit(&f, NULL, FC_STORE_READ_ONLY);
    assert_true(r.level >= FC_CANARY_RESAMPLING);
    assert_non_null(r.encoders[0].outputs[0].name);
    fc_canary_report_dispose(&r);

    before = flow_state(f.store, "set");
    flow_jpeg(&f, "new.jpg", 77);
    assert_status(FC_E_CHANGED, flow_run(&f), &f.err);
    assert_non_null(strstr(f.err.message, "variant"));
    assert_non_null(strstr(f.err.message, "--accept"));
    assert_non_null(strstr(f.err.message, "--no-canary"));
    assert_int_equal(f.report.encoded, 0);
    after = flow_state(f.store, "set");
    assert_string_equal(before, after);
    free(before);
    free(after);

    accept.accept = true;
    accept.encoder = "hog";
    r = audit(&f, &accept, 0);
    assert_int_equal(r.n_encoders, 1);
    assert_true(r.encoders[0].accepted && r.level >= FC_CANARY_RESAMPLING);
    fc_canary_report_dispose(&r);
    assert_int_equal(level(&f), FC_CANARY_SAME);
    assert_status(FC_OK, flow_run(&f), &f.err);
    assert_int_equal(f.report.encoded, 1);
    flow_end(&f);
}

static void test_canary__is_not_asked_where_nobody_wants_it(void **state)
{
    const double share = 0.5;
    flow f;

    (void)state;
    start(&f, "unasked");
    change(&f, "hog", noise, &share);
    f.opts.no_canary = true;
    assert_status(FC_OK, flow_run(&f), &f.err);
    f.opts.no_canary = false;
    f.opts.encoders = flow_text_only; /* not asked of encoders that the run has not */
    f.opts.n_encoders = 1;
    assert_status(FC_OK, flow_run(&f), &f.err);
    flow_end(&f);
}

/* A store from before there were canaries gets them at its next ingest, though nothing is read. */
static void test_canary__is_made_for_an_older_store(void **state)
{
    fc_canary_options add = FC_CANARY_OPTIONS_INIT;
    fc_canary_report r;
    flow f;

    (void)state;
    flow_begin(&f, "older");
    f.opts.no_canary = true;
    for (unsigned i = 0; i < N_PICTURES; i++) {
        char file[32];

        snprintf(file, sizeof(file), "p%02u.jpg", i);
        flow_jpeg(&f, file, i);
    }
    f.opts.encoders = (const char *const[]){FLOW_IMAGE};
    f.opts.n_encoders = 1;
    flow_settle();
    assert_status(FC_OK, flow_run(&f), &f.err);
    r = audit(&f, NULL, FC_STORE_READ_ONLY);
    assert_int_equal(r.encoders[0].state, FC_CANARY_NONE);
    fc_canary_report_dispose(&r);
    f.opts.no_canary = false;
    assert_status(FC_OK, flow_run(&f), &f.err);
    assert_int_equal(f.report.encoded, 0);
    r = audit(&f, NULL, FC_STORE_READ_ONLY);
    assert_int_equal(r.encoders[0].state, FC_CANARY_CHECKED);
    assert_int_equal(r.encoders[0].n_inputs, FC_CANARY_INPUTS);
    fc_canary_report_dispose(&r);
    add.n_add = 3;
    r = audit(&f, &add, 0);
    assert_int_equal(r.encoders[0].n_added, 3);
    assert_int_equal(r.encoders[0].n_inputs, FC_CANARY_INPUTS + 3);
    fc_canary_report_dispose(&r);
    add.n_add = 60; /* one picture is left */
    r = audit(&f, &add, 0);
    assert_int_equal(r.encoders[0].n_added, 1);
    fc_canary_report_dispose(&r);
    flow_end(&f);
}

/* The same source in the same store, once with one worker, once with seven: the same inputs. */
static void test_canary__does_not_depend_on_workers(void **state)
{
    fc_sha256 first[FC_CANARY_INPUTS];

    (void)state;
    for (uint32_t jobs = 1; jobs <= 7; jobs += 6) {
        fc_store_options open = FC_STORE_OPTIONS_INIT;
        fc_error err = FC_ERROR_INIT;
        fc_snapshot *s;
        fc_store *store;
        fc_canary c;
        flow f;

        start(&f, jobs == 1 ? "one" : "seven");
        fc_test_remove_tree(f.store);
        f.opts.jobs = jobs;
        assert_status(FC_OK, flow_run(&f), &f.err);
        assert_status(FC_OK, fc_store_open(&store, f.store, &open, &err), &err);
        assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
        assert_status(FC_OK, fc__snapshot_canary(s, 2, &c, &err), &err);
        assert_int_equal(c.n_inputs, FC_CANARY_INPUTS);
        for (size_t i = 0; i < FC_CANARY_INPUTS; i++)
            if (jobs == 1)
                first[i] = c.inputs[i].content;
            else
                assert_memory_equal(&first[i], &c.inputs[i].content, sizeof(first[i]));
        fc__canary_dispose(&c);
        fc_snapshot_end(s);
        fc_store_close(store);
        flow_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canary__is_made_by_the_first_ingest_and_found_the_same),
        cmocka_unit_test(test_canary__has_every_level),
        cmocka_unit_test(test_canary__stops_an_ingest_before_it_encodes),
        cmocka_unit_test(test_canary__is_not_asked_where_nobody_wants_it),
        cmocka_unit_test(test_canary__is_made_for_an_older_store),
        cmocka_unit_test(test_canary__does_not_depend_on_workers),
    };

    return cmocka_run_group_tests_name("ingest_canary", tests, NULL, NULL);
}
