/*
 * What the store costs, for f32 and f16: write rate with commits and fsync, bytes against raw and
 * against the order-0 limit by fields, read rate in order on one core with checksums on, latency of
 * random rows. All reads are warm.
 *
 *     bench_store [--precision f32|f16|bf16|int8] [--dir DIR] [--runs N] [--seconds S]
 *                 [--threads N] [--scale N] [--json] [--save DIR] [FILE.npy ...]
 *
 * Axis 0 of a .npy file of floats counts items. Without files: seeded synthetic features, --scale
 * times their least size; --save writes them to DIR as .npy files. Stores are made beneath DIR (the
 * working folder), and removed. --json prints one object a row, which peers.py reads.
 */
#include <featcache/store.h>

#include <sys/stat.h>

#include "fc_alloc.h"
#include "fc_store_write.h"

#include "bench_data.h"
#include "bench_order0.h"
#include "bench_store_options.h"
#include "bench_store_result.h"

#define COMMIT_BYTES ((size_t)64 << 20) /* a batch is committed when it holds so much */
#define RANDOM_CALLS 4096
#define MANY         256 /* rows of the larger random requests */
#define MANY_CALLS   64

/* A store under measurement. */
typedef struct bench {
    const store_options *o;
    const bench_data *data;
    fc_item_layout layout;
    fc_buf stored; /* all items, in stored form */
    fc_sha256 *hashes;
    uint64_t *contents; /* the number that the store gave to each item */
    char *path;
    fc_version_id version;
    fc_output_id output;
} bench;

static void describe(const bench *b, fc_output_info *output, fc_encoder_desc *desc)
{
    *output = (fc_output_info){.name = "x",
                               .precision = b->layout.dtype,
                               .rank = b->layout.item_rank,
                               .searchable = false};
    for (uint32_t i = 0; i < b->layout.item_rank; i++)
        output->shape[i] = b->data->values.shape[i + 1];
    *desc = (fc_encoder_desc){.name = "bench",
                              .modality = FC_VECTOR,
                              .card = "{}",
                              .provenance = "runtime=bench",
                              .n_outputs = 1,
                              .outputs = output};
}

/* Every item under a content hash of its own, committed batch by batch, all durable at return. */
static uint64_t write_items(bench *b, fc_store *store, fc_error *err)
{
    const fc_writer_options wo = {.n_threads = b->o->threads};
    const uint64_t rows = bench_rows_per_item(b->data);
    const size_t item_bytes = (size_t)rows * fc__layout_row_bytes(&b->layout);
    fc_output_info output;
    fc_encoder_desc desc;
    fc_encoder_ids ids;
    fc_writer *w = NULL;
    uint64_t bytes;

    describe(b, &output, &desc);
    bench_need(fc__writer_open(&w, store, &wo, err), "writer", err);
    bench_need(fc__writer_encoder(w, &desc, &ids, err), "encoder", err);
    b->version = ids.version;
    b->output = ids.outputs[0];
    for (size_t i = 0; i < bench_items(b->data); i++) {
        fc_item item = {.n_rows = rows,
                        .total_rows = rows,
                        .bytes = b->stored.data + i * item_bytes,
                        .provenance = ids.provenance};

        bench_need(fc__writer_content(w, &b->hashes[i], &item.content, err), "content", err);
        b->contents[i] = item.content;
        bench_need(fc__writer_item(w, b->version, b->output, &b->layout, &item, NULL, err), "item",
                   err);
        if (fc__writer_pending_bytes(w) >= COMMIT_BYTES)
            bench_need(fc__writer_commit(w, err), "commit", err);
    }
    bench_need(fc__writer_commit(w, err), "commit", err);
    bytes = fc__writer_stored_bytes(w, b->version, b->output);
    fc__writer_close(w);
    return bytes;
}

static uint64_t store_file_bytes(const char *path)
{
    char *file = fc__path_join(path, "data.mdb");
    struct stat s;

    if (file == NULL || stat(file, &s) != 0)
        bench_die("data.mdb of the store", NULL);
    free(file);
    return (uint64_t)s.st_size;
}

