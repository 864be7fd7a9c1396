/* featcache eval --space: runs it, and prints what was measured. */
#include "eval_space.h"

#include <inttypes.h>

#include "cli_json.h"

static const char *const recall_keys[] = {"1", "5", "10"};

#define N_RECALLS (sizeof(recall_keys) / sizeof(recall_keys[0]))
#define PLACES    6

static json_t *ends(const fc_measured *m)
{
    return json_pack("[o,o]", cli_json_real(m->low, PLACES), cli_json_real(m->high, PLACES));
}

/* Adds recall, mrr and median_rank. */
static void add_values(json_t *to, const fc_retrieval *r)
{
    json_t *recall = json_object();

    for (size_t k = 0; k < N_RECALLS; k++)
        json_object_set_new(recall, recall_keys[k], cli_json_real(r->recall[k].value, PLACES));
    json_object_set_new(to, "recall", recall);
    json_object_set_new(to, "mrr", cli_json_real(r->mrr.value, PLACES));
    json_object_set_new(to, "median_rank", cli_json_real(r->median_rank.value, PLACES));
}

/* Adds `interval`, with a key for each measure. */
static void add_interval(json_t *to, const fc_retrieval *r)
{
    json_t *interval = json_object();

    for (size_t k = 0; k < N_RECALLS; k++)
        json_object_set_new(interval, recall_keys[k], ends(&r->recall[k]));
    json_object_set_new(interval, "mrr", ends(&r->mrr));
    json_object_set_new(interval, "median_rank", ends(&r->median_rank));
    json_object_set_new(to, "interval", interval);
}

static json_t *chance_of(const fc_retrieval *r)
{
    json_t *chance = json_object();

    for (size_t k = 0; k < N_RECALLS; k++)
        json_object_set_new(chance, recall_keys[k], cli_json_real(r->recall[k].value, PLACES));
    json_object_set_new(chance, "mrr", cli_json_real(r->mrr.value, PLACES));
    json_object_set_new(chance, "median_rank", cli_json_real(r->median_rank.value, PLACES));
    return chance;
}

static json_t *against_of(const eval_space *e, const fc_space_eval_report *r)
{
    json_t *against, *difference;

    if (e->opts.against == NULL)
        return json_null();
    against = json_pack("{s:o,s:I}", "space", cli_json_text(e->opts.against), "version",
                        (json_int_t)r->against_version);
    difference = json_object();
    add_values(against, &r->of_against);
    add_interval(against, &r->of_against);
    add_values(difference, &r->difference);
    add_interval(difference, &r->difference);
    json_object_set_new(against, "difference", difference);
    return against;
}

static json_t *splits_of(const eval_space *e, const fc_space_eval_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_splits; i++) {
        const fc_space_eval_split *s = &r->splits[i];
        json_t *one = json_pack("{s:I,s:I,s:I}", "seed", (json_int_t)s->seed, "queries",
                                (json_int_t)s->queries, "gallery", (json_int_t)s->gallery);
        json_t *other = e->opts.against != NULL ? json_object() : json_null();

        add_values(one, &s->of_space);
        if (e->opts.against != NULL)
            add_values(other, &s->of_against);
        json_object_set_new(one, "against", other);
        json_array_append_new(list, one);
    }
    return list;
}

static cli_exit print_json(const eval_space *e, const fc_space_eval_report *r)
{
    const fc_space_eval_options *o = &e->opts;
    json_t *object = json_pack(
        "{s:s,s:o,s:I,s:s,s:s,s:o,s:o,s:b,s:I,s:I,s:I,s:s}", "schema", "featcache.eval/1", "space",
        cli_json_text(o->space), "version", (json_int_t)r->version, "from",
        fc_modality_name(o->from), "to", fc_modality_name(o->to), "dataset",
        cli_json_text(o->dataset), "split", cli_json_text_or_null(r->split), "seen", r->seen,
        "queries", (json_int_t)r->queries, "groups", (json_int_t)r->groups, "gallery",
        (json_int_t)r->gallery, "gallery_of", o->whole_gallery ? "all" : "split");

    if (object == NULL)
        return cli_json_print(NULL);
    add_values(object, &r->of_space);
    add_interval(object, &r->of_space);
    json_object_set_new(object, "chance", chance_of(&r->chance));
    json_object_set_new(object, "draws", json_integer(o->n_draws > 0 ? o->n_draws : 2000));
    json_object_set_new(object, "against", against_of(e, r));
    json_object_set_new(object, "splits", splits_of(e, r));
    json_object_set_new(object, "no_vector", cli_json_count(r->no_vector));
    json_object_set_new(object, "no_relevant", cli_json_count(r->no_relevant));
    json_object_set_new(object, "known_contents", cli_json_count(r->known_contents));
    json_object_set_new(object, "seconds", cli_json_real(r->seconds, 3));
    return cli_json_print(object);
}

