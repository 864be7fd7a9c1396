/*
 * One row of bench_store's table, for a person or as JSON for peers.py.
 */
#ifndef BENCH_STORE_RESULT_H
#define BENCH_STORE_RESULT_H

#include "fc_json.h"
#include "fc_vec.h"

#include "bench_data.h"

/* One row of the table. Rates are of raw bytes at the stored precision. */
typedef struct store_result {
    const char *data;
    fc_dtype dtype;
    size_t raw_bytes, items;
    uint64_t block_bytes, file_bytes;
    double limit_bytes;
    double write_s, write_cpu_s;   /* the whole data set: wall, and time on the processor */
    double in_order, in_order_cpu; /* bytes a second */
    double row_us, row_p99_us, row_cpu_us, many_us;
} store_result;

static inline void store_result_print_json(const store_result *r)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);

    fc_json_object_begin(&j);
    fc_json_kv_string(&j, "schema", "featcache.bench-store/1");
    fc_json_kv_string(&j, "data", r->data);
    fc_json_kv_string(&j, "precision", fc_dtype_name(r->dtype));
    fc_json_kv_uint(&j, "items", r->items);
    fc_json_kv_uint(&j, "raw_bytes", r->raw_bytes);
    fc_json_kv_uint(&j, "block_bytes", r->block_bytes);
    fc_json_kv_uint(&j, "file_bytes", r->file_bytes);
    fc_json_kv_double(&j, "limit_bytes", r->limit_bytes, 9);
    fc_json_kv_double(&j, "write_s", r->write_s, 6);
    fc_json_kv_double(&j, "write_cpu_s", r->write_cpu_s, 6);
    fc_json_kv_double(&j, "in_order_bytes_s", r->in_order, 6);
    fc_json_kv_double(&j, "in_order_cpu_bytes_s", r->in_order_cpu, 6);
    fc_json_kv_double(&j, "row_us", r->row_us, 5);
    fc_json_kv_double(&j, "row_p99_us", r->row_p99_us, 5);
    fc_json_kv_double(&j, "row_cpu_us", r->row_cpu_us, 5);
    fc_json_kv_double(&j, "rows256_us", r->many_us, 6);
    fc_json_object_end(&j);
    bench_need(fc_json_status(&j, &err), "json", &err);
    bench_need(fc_buf_append_text(&out, "\n", &err), "json", &err);
    fwrite(out.data, 1, out.size, stdout);
    fc_buf_dispose(&out);
}

static inline void store_result_print_head(size_t runs, uint32_t threads)
{
    printf("simd %s; median of %zu writes by %u thread(s), reads on one core, warm, checksums on; "
           "rates in MB/s of raw bytes\n",
           fc__simd_name(), runs, threads);
    printf("%-14s %-5s %7s | %7s %7s | %6s %6s %6s %6s | %7s %7s | %6s %6s %6s %8s\n", "data",
           "dtype", "raw MB", "write", "cpu", "file", "blocks", "limit", "% of", "inorder", "cpu",
           "row us", "p99", "cpu", "256 rows");
}

static inline void store_result_print_row(const store_result *r)
{
    const double raw = (double)r->raw_bytes;

    printf("%-14s %-5s %7.2f | %7.1f %7.1f | %6.3f %6.3f %6.3f %6.2f | %7.0f %7.0f | %6.1f %6.1f "
           "%6.1f %8.0f\n",
           r->data, fc_dtype_name(r->dtype), raw * 1e-6, raw / r->write_s * 1e-6,
           raw / r->write_cpu_s * 1e-6, raw / (double)r->file_bytes, raw / (double)r->block_bytes,
           raw / r->limit_bytes, 100.0 * r->limit_bytes / (double)r->block_bytes,
           r->in_order * 1e-6, r->in_order_cpu * 1e-6, r->row_us, r->row_p99_us, r->row_cpu_us,
           r->many_us);
}

#endif /* BENCH_STORE_RESULT_H */