/* A new store each time; the last one stays for reading. */
static void measure_writes(bench *b, store_result *r)
{
    double wall[STORE_MAX_RUNS], cpu[STORE_MAX_RUNS];
    fc_error err = FC_ERROR_INIT;

    for (size_t run = 0; run < b->o->runs; run++) {
        fc_store *store = NULL;

        bench_need(fc__remove_tree(b->path, &err), b->path, &err);
        wall[run] = bench_wall();
        cpu[run] = bench_seconds(CLOCK_PROCESS_CPUTIME_ID); /* the workers' too */
        bench_need(fc_store_open(&store, b->path, NULL, &err), "open", &err);
        r->block_bytes = write_items(b, store, &err);
        fc_store_close(store);
        wall[run] = bench_wall() - wall[run];
        cpu[run] = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu[run];
    }
    r->write_s = bench_quantile(wall, b->o->runs, 0.5);
    r->write_cpu_s = bench_quantile(cpu, b->o->runs, 0.5);
    r->file_bytes = store_file_bytes(b->path);
}

/* All items through the iterator; *sum keeps the reads from being left out. */
static void read_all(bench *b, fc_snapshot *snapshot, double *sum)
{
    fc_error err = FC_ERROR_INIT;
    fc_items *it = NULL;
    fc_item_batch batch;
    bench_need(fc_items_open(&it, snapshot, b->version, b->output, &err), "items", &err);
    while (fc_items_next(it, &batch, &err) == FC_OK)
        *sum += (double)batch.rows[0];
    fc_items_close(it);
}

/* What comes back is what was stored, bit for bit; reading it also warms. */
static void verify(bench *b, fc_snapshot *snapshot)
{
    const size_t item_bytes = b->stored.size / bench_items(b->data);
    float *want = malloc(bench_item_elements(b->data) * sizeof(float));
    fc_error err = FC_ERROR_INIT;
    fc_items *it = NULL;
    fc_item_batch batch;
    size_t n = 0;

    if (want == NULL)
        bench_die("no memory", NULL);
    bench_need(fc_items_open(&it, snapshot, b->version, b->output, &err), "items", &err);
    while (fc_items_next(it, &batch, &err) == FC_OK)
        for (size_t i = 0; i < batch.n_items; i++, n++) {
            if (n == bench_items(b->data) || batch.contents[i] != b->contents[n])
                bench_die("the store holds other items than were put", NULL);
            fc__item_dequantise(&b->layout, b->stored.data + n * item_bytes,
                                bench_rows_per_item(b->data), want);
            if (memcmp(batch.rows + batch.row_offsets[i] * batch.row_elements, want,
                       bench_item_elements(b->data) * sizeof(float)) != 0)
                bench_die("an item differs from what was stored", NULL);
        }
    if (n != bench_items(b->data))
        bench_die("items are missing from the store", &err);
    fc_items_close(it);
    free(want);
}

static void measure_in_order(bench *b, fc_snapshot *snapshot, store_result *r)
{
    const double until = bench_cpu() + b->o->seconds;
    double wall[4096], cpu[4096], sum = 0;
    size_t n = 0;

    while (n < 5 || (n < 4096 && bench_cpu() < until)) {
        wall[n] = bench_wall();
        cpu[n] = bench_cpu();
        read_all(b, snapshot, &sum);
        wall[n] = bench_wall() - wall[n];
        cpu[n] = bench_cpu() - cpu[n];
        n++;
    }
    if (sum > 1e300)
        puts("");
    r->in_order = (double)r->raw_bytes / bench_quantile(wall, n, 0.5);
    r->in_order_cpu = (double)r->raw_bytes / bench_quantile(cpu, n, 0.5);
}

/* `calls` requests for k random rows each: microseconds a call, and of all of them on the
 * processor. */
static double random_rows(bench *b, fc_snapshot *snapshot, size_t k, double *us, size_t calls)
{
    uint64_t shape[FC_MAX_RANK], contents[MANY];
    fc_rng rng = fc__rng_seed(99);
    fc_tensor out = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    bool found[MANY];
    double spent = 0;

    shape[0] = k;
    shape[1] = bench_item_elements(b->data);
    bench_need(fc_tensor_alloc(&out, FC_F32, 2, shape, &err), "rows", &err);
    for (size_t c = 0; c < calls; c++) {
        double wall, cpu;

        for (size_t i = 0; i < k; i++)
            contents[i] = b->contents[fc__rng_below(&rng, bench_items(b->data))];
        wall = bench_wall();
        cpu = bench_cpu();
        bench_need(
            fc_snapshot_get_rows(snapshot, b->version, b->output, contents, k, &out, found, &err),
            "rows", &err);
        spent += bench_cpu() - cpu;
        us[c] = (bench_wall() - wall) * 1e6;
        if (!found[0] || !found[k - 1])
            bench_die("a row is missing from the store", NULL);
    }
    fc_tensor_dispose(&out);
    return spent * 1e6 / (double)calls;
}