static void print_measured(const char *name, const fc_measured *m, const fc_measured *chance)
{
    printf("%-12s%.4f  (95 %% interval %.4f to %.4f; chance %.4f)\n", name, m->value, m->low,
           m->high, chance->value);
}

static void print_retrieval(const fc_retrieval *r, const fc_retrieval *chance)
{
    print_measured("recall@1", &r->recall[0], &chance->recall[0]);
    print_measured("recall@5", &r->recall[1], &chance->recall[1]);
    print_measured("recall@10", &r->recall[2], &chance->recall[2]);
    print_measured("MRR", &r->mrr, &chance->mrr);
    printf("%-12s%.1f  (95 %% interval %.1f to %.1f; chance %.1f)\n", "median rank",
           r->median_rank.value, r->median_rank.low, r->median_rank.high,
           chance->median_rank.value);
}

static void print_difference(const char *name, const fc_measured *m)
{
    printf("  %-12s%+.4f  (95 %% interval %+.4f to %+.4f)\n", name, m->value, m->low, m->high);
}

static void print_against(const eval_space *e, const fc_space_eval_report *r)
{
    if (e->opts.against == NULL)
        return;
    printf("less what ");
    cli_put_text(stdout, e->opts.against);
    printf(" version %" PRIu32 " finds, pair by pair:\n", r->against_version);
    print_difference("recall@1", &r->difference.recall[0]);
    print_difference("recall@5", &r->difference.recall[1]);
    print_difference("recall@10", &r->difference.recall[2]);
    print_difference("MRR", &r->difference.mrr);
    print_difference("median rank", &r->difference.median_rank);
}

static void print_splits(const fc_space_eval_report *r)
{
    for (size_t i = 0; i < r->n_splits; i++) {
        const fc_space_eval_split *s = &r->splits[i];

        printf("  seed %-7" PRIu64 "recall@1 %.4f  @5 %.4f  @10 %.4f  MRR %.4f  %" PRIu64
               " queries\n",
               s->seed, s->of_space.recall[0].value, s->of_space.recall[1].value,
               s->of_space.recall[2].value, s->of_space.mrr.value, s->queries);
    }
}

static void print_left_out(const fc_space_eval_report *r)
{
    if (r->no_vector > 0)
        printf("left out    %" PRIu64 " queries without a vector in the space\n", r->no_vector);
    if (r->no_relevant > 0)
        printf("left out    %" PRIu64 " queries with nothing of their group to find\n",
               r->no_relevant);
    if (r->known_contents > 0)
        printf("known       %" PRIu64
               " queries have a content that is in a group learnt from, too\n",
               r->known_contents);
}

static void print_text(const eval_space *e, const fc_space_eval_report *r)
{
    const fc_space_eval_options *o = &e->opts;
    char words[CLI_WORD_BYTES];

    printf("%s to %s in space ", fc_modality_name(o->from), fc_modality_name(o->to));
    cli_put_text(stdout, o->space);
    printf(" version %" PRIu32, r->version);
    if (r->n_splits > 0) {
        printf(", mean of %zu splits\n", r->n_splits);
    } else {
        printf(", split ");
        cli_put_text(stdout, r->split);
        printf("%s\n", r->seen ? ", which its heads have learnt from" : "");
    }
    print_retrieval(&r->of_space, &r->chance);
    print_splits(r);
    print_against(e, r);
    printf("compared    %" PRIu64 " queries of %" PRIu64 " groups with %" PRIu64 "%s, in %s\n",
           r->queries, r->groups, r->gallery, r->n_splits > 0 ? " each time" : "",
           cli_seconds(r->seconds, words));
    print_left_out(r);
}

cli_exit eval_space_run(eval_space *e, const char *path)
{
    fc_space_eval_report report = {0};
    fc_error err = FC_ERROR_INIT;
    fc_store *store;
    fc_status st;
    cli_exit end;

    end = cli_open_store(&store, path, FC_STORE_READ_ONLY, 0);
    if (end != CLI_OK)
        return end;
    e->opts.progress = cli_progress_watch;
    e->opts.cancelled = cli_stopped;
    e->opts.context = &e->progress;
    cli_stop_install("the current step");
    cli_progress_begin(&e->progress, e->when);
    st = fc_space_eval(store, &e->opts, &report, &err);
    cli_progress_end(&e->progress);
    if (st != FC_OK)
        end = cli_fail(st, &err);
    else if (e->json)
        end = print_json(e, &report);
    else
        print_text(e, &report);
    fc_space_eval_report_dispose(&report);
    fc_store_close(store);
    return end;
}
