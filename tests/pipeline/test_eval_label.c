/*
 * k-NN accuracy against a count by hand, whatever the index is like; what it says when it cannot.
 */
#include "../flow/flow_fixture.h"

#include <featcache/query.h>

typedef struct evaluating {
    flow flow;
    fc_store *store;
    fc_eval_label_options opts;
    fc_eval_label_report report;
} evaluating;

/* Ten texts of three kinds: eight to learn from, two to ask; the second question looks like a bird
 * and is called a fish. */
static const char manifest[] = "id,text,kind,split\n"
                               "b1,a red bird sings in the tall tree,bird,train\n"
                               "b2,the red bird sings at night in the tree,bird,train\n"
                               "b3,one red bird sings loudly in a tree,bird,train\n"
                               "f1,a blue fish swims in the deep sea,fish,train\n"
                               "f2,the blue fish swims far out in the sea,fish,train\n"
                               "f3,one blue fish swims slowly in a sea,fish,train\n"
                               "s1,stones lie on dry ground,stone,train\n"
                               "s2,dry stones lie on the ground,stone,train\n"
                               "q1,two blue fish swims in the sea,fish,test\n"
                               "q2,two red bird sings in the tree,fish,test\n"
                               "n1,nobody said what this is,,train\n";

static void begin(evaluating *e, const char *name, bool no_index)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    char path[1200];
    const char *const sources[] = {path};

    memset(e, 0, sizeof(*e));
    flow_begin(&e->flow, name);
    flow_text(&e->flow, "m.csv", manifest);
    flow_path(&e->flow, "m.csv", path);
    e->flow.opts.encoders = flow_text_only;
    e->flow.opts.n_encoders = 1;
    e->flow.opts.no_index = no_index;
    assert_status(FC_OK, flow_run_sources(&e->flow, sources, 1), &e->flow.err);
    assert_status(FC_OK, fc_store_open(&e->store, e->flow.store, &opts, &e->flow.err),
                  &e->flow.err);
    e->opts = (fc_eval_label_options)FC_EVAL_LABEL_OPTIONS_INIT;
    e->opts.encoder = "hashtext";
    e->opts.label = "kind";
    e->opts.gallery_split = "train";
    e->opts.test_split = "test";
    e->opts.n_threads = 2;
}

static fc_status run(evaluating *e)
{
    return fc_eval_label(e->store, &e->opts, &e->report, &e->flow.err);
}

static void end(evaluating *e)
{
    fc_store_close(e->store);
    flow_end(&e->flow);
}

static void check_splits(evaluating *e)
{
    assert_status(FC_OK, run(e), &e->flow.err);
    assert_int_equal(e->report.queries, 2);
    assert_int_equal(e->report.gallery, 8); /* what has no label is no part of it */
    assert_int_equal(e->report.n_labels, 3);
    assert_float_equal(e->report.accuracy, 0.5, 0);
    assert_float_equal(e->report.majority, 1.0, 0); /* both questions are called fish */
    assert_true(e->report.low > 0 && e->report.low < 0.5);
    assert_true(e->report.high < 1 && e->report.high > 0.5);
}

static void test_eval__splits_with_and_without_an_index(void **state)
{
    evaluating e;

    (void)state;
    begin(&e, "scan", true);
    check_splits(&e);
    e.opts.k = 3;
    check_splits(&e);
    end(&e);
    begin(&e, "indexed", false);
    check_splits(&e);
    e.opts.k = 3;
    check_splits(&e);
    end(&e);
}

/* Its segments are cut or flipped: the blocks answer. */
static void test_eval__a_damaged_index(void **state)
{
    char command[1300];
    evaluating e;

    (void)state;
    begin(&e, "damaged", false);
    snprintf(command, sizeof(command),
             "for f in '%s'/segments/*.vec; do printf x | "
             "dd of=\"$f\" bs=1 seek=5000 conv=notrunc 2>/dev/null; done",
             e.flow.store);
    assert_int_equal(system(command), 0);
    check_splits(&e);
    snprintf(command, sizeof(command), "rm '%s'/segments/*", e.flow.store);
    assert_int_equal(system(command), 0);
    check_splits(&e);
    end(&e);
}

/* Each sample against all others, itself left out: with itself everything would be right. */
static void test_eval__leave_one_out(void **state)
{
    evaluating e;

    (void)state;
    begin(&e, "leave", false);
    e.opts.gallery_split = e.opts.test_split = NULL;
    assert_status(FC_OK, run(&e), &e.flow.err);
    assert_int_equal(e.report.queries, 10);
    assert_int_equal(e.report.gallery, 10);
    /* q2 is next to birds, and a bird or none may be next to q2: at most two or three are wrong. */
    assert_true(e.report.accuracy < 1.0);
    assert_true(e.report.accuracy >= 0.6);
    end(&e);
}

/* The version before is evaluated as it was, though its texts have gone. */
static void test_eval__a_pinned_version(void **state)
{
    fc_index_options opts = FC_INDEX_OPTIONS_INIT;
    fc_index_report report;
    char path[1200];
    const char *const sources[] = {path};
    evaluating e;

    (void)state;
    begin(&e, "pinned", false);
    flow_text(&e.flow, "m.csv", "id,text,kind,split\ns1,stones lie on dry ground,stone,train\n");
    flow_path(&e.flow, "m.csv", path);
    assert_status(FC_OK, flow_run_sources(&e.flow, sources, 1), &e.flow.err);
    opts.rebuild = true;
    assert_status(FC_OK, fc_index_update(e.store, &opts, &report, &e.flow.err), &e.flow.err);
    e.opts.dataset = "set@1";
    check_splits(&e);
    e.opts.dataset = "set";
    assert_status(FC_E_INVALID, run(&e), &e.flow.err); /* nobody asks any more */
    end(&e);
}

static void test_eval__errors(void **state)
{
    evaluating e;

    (void)state;
    begin(&e, "errors", false);
    e.opts.label = "nothing";
    assert_status(FC_E_INVALID, run(&e), &e.flow.err);
    assert_non_null(strstr(e.flow.err.message, "nothing"));
    e.opts.label = NULL;
    assert_status(FC_E_INVALID, run(&e), &e.flow.err);
    e.opts.label = "kind";
    e.opts.encoder = "nobody";
    assert_status(FC_E_NOT_FOUND, run(&e), &e.flow.err);
    e.opts.encoder = "hashtext";
    e.opts.dataset = "other";
    assert_status(FC_E_NOT_FOUND, run(&e), &e.flow.err);
    e.opts.dataset = NULL;
    e.opts.k = 100000;
    assert_status(FC_E_INVALID, run(&e), &e.flow.err);
    end(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eval__splits_with_and_without_an_index),
        cmocka_unit_test(test_eval__a_damaged_index),
        cmocka_unit_test(test_eval__leave_one_out),
        cmocka_unit_test(test_eval__a_pinned_version),
        cmocka_unit_test(test_eval__errors),
    };

    return cmocka_run_group_tests_name("eval label", tests, NULL, NULL);
}
