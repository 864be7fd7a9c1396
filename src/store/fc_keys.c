/*
 * Keys of the tables: building, reading, and words for messages. Numbers are big-endian, so that
 * the order of bytes is the order of numbers.
 */
#include <assert.h>
#include <stdio.h>

#include "fc_bytes.h"
#include "fc_store_internal.h"
#include "fc_text.h"

#define META_KEY "store"

const char *fc__table_name(fc_table table)
{
    static const char *const names[FC_TABLE_END] = {
        "",       "meta",   "content", "block", "encoder", "dataset",
        "sample", "holder", "failure", "head",  "space",   "segment",
    };

    return table > 0 && table < FC_TABLE_END ? names[table] : "?";
}

static void put(fc_key *k, const void *bytes, size_t n)
{
    assert(k->n + n <= sizeof(k->bytes));
    memcpy(k->bytes + k->n, bytes, n);
    k->n += n;
}

static void put_u16(fc_key *k, uint16_t v)
{
    uint8_t field[sizeof(v)];

    fc_put_be16(field, v);
    put(k, field, sizeof(field));
}

static void put_u32(fc_key *k, uint32_t v)
{
    uint8_t field[sizeof(v)];

    fc_put_be32(field, v);
    put(k, field, sizeof(field));
}

static void put_u64(fc_key *k, uint64_t v)
{
    uint8_t field[sizeof(v)];

    fc_put_be64(field, v);
    put(k, field, sizeof(field));
}

/* A name and its NUL, so that no name is the beginning of another one's key. */
static void put_name(fc_key *k, const char *name, size_t most)
{
    const size_t n = strlen(name);

    (void)most; /* without assertions */
    assert(n <= most);
    put(k, name, n + 1);
}

fc_key fc__key_meta(void)
{
    fc_key k = {.n = 0};

    put(&k, META_KEY, strlen(META_KEY));
    return k;
}

fc_key fc__key_content(const fc_sha256 *hash)
{
    fc_key k = {.n = 0};

    put(&k, hash->bytes, sizeof(hash->bytes));
    return k;
}

fc_key fc__key_block(fc_version_id version, fc_output_id output, uint64_t content, uint32_t chunk)
{
    fc_key k = {.n = 0};

    put_u32(&k, version);
    put_u16(&k, output);
    put_u64(&k, content);
    put_u32(&k, chunk);
    return k;
}

fc_key fc__key_encoder(fc_version_id version)
{
    fc_key k = {.n = 0};

    put_u32(&k, version);
    return k;
}

fc_key fc__key_dataset(const char *name, uint32_t version)
{
    fc_key k = {.n = 0};

    put_name(&k, name, FC_DATASET_NAME_MAX);
    put_u32(&k, version);
    return k;
}

fc_key fc__key_sample(uint32_t dataset, const uint8_t id_hash[16], uint32_t first)
{
    fc_key k = {.n = 0};

    put_u32(&k, dataset);
    put(&k, id_hash, FC_ID_HASH_BYTES);
    put_u32(&k, first);
    return k;
}

fc_key fc__key_holder(uint64_t content, uint32_t dataset, const uint8_t id_hash[16], uint32_t first)
{
    fc_key k = {.n = 0};

    put_u64(&k, content);
    put_u32(&k, dataset);
    put(&k, id_hash, FC_ID_HASH_BYTES);
    put_u32(&k, first);
    return k;
}

fc_key fc__key_failure(uint32_t dataset, const uint8_t id_hash[16], fc_version_id version)
{
    return fc__key_sample(dataset, id_hash, version);
}

fc_key fc__key_space(const char *name, uint32_t version)
{
    fc_key k = {.n = 0};

    put_name(&k, name, FC_SPACE_NAME_MAX);
    put_u32(&k, version);
    return k;
}

fc_key fc__key_head(const uint8_t id[16])
{
    fc_key k = {.n = 0};

    put(&k, id, 16);
    return k;
}

fc_key fc__key_segment(const char *space, fc_version_id version, fc_output_id output)
{
    fc_key k = {.n = 0};

    put_name(&k, space, FC_SPACE_NAME_MAX);
    put_u32(&k, version);
    put_u16(&k, output);
    return k;
}

bool fc__key_block_read(fc_span key, fc_version_id *version, fc_output_id *output,
                        uint64_t *content, uint32_t *chunk)
{
    if (key.n != 18)
        return false;
    *version = fc_get_be32(key.data);
    *output = fc_get_be16(key.data + 4);
    *content = fc_get_be64(key.data + 6);
    *chunk = fc_get_be32(key.data + 14);
    return true;
}

bool fc__key_dataset_read(fc_span key, const char **name, uint32_t *version)
{
    if (key.n < 6 || key.n > FC_DATASET_NAME_MAX + 5 ||
        memchr(key.data, 0, key.n - 4) != key.data + key.n - 5)
        return false;
    *name = (const char *)key.data;
    *version = fc_get_be32(key.data + key.n - 4);
    return true;
}

