/*
 * The store against a model in memory: random batches over two data sets that share contents, two
 * encoder versions, interrupted and resumed ingests, seals, drops; after every commit everything
 * that can be read is compared, and each count and digest is computed anew from the definition.
 */
#include "store_test.h"

#define N_IDS        40
#define N_SEEDS      60
#define N_DATASETS   2
#define N_VERSIONS   2 /* of the encoder */
#define MAX_VERSIONS 400
#define STEPS        120

typedef struct m_row {
    bool there;
    uint64_t seed;
    int group;
} m_row;

typedef struct m_version {
    bool sealed;
    m_row rows[N_IDS];
    bool covers[N_VERSIONS][T_OUTPUTS];
} m_version;

typedef struct m_dataset {
    char name[16];
    m_version *versions; /* index = number - 1; the last may be building */
    size_t n;
    bool building;
    m_row session[N_IDS]; /* put since begin */
} m_dataset;

typedef struct model {
    fc_rng rng;
    char *path;
    fc_store *store;
    fc_writer *w;
    fc_encoder_ids ids[N_VERSIONS];
    uint64_t content[N_SEEDS]; /* 0: not known yet */
    bool item[N_SEEDS][N_VERSIONS][T_OUTPUTS];
    fc_u128 hash[N_SEEDS][N_VERSIONS][T_OUTPUTS]; /* of every item that can be, once */
    m_dataset sets[N_DATASETS];
} model;

static uint64_t below(model *m, uint64_t n)
{
    return fc__rng_below(&m->rng, n);
}

static const char *group_name(int g)
{
    static const char *const names[3] = {"", "owl", "b\xC3\xA4r"};

    return names[g];
}

static void id_name(int i, char out[16])
{
    snprintf(out, 16, "dir/%d.png", i);
}

/* ---- the definitions, written down a second time ---- */

static void add_str(fc_buf *b, const void *s, size_t n)
{
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc_buf_append_bytes(b, s, n, &err), &err);
}

static fc_u128 model_item_hash(uint64_t seed, int v, int o, const model *m)
{
    const fc_item_layout layout = t_layout(o);
    fc_buf all = FC_BUF_INIT, bytes = FC_BUF_INIT;
    fc_quant_error e;
    fc_error err = FC_ERROR_INIT;
    fc_u128 h;

    t_item(seed, o, m->ids[v].version, &bytes, NULL, &e);
    fc_buf_append_u8(&all, (uint8_t)layout.dtype, &err);
    fc_buf_append_u8(&all, (uint8_t)layout.item_rank, &err);
    fc_buf_append_u8(&all, (uint8_t)layout.row_rank, &err);
    for (uint32_t i = 0; i < layout.row_rank; i++)
        fc_buf_append_u64(&all, layout.row_shape[i], &err);
    fc_buf_append_u64(&all, t_rows(seed, o), &err);
    fc_buf_append(&all, bytes.data, bytes.size, &err);
    h = fc__xxh128(all.data, all.size);
    fc_buf_dispose(&all);
    fc_buf_dispose(&bytes);
    return h;
}

static fc_u128 model_contribution(const char *id, uint64_t seed, int v, int o, const model *m)
{
    const fc_sha256 content = t_hash(seed);
    const fc_u128 item = m->hash[seed][v][o];
    fc_sha256 print;
    fc_buf b = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_u128 h;

    memset(print.bytes, v + 1, sizeof(print.bytes));
    add_str(&b, id, strlen(id));
    add_str(&b, content.bytes, 32);
    add_str(&b, print.bytes, 32);
    add_str(&b, t_outputs[o].name, strlen(t_outputs[o].name));
    fc_buf_append_u64(&b, item.low, &err);
    fc_buf_append_u64(&b, item.high, &err);
    h = fc__xxh128(b.data, b.size);
    fc_buf_dispose(&b);
    return h;
}

