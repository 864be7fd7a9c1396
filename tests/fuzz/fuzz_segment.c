/*
 * Fuzzes opening, searching and verifying a segment from arbitrary files.
 *
 * Input: one byte of flags, the length of the .vec as u32, the .vec, and the .faiss after it.
 *   bit 0  put a right CRC into the header of the .vec, so that its fields are looked at
 *   bit 1  and right page checksums and hash, so that rows and content numbers are
 *   bit 2  put the right segment and CRC into the header of the .faiss (never the hash of its
 *          payload: FAISS itself does not stand arbitrary bytes, which is why that hash is there)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_bytes.h"
#include "fc_vec_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];

static void remove_folder(void)
{
    rmdir(folder);
}

static void make_folder(void)
{
    if (folder[0] != '\0')
        return;
    strcpy(folder, "/tmp/fc-fuzz-XXXXXX");
    if (mkdtemp(folder) == NULL)
        abort();
    atexit(remove_folder);
}

static void write_file(const char *path, const uint8_t *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
        abort();
}

/* Make checksums right as far as the flags ask; what the header then says of itself goes to *h. */
static void repair(uint8_t *vec, size_t n, unsigned flags, fc_vec_header *h)
{
    uint8_t *table;

    *h = (fc_vec_header){0};
    if (n < FC_VEC_HEADER_BYTES)
        return;
    if (flags & 3u)
        fc_put_le32(vec + FC_VEC_HEADER_BYTES - 4, fc__crc32c(0, vec, FC_VEC_HEADER_BYTES - 4));
    if (fc__vec_header_decode(h, vec, n, "fuzz", NULL) != FC_OK || (flags & 2u) == 0 ||
        fc__vec_file_bytes(h) != n)
        return;
    table = vec + FC_VEC_HEADER_BYTES + fc__vec_data_bytes(h);
    for (uint32_t page = 0; page < h->n_pages; page++) {
        const size_t at = (size_t)page * FC_VEC_PAGE_BYTES;
        const size_t left = fc__vec_data_bytes(h) - at;

        fc_put_le32(table + 4 * (size_t)page,
                    fc__crc32c(0, vec + FC_VEC_HEADER_BYTES + at,
                               left < FC_VEC_PAGE_BYTES ? left : FC_VEC_PAGE_BYTES));
    }
    h->table_crc = fc__crc32c(0, table, 4 * (size_t)h->n_pages);
    if (fc__vec_header_hash(h, table, NULL) != FC_OK)
        abort();
    fc__vec_header_encode(h, vec);
}

static void repair_faiss(uint8_t *faiss, size_t n, const fc_vec_header *h)
{
    if (n < 256)
        return;
    fc_put_le64(faiss + 16, h->hash.low);
    fc_put_le64(faiss + 24, h->hash.high);
    fc_put_le32(faiss + 252, fc__crc32c(0, faiss, 252));
}

static void use(const char *hash, const fc_segment_identity *identity)
{
    const fc_search_options opts = {.k = 3};
    fc_segment *s = NULL;
    fc_hit hits[6];
    size_t n_hits[2], dim;
    bool degraded;
    float *queries;

    if (fc__segment_open(&s, folder, hash, identity, &degraded, NULL) != FC_OK)
        return;
    dim = fc__segment_info(s)->dim;
    queries = malloc(2 * dim * sizeof(float));
    if (queries != NULL) {
        for (size_t i = 0; i < 2 * dim; i++)
            queries[i] = (float)(i % 7) - 2.5f;
        for (size_t n = 1; n <= 2; n++)
            fc__segments_search(&s, 1, queries, n, dim, &opts, hits, n_hits, NULL, NULL);
    }
    fc__segment_verify(s, NULL);
    fc__segment_find(s, 12);
    free(queries);
    fc__segment_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char hash[FC_U128_HEX_BYTES], vec_path[128], faiss_path[128];
    fc_vec_header h;
    uint8_t *copy;
    size_t n;

    if (size < 5)
        return 0;
    make_folder();
    n = fc_get_le32(data + 1);
    n = n < size - 5 ? n : size - 5;
    copy = malloc(size);
    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    repair(copy + 5, n, data[0], &h);
    if (data[0] & 4u)
        repair_faiss(copy + 5 + n, size - 5 - n, &h);

    fc__u128_hex(h.hash, hash);
    snprintf(vec_path, sizeof(vec_path), "%s/%s.vec", folder, hash);
    snprintf(faiss_path, sizeof(faiss_path), "%s/%s.faiss", folder, hash);
    write_file(vec_path, copy + 5, n);
    if (size - 5 > n)
        write_file(faiss_path, copy + 5 + n, size - 5 - n);
    use(hash, &h.identity);
    unlink(vec_path);
    unlink(faiss_path);
    free(copy);
    return 0;
}
