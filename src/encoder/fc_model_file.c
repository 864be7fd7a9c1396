/*
 * Model files and tokenizers. A hash is kept in a file of the cache folder whose name is the hash
 * of the file's identity (device, inode, size, times): as a file of 64 hexadecimal digits, written
 * whole or not at all. A file that was changed within the last two seconds is not trusted to its
 * times.
 */
#include "fc_model_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_onnx.h"
#include "fc_tokenizer.h"

#define YOUNG_NS INT64_C(2000000000)

uint64_t fc__machine_bytes(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

uint64_t fc__model_memory(const fc_neural_options *neural)
{
    return neural != NULL && neural->memory_bytes > 0 ? neural->memory_bytes : fc__machine_bytes();
}

static fc_status check_size(int fd, const char *path, const fc_neural_options *neural,
                            fc_error *err)
{
    const uint64_t memory = fc__model_memory(neural);
    const bool told = neural != NULL && neural->memory_bytes > 0;
    fc_file_id id;
    const fc_status st = fc__file_identify_fd(fd, path, &id, err);

    if (st != FC_OK)
        return st;
    if (id.size > FC_ONNX_BYTES_MAX)
        return fc_error_set(err, FC_E_LIMIT,
                            "%s has %" PRIu64 " bytes; an ONNX model in one file has at most %zu",
                            path, id.size, FC_ONNX_BYTES_MAX);
    if (memory != 0 && FC_MODEL_MEMORY(id.size) > memory / 4 * 3)
        return fc_error_set(err, FC_E_LIMIT,
                            "%s has %" PRIu64 " MB, and running it takes twice that at least; "
                            "models may take %" PRIu64 " MB%s",
                            path, id.size >> 20, memory / 4 * 3 >> 20,
                            told ? ": raise --memory" : " of this machine's memory");
    return FC_OK;
}

/* Where the hash of a file of this identity is kept. NULL: no memory. */
static char *kept_at(const fc_file_id *id, const char *folder)
{
    char text[160], name[FC_SHA256_HEX_BYTES + 8];
    fc_sha256 hash;
    const int n =
        snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64,
                 id->device, id->inode, id->size, id->mtime_ns, id->ctime_ns);

    if (fc__sha256(text, (size_t)n, &hash, NULL) != FC_OK)
        return NULL;
    fc__sha256_hex(&hash, name);
    memcpy(name + FC_SHA256_HEX_BYTES - 1, ".sha256", 8);
    return fc__path_join(folder, name);
}

static bool is_young(const fc_file_id *id)
{
    struct timespec now;
    const int64_t newest = id->mtime_ns > id->ctime_ns ? id->mtime_ns : id->ctime_ns;

    clock_gettime(CLOCK_REALTIME, &now);
    return newest > (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - YOUNG_NS;
}

/* Hash the bytes, or take the hash that was kept. What fails about the folder only costs time. */
static fc_status find_hash(const fc_buf *bytes, const fc_file_id *id, const char *folder,
                           fc_sha256 *hash, fc_error *err)
{
    char hex[FC_SHA256_HEX_BYTES];
    fc_buf kept = FC_BUF_INIT;
    char *at = folder != NULL && !is_young(id) ? kept_at(id, folder) : NULL;
    fc_status st;

    if (at != NULL && fc__file_read(at, FC_SHA256_HEX_BYTES, &kept, NULL) == FC_OK &&
        fc__sha256_from_hex(hash, (const char *)kept.data, kept.size)) {
        st = FC_OK;
    } else {
        st = fc__sha256(bytes->data, bytes->size, hash, err);
        fc__sha256_hex(hash, hex);
        if (st == FC_OK && at != NULL && fc__make_folders(folder, NULL) == FC_OK)
            (void)fc__file_write_whole(at, hex, FC_SHA256_HEX_BYTES - 1, NULL);
    }
    fc_buf_dispose(&kept);
    free(at);
    return st;
}

/* Open, look, read, hash. */
static fc_status read_known(const char *path, bool is_model, const fc_neural_options *neural,
                            fc_buf *bytes, fc_sha256 *hash, fc_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const size_t most = is_model ? FC_ONNX_BYTES_MAX : FC_TOKENIZER_MAX_BYTES;
    fc_file_id id;
    fc_status st = FC_OK;

    if (fd < 0)
        return fc__io_error(err, errno, is_model ? "open the model" : "open the tokenizer", path);
    if (is_model)
        st = check_size(fd, path, neural, err);
    if (st == FC_OK)
        st = fc__file_read_fd(fd, path, most, bytes, &id, err);
    if (st == FC_OK)
        st = find_hash(bytes, &id, neural != NULL ? neural->cache_folder : NULL, hash, err);
    close(fd);
    return st;
}

fc_status fc__model_read(const char *path, const fc_neural_options *neural, fc_buf *bytes,
                         fc_sha256 *hash, fc_error *err)
{
    return read_known(path, true, neural, bytes, hash, err);
}

fc_status fc__tokenizer_read(const char *path, const fc_neural_options *neural, fc_buf *bytes,
                             fc_sha256 *hash, fc_error *err)
{
    return read_known(path, false, neural, bytes, hash, err);
}