static void measure_reads(bench *b, store_result *r)
{
    const fc_store_options so = {sizeof(so), FC_STORE_READ_ONLY, 0};
    fc_error err = FC_ERROR_INIT;
    fc_snapshot *snapshot = NULL;
    fc_store *store = NULL;
    double us[RANDOM_CALLS];

    bench_need(fc_store_open(&store, b->path, &so, &err), "open", &err);
    bench_need(fc_snapshot_begin(&snapshot, store, &err), "snapshot", &err);
    verify(b, snapshot);
    measure_in_order(b, snapshot, r);
    (void)random_rows(b, snapshot, 1, us, RANDOM_CALLS);
    r->row_cpu_us = random_rows(b, snapshot, 1, us, RANDOM_CALLS);
    r->row_us = bench_quantile(us, RANDOM_CALLS, 0.5);
    r->row_p99_us = bench_quantile(us, RANDOM_CALLS, 0.99);
    (void)random_rows(b, snapshot, MANY, us, MANY_CALLS);
    r->many_us = bench_quantile(us, MANY_CALLS, 0.5);
    fc_snapshot_end(snapshot);
    fc_store_close(store);
}

/* Items in stored form, and a content hash for each. */
static void prepare(bench *b, fc_dtype dtype)
{
    const size_t n = bench_items(b->data);
    fc_error err = FC_ERROR_INIT;

    b->layout = bench_layout(b->data, dtype);
    bench_need(fc__item_quantise(&b->layout, b->data->values.data, n * bench_rows_per_item(b->data),
                                 &b->stored, NULL, &err),
               "quantise", &err);
    b->hashes = fc__alloc_array(n, sizeof(*b->hashes));
    b->contents = fc__alloc_array(n, sizeof(*b->contents));
    b->path = fc__path_join(b->o->dir, "bench_store.tmp");
    if (b->hashes == NULL || b->contents == NULL || b->path == NULL)
        bench_die("no memory", NULL);
    for (size_t i = 0; i < n; i++)
        bench_need(fc__sha256(&i, sizeof(i), &b->hashes[i], &err), "hash", &err);
}

static void measure(const store_options *o, const bench_data *d, fc_dtype dtype)
{
    bench b = {.o = o, .data = d, .stored = FC_BUF_INIT};
    fc_error err = FC_ERROR_INIT;
    store_result r = {.data = d->name, .dtype = dtype};

    prepare(&b, dtype);
    r.raw_bytes = b.stored.size;
    r.items = bench_items(d);
    r.limit_bytes = order0_limit(&b.layout, b.stored.data, b.stored.size);
    measure_writes(&b, &r);
    measure_reads(&b, &r);
    if (o->json)
        store_result_print_json(&r);
    else
        store_result_print_row(&r);
    fflush(stdout);
    bench_need(fc__remove_tree(b.path, &err), b.path, &err);
    fc_buf_dispose(&b.stored);
    free(b.hashes);
    free(b.contents);
    free(b.path);
}

static void save(const store_options *o, const bench_data *d)
{
    fc_error err = FC_ERROR_INIT;
    char path[4096];

    if (o->save == NULL)
        return;
    snprintf(path, sizeof(path), "%s/%s.npy", o->save, d->name);
    bench_need(fc_npy_write(path, &d->values, &err), path, &err);
}

static void measure_all(const store_options *o, bench_data d)
{
    save(o, &d);
    if (o->precision != 0) {
        measure(o, &d, o->precision);
    } else {
        measure(o, &d, FC_F32);
        measure(o, &d, FC_F16);
    }
    fc_tensor_dispose(&d.values);
}

int main(int argc, char **argv)
{
    const store_options o = store_read_options(argc, argv);

    if (!o.json)
        store_result_print_head(o.runs, o.threads);
    for (int i = optind; i < argc; i++)
        measure_all(&o, bench_read(argv[i]));
    for (int k = 0; optind >= argc && k < BENCH_KINDS; k++)
        measure_all(&o, bench_make((bench_kind)k, o.scale));
    return 0;
}
