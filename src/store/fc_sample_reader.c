/*
 * What the pipeline asks the store about before it decides to read or encode: on a transaction of
 * its own, so that it may run beside the writer.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

typedef struct known_output {
    fc_version_id version;
    fc_output_id output;
    fc_blocks blocks; /* of the present transaction; closed by renew */
    bool open;
} known_output;

struct fc_sample_reader {
    fc_store *store;
    char *dataset;
    fc_txn txn;
    uint32_t number; /* of the data set; 0 while there is none */
    size_t state;    /* transaction that the cursors and headers are of */
    uint64_t epoch;  /* and of the map that its pages lay in */
    fc_cursor samples;
    fc_buf copy; /* the row that was given last */
    fc_meta meta;
    known_output *outputs;
    size_t n_outputs, outputs_capacity;
};

static void close_cursors(fc_sample_reader *r)
{
    fc__cursor_close(&r->samples);
    for (size_t i = 0; i < r->n_outputs; i++)
        if (r->outputs[i].open) {
            fc__blocks_close(&r->outputs[i].blocks);
            r->outputs[i].open = false;
        }
}

/* What depends on the state of the store: looked up again when it has moved on. */
static fc_status look_up(fc_sample_reader *r, fc_error *err)
{
    fc_dataset_header h;
    fc_status st;

    close_cursors(r);
    st = fc__dataset_header_get(&r->txn, r->dataset, &h, err);
    r->number = 0;
    if (st == FC_E_NOT_FOUND)
        st = FC_OK;
    else if (st == FC_OK)
        r->number = h.number;
    fc__dataset_header_dispose(&h);
    r->state = mdb_txn_id(r->txn.mdb);
    r->epoch = r->store->env->map_epoch;
    return st == FC_OK ? fc__cursor_open(&r->samples, &r->txn, FC_TABLE_SAMPLE, err) : st;
}

/* Every call has the transaction only while it runs: a stage that waits for the writer must not
 * keep the map from growing. Where the state is the same as before, headers that were parsed still
 * hold. */
static fc_status enter(fc_sample_reader *r, fc_error *err)
{
    fc_status st = r->txn.mdb != NULL ? fc__txn_renew(&r->txn, err)
                                      : fc__txn_begin(&r->txn, r->store->env, false, err);
    int rc = 0;

    if (st != FC_OK)
        return st;
    if (r->samples.mdb == NULL || r->state != mdb_txn_id(r->txn.mdb) ||
        r->epoch != r->store->env->map_epoch) {
        st = look_up(r, err);
    } else {
        rc = mdb_cursor_renew(r->txn.mdb, r->samples.mdb);
        for (size_t i = 0; i < r->n_outputs && rc == 0; i++)
            if (r->outputs[i].open)
                rc = mdb_cursor_renew(r->txn.mdb, r->outputs[i].blocks.cursor.mdb);
        if (rc != 0)
            st = fc__mdb_error(r->store->env, rc, "renew a cursor", err);
    }
    if (st != FC_OK)
        fc__txn_reset(&r->txn);
    return st;
}

static fc_status leave(fc_sample_reader *r, fc_status st)
{
    fc__txn_reset(&r->txn);
    return st;
}

fc_status fc__sample_reader_open(fc_sample_reader **out, fc_store *store, const char *dataset,
                                 fc_error *err)
{
    fc_sample_reader *r;
    fc_status st = fc__dataset_check_name(dataset, err);

    *out = NULL;
    if (st != FC_OK)
        return st;
    r = fc__alloc_array(1, sizeof(*r));
    if (r == NULL)
        return fc__nomem(err, sizeof(*r), "a reader");
    r->store = store;
    r->dataset = fc__strdup(dataset);
    st = r->dataset != NULL ? enter(r, err) : fc__nomem(err, strlen(dataset), "a reader");
    leave(r, st);
    if (st != FC_OK) {
        fc__sample_reader_close(r);
        return st;
    }
    *out = r;
    return FC_OK;
}

void fc__sample_reader_close(fc_sample_reader *r)
{
    if (r == NULL)
        return;
    close_cursors(r);
    fc__txn_end(&r->txn);
    fc__meta_dispose(&r->meta);
    fc_buf_dispose(&r->copy);
    free(r->outputs);
    free(r->dataset);
    free(r);
}

fc_status fc__sample_reader_renew(fc_sample_reader *r, fc_error *err)
{
    return leave(r, enter(r, err));
}