static fc_u128 model_row_digest(const char *id, const m_row *r)
{
    const fc_sha256 content = t_hash(r->seed);
    const char *group = group_name(r->group);
    fc_buf b = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_u128 h;

    add_str(&b, id, strlen(id));
    add_str(&b, content.bytes, 32);
    fc_buf_append_u8(&b, FC_IMAGE, &err);
    add_str(&b, group, strlen(group));
    add_str(&b, "train", 5);
    add_str(&b, "\0", 1); /* no metadata: a count of 0 */
    fc_buf_append_f64(&b, 0.0, &err);
    fc_buf_append_f64(&b, 0.0, &err);
    h = fc__xxh128(b.data, b.size);
    fc_buf_dispose(&b);
    return h;
}

/* ---- comparing ---- */

static void check_version(const model *m, const m_version *mv, const fc_dataset_version *v)
{
    fc_u128 digest = {0, 0};
    uint64_t n = 0;
    char hex[33], id[16];
    size_t n_entries = 0;

    for (int i = 0; i < N_IDS; i++)
        if (mv->rows[i].there) {
            id_name(i, id);
            digest = fc__u128_add(digest, model_row_digest(id, &mv->rows[i]));
            n++;
        }
    fc__u128_hex(digest, hex);
    assert_int_equal(n, v->n_samples);
    assert_string_equal(hex, v->digest);
    for (int e = 0; e < N_VERSIONS; e++)
        for (int o = 0; o < T_OUTPUTS; o++) {
            const fc_coverage *found = NULL;

            for (size_t i = 0; i < v->n_coverage; i++)
                if (v->coverage[i].version == m->ids[e].version &&
                    v->coverage[i].output == m->ids[e].outputs[o])
                    found = &v->coverage[i];
            /* Entries that begin adds are written by the next commit that has something to say. */
            assert_true(mv->sealed ? (found != NULL) == mv->covers[e][o]
                                   : found == NULL || mv->covers[e][o]);
            if (found == NULL)
                continue;
            n_entries++;
            digest = (fc_u128){0, 0};
            n = 0;
            for (int i = 0; i < N_IDS; i++)
                if (mv->rows[i].there && m->item[mv->rows[i].seed][e][o]) {
                    id_name(i, id);
                    digest =
                        fc__u128_add(digest, model_contribution(id, mv->rows[i].seed, e, o, m));
                    n++;
                }
            fc__u128_hex(digest, hex);
            assert_int_equal(n, found->count);
            assert_string_equal(hex, found->digest);
            if (mv->sealed)
                assert_true(found->sealed);
        }
    assert_int_equal(n_entries, v->n_coverage);
}

static void check_samples(const m_version *mv, fc_snapshot *s, const char *name, uint32_t number,
                          const model *m)
{
    fc_error err = FC_ERROR_INIT;
    fc_samples *it;
    const fc_sample *sample;
    size_t n = 0, expected = 0;
    fc_status st;

    assert_status(FC_OK, fc_samples_open(&it, s, name, number, &err), &err);
    while ((st = fc_samples_next(it, &sample, &err)) == FC_OK) {
        int i;

        assert_int_equal(sscanf(sample->id, "dir/%d.png", &i), 1);
        assert_true(mv->rows[i].there);
        assert_int_equal(sample->content, m->content[mv->rows[i].seed]);
        assert_string_equal(sample->group, group_name(mv->rows[i].group));
        n++;
    }
    assert_status(FC_E_NOT_FOUND, st, &err);
    for (int i = 0; i < N_IDS; i++) {
        char id[16];

        id_name(i, id);
        st = fc_samples_find(it, id, &sample, &err);
        assert_int_equal(st, mv->rows[i].there ? FC_OK : FC_E_NOT_FOUND);
        expected += mv->rows[i].there;
    }
    assert_int_equal(n, expected);
    fc_samples_close(it);
}