bool fc__key_space_read(fc_span key, const char **name, uint32_t *version)
{
    return key.n <= FC_SPACE_NAME_MAX + 5 && fc__key_dataset_read(key, name, version);
}

bool fc__key_segment_read(fc_span key, const char **space, fc_version_id *version,
                          fc_output_id *output)
{
    if (key.n < 7 || key.n > FC_SPACE_NAME_MAX + 7 ||
        memchr(key.data, 0, key.n - 6) != key.data + key.n - 7)
        return false;
    *space = (const char *)key.data;
    *version = fc_get_be32(key.data + key.n - 6);
    *output = fc_get_be16(key.data + key.n - 2);
    return true;
}

bool fc__key_sample_read(fc_span key, uint32_t *dataset, const uint8_t **id_hash, uint32_t *first)
{
    if (key.n != 24)
        return false;
    *dataset = fc_get_be32(key.data);
    *id_hash = key.data + 4;
    *first = fc_get_be32(key.data + 20);
    return true;
}

bool fc__key_holder_read(fc_span key, uint64_t *content, uint32_t *dataset, const uint8_t **id_hash,
                         uint32_t *first)
{
    if (key.n != 32)
        return false;
    *content = fc_get_be64(key.data);
    *dataset = fc_get_be32(key.data + 8);
    *id_hash = key.data + 12;
    *first = fc_get_be32(key.data + 28);
    return true;
}

bool fc__key_failure_read(fc_span key, uint32_t *dataset, const uint8_t **id_hash,
                          fc_version_id *version)
{
    return fc__key_sample_read(key, dataset, id_hash, version);
}

uint32_t fc__key_crc(fc_table table, const void *key, size_t n)
{
    /* The length keeps a byte from moving between key and value unseen. */
    uint8_t front[3] = {(uint8_t)table, 0, 0};

    fc_put_le16(front + 1, (uint16_t)n);
    return fc__crc32c(fc__crc32c(0, front, sizeof(front)), key, n);
}

fc_span fc__key_span(const fc_key *key)
{
    return (fc_span){key->bytes, key->n};
}

static void hex(const uint8_t *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

const char *fc__key_text(fc_table table, fc_span key, char out[FC_KEY_TEXT_BYTES])
{
    uint64_t content;
    uint32_t version, chunk, dataset;
    uint16_t output;
    const uint8_t *id;
    const char *name;
    char digits[2 * 64 + 1] = "";

    if (table == FC_TABLE_BLOCK && fc__key_block_read(key, &version, &output, &content, &chunk)) {
        snprintf(out, FC_KEY_TEXT_BYTES,
                 "block of encoder version %u, output %u, content %llu, chunk %u", version, output,
                 (unsigned long long)content, chunk);
    } else if (table == FC_TABLE_ENCODER && key.n == 4) {
        snprintf(out, FC_KEY_TEXT_BYTES, "encoder version %u", fc_get_be32(key.data));
    } else if (table == FC_TABLE_DATASET && fc__key_dataset_read(key, &name, &version) &&
               fc__utf8_valid_prefix(name, strlen(name)) == strlen(name)) {
        snprintf(out, FC_KEY_TEXT_BYTES, "data set '%s', version %u", name, version);
    } else if (table == FC_TABLE_SPACE && fc__key_space_read(key, &name, &version) &&
               fc__utf8_valid_prefix(name, strlen(name)) == strlen(name)) {
        snprintf(out, FC_KEY_TEXT_BYTES, "space '%s', version %u", name, version);
    } else if ((table == FC_TABLE_SAMPLE || table == FC_TABLE_FAILURE) &&
               fc__key_sample_read(key, &dataset, &id, &version)) {
        hex(id, FC_ID_HASH_BYTES, digits);
        snprintf(out, FC_KEY_TEXT_BYTES, "%s of data set %u, id hash %s, %s %u",
                 table == FC_TABLE_SAMPLE ? "sample row" : "failure", dataset, digits,
                 table == FC_TABLE_SAMPLE ? "first version" : "encoder version", version);
    } else if (table == FC_TABLE_HOLDER &&
               fc__key_holder_read(key, &content, &dataset, &id, &version)) {
        hex(id, FC_ID_HASH_BYTES, digits);
        snprintf(out, FC_KEY_TEXT_BYTES,
                 "holder of content %llu in data set %u, id hash %s, first version %u",
                 (unsigned long long)content, dataset, digits, version);
    } else {
        hex(key.data, key.n < 64 ? key.n : 64, digits);
        snprintf(out, FC_KEY_TEXT_BYTES, "%s row, key %s", fc__table_name(table), digits);
    }
    return out;
}

fc_status fc__corrupt(fc_error *err, fc_table table, fc_span key, const char *what)
{
    char words[FC_KEY_TEXT_BYTES];

    return fc_error_set(err, FC_E_CORRUPT, "%s: %s; `featcache verify` lists all damage",
                        fc__key_text(table, key, words), what);
}
