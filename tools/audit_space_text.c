/* The report of featcache audit space as text. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "audit_space.h"

#define NAME_WIDTH 34

/* A line of a figure; one that could not be measured has a dash. */
static void put_measure(const char *name, const fc_audit_measure *m)
{
    printf("  %-*s", NAME_WIDTH, name);
    if (isnan(m->value)) {
        puts("-");
        return;
    }
    printf("%10.4f", m->value);
    if (isnan(m->low) || isnan(m->high))
        printf("  %-22s", "");
    else
        printf("  %10.4f%12.4f", m->low, m->high);
    if (isnan(m->null_value))
        puts("");
    else
        printf("%12.4f\n", m->null_value);
}

static void put_heads(void)
{
    printf("  %-*s%10s  %10s%12s%12s\n", NAME_WIDTH, "", "value", "95 % from", "to", "chance");
}

static void put_shape(const fc_audit_shape *s)
{
    char name[64];

    put_measure("skewness of how often found", &s->hubs);
    put_measure("share never found", &s->never);
    put_measure("mean cosine of two items", &s->cosine);
    put_measure("effective rank", &s->effective_rank);
    put_measure("dimension by two nearest", &s->two_nn);
    put_measure("dimension by k nearest", &s->mle);
    for (size_t i = 0; i < s->n_shares && s->n_shares > 1; i++) {
        snprintf(name, sizeof(name), "share of %s near %s", fc_modality_name(s->shares[i].to),
                 fc_modality_name(s->shares[i].from));
        put_measure(name, &s->shares[i].share);
    }
}

static void put_shapes(const fc_audit_space_report *r)
{
    printf("all together: %" PRIu64 " items, asked with %" PRIu64 "\n", r->whole.items,
           r->whole.sampled);
    put_heads();
    put_shape(&r->whole);
    for (size_t i = 0; i < r->n_modalities && r->n_modalities > 1; i++) {
        const fc_audit_modality *m = &r->modalities[i];

        printf("%s alone: %" PRIu64 " items, asked with %" PRIu64 "\n",
               fc_modality_name(m->modality), m->alone.items, m->alone.sampled);
        put_shape(&m->alone);
        /* Of two modalities, what is without one is the other alone. */
        if (r->n_modalities > 2) {
            printf("without %s: %" PRIu64 " items, asked with %" PRIu64 "\n",
                   fc_modality_name(m->modality), m->without.items, m->without.sampled);
            put_shape(&m->without);
        }
    }
    for (size_t i = 0; i < r->n_modalities; i++)
        if (r->modalities[i].without_direction > 0)
            printf("left out: %" PRIu64 " %s items without a vector\n",
                   r->modalities[i].without_direction, fc_modality_name(r->modalities[i].modality));
}

static void put_gaps(const fc_audit_space_report *r)
{
    for (size_t i = 0; i < r->n_gaps; i++) {
        const fc_audit_gap *g = &r->gaps[i];

        printf("%s and %s: mean cosine %.4f and %.4f within, %.4f between\n",
               fc_modality_name(g->a), fc_modality_name(g->b), g->cosine_a, g->cosine_b,
               g->cosine_ab);
        put_measure("gap of the means", &g->length);
        put_measure("AUC of a classifier", &g->separability);
        put_measure("AUC when both are centred", &g->residual);
    }
}

static void put_sample(const fc_audit_sample *s)
{
    cli_put_text(stdout, s->dataset);
    putchar('/');
    cli_put_text(stdout, s->id);
    printf("  (%s)", fc_modality_name(s->modality));
    if (s->split[0] != '\0') {
        fputs("  [", stdout);
        cli_put_text(stdout, s->split);
        putchar(']');
    }
    if (s->preview[0] != '\0') {
        fputs("  ", stdout);
        cli_put_text_n(stdout, s->preview, 60);
    }
    putchar('\n');
}

static void put_hubs(const fc_audit_space_report *r)
{
    if (r->n_hubs == 0)
        return;
    printf("in most lists of %" PRIu32 " (the mean is %.1f):\n", r->k, r->hubs[0].expected);
    for (size_t i = 0; i < r->n_hubs; i++) {
        printf("  %6" PRIu32 "  ", r->hubs[i].count);
        put_sample(&r->hubs[i].sample);
    }
}

static void put_recalls(const fc_audit_space_report *r)
{
    if (r->split == NULL)
        return;
    fputs("recall, groups of split ", stdout);
    cli_put_text(stdout, r->split);
    puts(r->seen ? ", which the heads have learnt from" : "");
    for (size_t i = 0; i < r->n_recalls; i++) {
        const fc_audit_recall *q = &r->recalls[i];

        printf("%s to %s", fc_modality_name(q->from), fc_modality_name(q->to));
        if (q->column != NULL) {
            fputs(", ", stdout);
            cli_put_text(stdout, q->column);
            fputs(" = ", stdout);
            cli_put_text(stdout, q->value);
        }
        printf(": %" PRIu64 " queries of %" PRIu64 " groups among %" PRIu64 "\n", q->queries,
               q->groups, q->gallery);
        put_measure("recall@1", &q->at[0]);
        put_measure("recall@10", &q->at[2]);
        if (q->column == NULL)
            put_measure("MRR", &q->mrr);
    }
}

static void put_leaks(const fc_audit_space_report *r)
{
    if (r->leakage == FC_LEAKAGE_NO_SPLITS)
        puts("leakage: the samples name no two splits");
    else if (r->leakage == FC_LEAKAGE_TOO_MANY)
        puts("leakage: not looked for, there are too many contents; see --max-compared");
    else
        printf("leakage: %" PRIu64
               " sets of duplicates (cosine from %.4g) across splits, of %" PRIu64 " samples\n",
               r->n_leak_sets, r->near, r->n_leak_samples);
    for (size_t i = 0; i < r->n_leaks; i++) {
        printf("  set of %zu, from %.4f\n", r->leaks[i].n, r->leaks[i].low);
        for (size_t s = 0; s < r->leaks[i].n_shown; s++) {
            fputs("    ", stdout);
            put_sample(&r->leaks[i].samples[s]);
        }
    }
}

void audit_space_text(const fc_audit_space_report *r)
{
    char words[CLI_WORD_BYTES];

    if (r->space != NULL) {
        fputs("space ", stdout);
        cli_put_text(stdout, r->space);
        printf(" version %" PRIu32, r->version);
    } else {
        fputs("encoder ", stdout);
        cli_put_text(stdout, r->encoder);
        printf(" %.12s, output ", r->fingerprint);
        cli_put_text(stdout, r->output);
    }
    printf(", %zu dimensions\n", r->dim);
    for (size_t i = 0; i < r->n_findings; i++) {
        fputs("! ", stdout);
        cli_put_text(stdout, r->findings[i]);
        putchar('\n');
    }
    if (r->n_findings == 0)
        puts("nothing stands out");
    put_shapes(r);
    put_gaps(r);
    put_hubs(r);
    put_recalls(r);
    put_leaks(r);
    for (size_t i = 0; i < r->n_notes; i++)
        cli_message("%s", r->notes[i]);
    cli_message("audited in %s", cli_seconds(r->seconds, words));
}