/* All items of an output: in order, one by one, and by rows. */
static void check_items(model *m, fc_snapshot *s, int v, int o)
{
    const fc_item_layout layout = t_layout(o);
    const size_t d = fc__layout_row_elements(&layout);
    fc_error err = FC_ERROR_INIT;
    uint64_t asked[N_SEEDS], seeds[N_SEEDS], last = 0;
    size_t n_asked = 0, n = 0, expected = 0;
    fc_buf bytes = FC_BUF_INIT;
    fc_quant_error e;
    fc_items *it;
    fc_item_batch batch;
    fc_status st;

    assert_status(FC_OK, fc_items_open(&it, s, m->ids[v].version, m->ids[v].outputs[o], &err),
                  &err);
    while ((st = fc_items_next(it, &batch, &err)) == FC_OK)
        for (size_t i = 0; i < batch.n_items; i++, n++) {
            uint64_t seed = 0;
            float *want;

            assert_true(batch.contents[i] > last);
            last = batch.contents[i];
            while (seed < N_SEEDS && m->content[seed] != last)
                seed++;
            assert_true(seed < N_SEEDS && m->item[seed][v][o]);
            t_item(seed, o, m->ids[v].version, &bytes, &want, &e);
            assert_int_equal(batch.row_offsets[i + 1] - batch.row_offsets[i], t_rows(seed, o));
            assert_memory_equal(batch.rows + batch.row_offsets[i] * d, want,
                                t_rows(seed, o) * d * sizeof(float));
            free(want);
        }
    assert_status(FC_E_NOT_FOUND, st, &err);
    fc_items_close(it);
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        expected += m->item[seed][v][o];
        if (m->content[seed] == 0)
            continue;
        seeds[n_asked] = seed;
        asked[n_asked++] = m->content[seed];
    }
    assert_int_equal(n, expected);
    for (size_t i = n_asked; i > 1; i--) { /* in a random order */
        const size_t k = (size_t)below(m, i);
        const uint64_t a = asked[i - 1], b = seeds[i - 1];

        asked[i - 1] = asked[k], seeds[i - 1] = seeds[k];
        asked[k] = a, seeds[k] = b;
    }
    if (t_outputs[o].shape[0] != 0) {
        const uint64_t per = t_rows(0, o) * d;
        const uint64_t shape[2] = {n_asked, per};
        fc_tensor out = FC_TENSOR_INIT;
        bool found[N_SEEDS];

        if (n_asked == 0)
            goto done;
        assert_status(FC_OK, fc_tensor_alloc(&out, FC_F32, 2, shape, &err), &err);
        assert_status(FC_OK,
                      fc_snapshot_get_rows(s, m->ids[v].version, m->ids[v].outputs[o], asked,
                                           n_asked, &out, found, &err),
                      &err);
        for (size_t i = 0; i < n_asked; i++) {
            float *want;

            assert_int_equal(found[i], m->item[seeds[i]][v][o]);
            t_item(seeds[i], o, m->ids[v].version, &bytes, &want, &e);
            if (found[i])
                assert_memory_equal((float *)out.data + i * per, want, per * sizeof(float));
            else
                for (size_t k = 0; k < per; k++)
                    assert_true(((float *)out.data)[i * per + k] == 0.0f);
            free(want);
        }
        fc_tensor_dispose(&out);
    }
    for (size_t i = 0; i < n_asked && i < 8; i++) {
        fc_tensor out = FC_TENSOR_INIT;
        float *want;

        st = fc_snapshot_get_item(s, m->ids[v].version, m->ids[v].outputs[o], asked[i], &out, &err);
        assert_int_equal(st, m->item[seeds[i]][v][o] ? FC_OK : FC_E_NOT_FOUND);
        if (st != FC_OK)
            continue;
        t_item(seeds[i], o, m->ids[v].version, &bytes, &want, &e);
        assert_int_equal(out.rank, t_outputs[o].rank);
        assert_int_equal(fc_tensor_count(&out), t_rows(seeds[i], o) * d);
        if (fc_tensor_count(&out) > 0)
            assert_memory_equal(out.data, want, t_rows(seeds[i], o) * d * sizeof(float));
        fc_tensor_dispose(&out);
        free(want);
    }