/* The open row of `id`, copied: what is in the map may go once the transaction is let go. */
static fc_status copy_row(fc_sample_reader *r, const char *id, fc_sample_record *s, fc_error *err)
{
    uint8_t hash[FC_ID_HASH_BYTES];
    fc_span key;
    uint32_t first;
    fc_status st;

    fc__sample_id_hash(id, hash);
    st = fc__sample_newest(&r->samples, r->number, hash, s, &first, err);
    if (st != FC_OK)
        return st;
    if (s->last != FC_VERSION_OPEN || strcmp(s->id, id) != 0)
        return FC_E_NOT_FOUND;
    fc_buf_clear(&r->copy);
    st = fc__sample_write(s, NULL, &r->copy, err);
    key = (fc_span){NULL, 0};
    return st == FC_OK ? fc__sample_read(s, key, (fc_span){r->copy.data, r->copy.size}, err) : st;
}

fc_status fc__sample_reader_get(fc_sample_reader *r, const char *id, fc_sample_row *out,
                                fc_error *err)
{
    fc_sample_record s;
    fc_status st = enter(r, err);

    if (st != FC_OK)
        return st;
    st = leave(r, r->number != 0 ? copy_row(r, id, &s, err) : FC_E_NOT_FOUND);
    if (st != FC_OK)
        return st;
    fc__meta_clear(&r->meta);
    st = fc__meta_read(&r->meta, s.meta.data, s.meta.n, err);
    *out = (fc_sample_row){.id = s.id,
                           .content_hash = s.hash,
                           .content = s.content,
                           .modality = s.modality,
                           .group = s.group,
                           .split = s.split,
                           .path = s.path,
                           .preview = s.preview,
                           .start_s = s.start_s,
                           .end_s = s.end_s,
                           .has_file = s.has_file,
                           .file = s.file,
                           .scanned_ns = s.scanned_ns,
                           .meta = &r->meta};
    return st;
}

fc_status fc__sample_reader_content(fc_sample_reader *r, const fc_sha256 *hash, uint64_t *content,
                                    fc_error *err)
{
    const fc_status st = enter(r, err);

    return st == FC_OK ? leave(r, fc__content_get(&r->txn, hash, content, err)) : st;
}

/* The walk over an output's blocks in the present transaction; NOT_FOUND without a message when the
 * store does not know the output. */
static fc_status blocks_of(fc_sample_reader *r, fc_version_id version, fc_output_id output,
                           fc_blocks **out, fc_error *err)
{
    fc_encoder_record encoder;
    const fc_output_info *info;
    known_output *k = NULL;
    fc_status st;

    for (size_t i = 0; i < r->n_outputs; i++)
        if (r->outputs[i].version == version && r->outputs[i].output == output)
            k = &r->outputs[i];
    if (k == NULL) {
        st = fc__grow_array(&r->outputs, &r->outputs_capacity, r->n_outputs + 1,
                            sizeof(*r->outputs), err);
        if (st != FC_OK)
            return st;
        k = &r->outputs[r->n_outputs++];
        *k = (known_output){.version = version, .output = output, .open = false};
    }
    *out = &k->blocks;
    if (k->open)
        return FC_OK;
    st = fc__encoder_get(&r->txn, version, &encoder, err);
    if (st != FC_OK)
        return st;
    info = fc__encoder_output(&encoder.info, output);
    st = info != NULL ? fc__blocks_open(&k->blocks, &r->txn, version, info, err) : FC_E_NOT_FOUND;
    k->open = st == FC_OK;
    fc__encoder_dispose(&encoder);
    return st;
}

fc_status fc__sample_reader_has_item(fc_sample_reader *r, fc_version_id version,
                                     fc_output_id output, uint64_t content, bool *has,
                                     fc_error *err)
{
    const fc_block_entry *entry;
    fc_blocks *blocks;
    fc_status st = enter(r, err);

    *has = false;
    if (st != FC_OK)
        return st;
    st = blocks_of(r, version, output, &blocks, err);
    if (st == FC_OK)
        st = fc__blocks_find(blocks, content, &entry, err);
    leave(r, st);
    *has = st == FC_OK;
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

fc_status fc__sample_reader_failure(fc_sample_reader *r, const char *id, fc_version_id version,
                                    bool *failed, fc_file_id *file, fc_error *err)
{
    uint8_t hash[FC_ID_HASH_BYTES];
    fc_failure_record f = {.tries = 0};
    fc_key key;
    fc_span value;
    fc_status st = enter(r, err);

    *failed = false;
    if (file != NULL)
        *file = (fc_file_id){0, 0, 0, 0, 0};
    if (st != FC_OK)
        return st;
    fc__sample_id_hash(id, hash);
    key = fc__key_failure(r->number, hash, version);
    st = fc__row_get(&r->txn, FC_TABLE_FAILURE, &key, &value, err);
    if (st == FC_OK)
        st = fc__failure_read(&f, fc__key_span(&key), value, err);
    leave(r, st);
    if (st == FC_E_NOT_FOUND)
        return FC_OK;
    *failed = st == FC_OK;
    if (st == FC_OK && file != NULL && f.has_file)
        *file = f.file;
    return st;
}