done:
    fc_buf_dispose(&bytes);
}

static bool count_holder(void *context, const fc_sample *sample)
{
    (void)sample;
    ++*(size_t *)context;
    return false;
}

static void check_holders(const model *m, fc_snapshot *s)
{
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        fc_error err = FC_ERROR_INIT;
        size_t n = 0, expected = 0;

        if (m->content[seed] == 0)
            continue;
        for (int d = 0; d < N_DATASETS; d++) {
            const m_dataset *set = &m->sets[d];
            const size_t sealed = set->n - set->building;

            for (int i = 0; sealed > 0 && i < N_IDS; i++)
                expected += set->versions[sealed - 1].rows[i].there &&
                            set->versions[sealed - 1].rows[i].seed == seed;
        }
        assert_status(FC_OK,
                      fc__snapshot_holders(s, m->content[seed], NULL, 0, count_holder, &n, &err),
                      &err);
        assert_int_equal(n, expected);
    }
}

static void check_all(model *m)
{
    fc_snapshot *s = t_snapshot(m->store);
    fc_error err = FC_ERROR_INIT;
    const fc_dataset_info *list;
    size_t n;

    assert_status(FC_OK, fc_snapshot_datasets(s, &list, &n, &err), &err);
    for (size_t i = 0; i < n; i++) {
        m_dataset *set = strcmp(list[i].name, m->sets[0].name) == 0 ? &m->sets[0] : &m->sets[1];
        const size_t sealed = set->n - set->building;

        assert_string_equal(list[i].name, set->name);
        assert_in_range(list[i].n_versions, sealed, set->n);
        for (size_t k = 0; k < list[i].n_versions; k++) {
            assert_int_equal(list[i].versions[k].number, k + 1);
            assert_int_equal(list[i].versions[k].state, k < sealed ? FC_SEALED : FC_BUILDING);
            check_version(m, &set->versions[k], &list[i].versions[k]);
        }
        for (size_t k = sealed > 2 ? sealed - 2 : 0; k < sealed; k++)
            check_samples(&set->versions[k], s, set->name, (uint32_t)k + 1, m);
    }
    for (int v = 0; v < N_VERSIONS; v++)
        check_items(m, s, v, (int)below(m, T_OUTPUTS));
    check_holders(m, s);
    fc_snapshot_end(s);
}

/* ---- steps ---- */

static void begin(model *m, m_dataset *set)
{
    fc_output_ref refs[N_VERSIONS * T_OUTPUTS];
    size_t n = 0;
    fc_error err = FC_ERROR_INIT;
    m_version *v;

    if (!set->building) {
        assert_true(set->n < MAX_VERSIONS);
        set->versions[set->n] = set->n > 0 ? set->versions[set->n - 1] : (m_version){false};
        set->versions[set->n].sealed = false;
        set->n++;
        set->building = true;
    }
    v = &set->versions[set->n - 1];
    for (int e = 0; e < N_VERSIONS; e++)
        for (int o = 0; o < T_OUTPUTS; o++)
            if (below(m, 3) == 0) {
                refs[n++] = (fc_output_ref){m->ids[e].version, m->ids[e].outputs[o]};
                v->covers[e][o] = true;
            }
    memset(set->session, 0, sizeof(set->session));
    assert_status(FC_OK, fc__writer_begin_dataset(m->w, set->name, "src", "/root", refs, n, &err),
                  &err);
}

static void put_some(model *m, m_dataset *set)
{
    m_version *v = &set->versions[set->n - 1];
    const uint64_t n = below(m, 12);

    for (uint64_t k = 0; k < n; k++) {
        const int i = (int)below(m, N_IDS);
        m_row row = {true, below(m, N_SEEDS), (int)below(m, 3)};
        char id[16];
        bool duplicate, again;

        if (v->rows[i].there && below(m, 3) == 0)
            row = v->rows[i]; /* the same again */
        if (set->n > 1 && set->versions[set->n - 2].rows[i].there && below(m, 3) == 0)
            row = set->versions[set->n - 2].rows[i]; /* back to what was sealed */
        m->content[row.seed] = t_content(m->w, row.seed);
        for (int e = 0; e < N_VERSIONS; e++)
            for (int o = 0; o < T_OUTPUTS; o++)
                if (below(m, 4) == 0) {
                    t_put_item(m->w, &m->ids[e], o, row.seed, m->content[row.seed]);
                    m->item[row.seed][e][o] = true;
                }
        id_name(i, id);
        again = set->session[i].there &&
                (set->session[i].seed != row.seed || set->session[i].group != row.group);
        duplicate = t_put_sample(m->w, id, row.seed, m->content[row.seed], group_name(row.group));
        assert_int_equal(duplicate, again);
        if (duplicate)
            continue;
        set->session[i] = row;
        v->rows[i] = row;
    }
    t_commit(m->w);
}

/* Items for contents that are there already, as a retry of failures gives them. */
static void put_items_only(model *m)
{
    for (uint64_t k = 0; k < 6; k++) {
        const uint64_t seed = below(m, N_SEEDS);
        const int e = (int)below(m, N_VERSIONS), o = (int)below(m, T_OUTPUTS);

        if (m->content[seed] == 0)
            continue;
        t_put_item(m->w, &m->ids[e], o, seed, m->content[seed]);
        t_put_item(m->w, &m->ids[e], o, seed, m->content[seed]); /* twice: the second is ignored */
        m->item[seed][e][o] = true;
    }
    t_commit(m->w);
}

typedef struct seen_set {
    bool gone[N_IDS];
    uint8_t last[16];
    bool any;
} seen_set;

static fc_seen_state seen(void *context, const uint8_t id_hash[16])
{
    seen_set *set = context;

    assert_true(!set->any || memcmp(set->last, id_hash, 16) < 0); /* ascending, each once */
    memcpy(set->last, id_hash, 16);
    set->any = true;
    for (int i = 0; i < N_IDS; i++) {
        uint8_t hash[16];
        char id[16];

        id_name(i, id);
        fc__sample_id_hash(id, hash);
        if (memcmp(hash, id_hash, 16) == 0)
            return set->gone[i] ? FC_SEEN_GONE : FC_SEEN_PUT;
    }
    fail_msg("asked for a sample that nobody put");
    return FC_SEEN_UNKNOWN;
}

static void seal(model *m, m_dataset *set)
{
    m_version *v = &set->versions[set->n - 1], *before = set->n > 1 ? v - 1 : NULL;
    const bool partial = below(m, 4) == 0;
    seen_set gone = {.any = false};
    fc_seal_result r;
    fc_error err = FC_ERROR_INIT;
    bool changed = before == NULL;

    for (int i = 0; i < N_IDS && !partial; i++) {
        gone.gone[i] = below(m, 12) == 0;
        if (gone.gone[i])
            v->rows[i].there = false;
    }
    for (int i = 0; before != NULL && i < N_IDS; i++)
        changed = changed || v->rows[i].there != before->rows[i].there ||
                  (v->rows[i].there && (v->rows[i].seed != before->rows[i].seed ||
                                        v->rows[i].group != before->rows[i].group));
    assert_status(FC_OK, fc__writer_seal(m->w, partial, partial ? NULL : seen, &gone, &r, &err),
                  &err);
    assert_int_equal(r.made, changed);
    set->building = false;
    if (changed) {
        v->sealed = true;
    } else {
        for (int e = 0; e < N_VERSIONS; e++)
            for (int o = 0; o < T_OUTPUTS; o++)
                before->covers[e][o] = before->covers[e][o] || v->covers[e][o];
        set->n--;
    }
    assert_int_equal(r.version, set->n);
}

static void open_writer(model *m)
{
    m->w = t_writer(m->store, 1 + (uint32_t)below(m, 3));
    for (int v = 0; v < N_VERSIONS; v++)
        m->ids[v] = t_encoder(m->w, "enc", (uint8_t)(v + 1));
}

/* What has not been committed is lost with the writer; the model forgets a begin that left no
 * trace. */
static void forget_unwritten(model *m)
{
    fc_snapshot *s = t_snapshot(m->store);
    fc_error err = FC_ERROR_INIT;
    const fc_dataset_info *list;
    size_t n;

    assert_status(FC_OK, fc_snapshot_datasets(s, &list, &n, &err), &err);
    for (int d = 0; d < N_DATASETS; d++) {
        m_dataset *set = &m->sets[d];
        size_t there = 0;

        for (size_t i = 0; i < n; i++)
            if (strcmp(list[i].name, set->name) == 0)
                there = list[i].n_versions;
        if (set->building && there < set->n) {
            set->n--;
            set->building = false;
        } else if (set->building) { /* coverage entries added since the last commit are gone, too */
            for (size_t i = 0; i < n; i++)
                if (strcmp(list[i].name, set->name) == 0)
                    for (int e = 0; e < N_VERSIONS; e++)
                        for (int o = 0; o < T_OUTPUTS; o++) {
                            const fc_dataset_version *v = &list[i].versions[there - 1];
                            bool found = false;

                            for (size_t k = 0; k < v->n_coverage; k++)
                                found = found || (v->coverage[k].version == m->ids[e].version &&
                                                  v->coverage[k].output == m->ids[e].outputs[o]);
                            set->versions[set->n - 1].covers[e][o] = found;
                        }
        }
    }
    fc_snapshot_end(s);
}

static void run_model(uint64_t seed)
{
    model *m = calloc(1, sizeof(*m));
    char name[32];
    m_dataset *current = NULL;

    assert_non_null(m);
    m->rng = fc__rng_seed(seed);
    snprintf(name, sizeof(name), "model-%llu", (unsigned long long)seed);
    m->path = fc_test_path(name);
    m->store = t_open(m->path, 1 << 20); /* small: the map grows on the way */
    for (int d = 0; d < N_DATASETS; d++) {
        snprintf(m->sets[d].name, sizeof(m->sets[d].name), "set%d", d);
        m->sets[d].versions = calloc(MAX_VERSIONS, sizeof(m_version));
        assert_non_null(m->sets[d].versions);
    }
    open_writer(m);
    for (uint64_t i = 0; i < N_SEEDS; i++)
        for (int v = 0; v < N_VERSIONS; v++)
            for (int o = 0; o < T_OUTPUTS; o++)
                m->hash[i][v][o] = model_item_hash(i, v, o, m);
    for (int step = 0; step < STEPS; step++) {
        const uint64_t what = below(m, 10);

        if (current == NULL) {
            current = &m->sets[below(m, N_DATASETS)];
            begin(m, current);
        } else if (what < 6) {
            put_some(m, current);
        } else if (what == 6) {
            put_items_only(m);
        } else if (what == 7) { /* interrupted */
            fc__writer_close(m->w);
            forget_unwritten(m);
            if (below(m, 2) == 0) {
                fc_store_close(m->store);
                m->store = t_open(m->path, 1 << 20);
            }
            open_writer(m);
            current = NULL;
        } else {
            seal(m, current);
            current = NULL;
        }
        if (what != 9 || current == NULL)
            check_all(m);
    }
    fc__writer_close(m->w);
    fc_store_close(m->store);
    for (int d = 0; d < N_DATASETS; d++)
        free(m->sets[d].versions);
    free(m->path);
    free(m);
}

static void test_store__equals_a_model_after_every_commit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        run_model(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store__equals_a_model_after_every_commit),
    };

    return cmocka_run_group_tests_name("store model", tests, NULL, NULL);
}
