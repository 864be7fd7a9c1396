/*
 * What must hold before LMDB maps a data file: both meta pages make sense and the file is as long
 * as they say. LMDB itself trusts them: a truncated file is a SIGBUS, a page size of 0 a SIGFPE.
 *
 * Read with pread on a descriptor of our own, which is allowed only while this process has no
 * environment open on the file (the registry's lock is held); data.mdb carries no locks itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_file.h"
#include "fc_lmdb_layout.h"
#include "fc_store_internal.h"

static fc_status damaged(const char *path, const char *what, fc_error *err)
{
    return fc_error_set(
        err, FC_E_CORRUPT,
        "%s: %s; restore a backup, or save what is readable with `featcache repair`", path, what);
}

static bool root_fits(uint64_t root, uint64_t last)
{
    return root == FC_LMDB_NO_PAGE || (root >= 2 && root <= last);
}

/* One meta page; *last and *txn of it. */
static fc_status check_meta(const uint8_t *meta, const char *path, uint32_t *page, uint64_t *last,
                            uint64_t *txn, fc_error *err)
{
    if ((fc_get_le16(meta + FC_LMDB_PAGE_FLAGS) & FC_LMDB_META) == 0 ||
        fc_get_le32(meta + FC_LMDB_META_MAGIC) != FC_LMDB_MAGIC)
        return damaged(path, "no LMDB data file, or its first pages are damaged", err);
    if (fc_get_le32(meta + FC_LMDB_META_FORMAT) != FC_LMDB_FORMAT)
        return fc_error_set(err, FC_E_VERSION, "%s: LMDB data format %u; this build reads format 1",
                            path, fc_get_le32(meta + FC_LMDB_META_FORMAT));
    *page = fc_get_le32(meta + FC_LMDB_META_PAGE);
    *last = fc_get_le64(meta + FC_LMDB_META_LAST);
    *txn = fc_get_le64(meta + FC_LMDB_META_TXN);
    if (*page < FC_LMDB_PAGE_MIN || *page > FC_LMDB_PAGE_MAX || (*page & (*page - 1)) != 0)
        return damaged(path, "a meta page has an impossible page size", err);
    if (*last < 1 || *last > UINT64_MAX / FC_LMDB_PAGE_MAX - 1 ||
        !root_fits(fc_get_le64(meta + FC_LMDB_META_FREE), *last) ||
        !root_fits(fc_get_le64(meta + FC_LMDB_META_MAIN), *last))
        return damaged(path, "a meta page points outside of the file", err);
    return FC_OK;
}

static fc_status check_open_file(int fd, const char *path, fc_error *err)
{
    uint8_t meta[FC_LMDB_META_BYTES];
    uint64_t last[2], txn[2], need;
    uint32_t page[2];
    struct stat file;
    fc_status st;

    if (fstat(fd, &file) != 0)
        return fc__io_error(err, errno, "stat", path);
    if (!S_ISREG(file.st_mode))
        return fc_error_set(err, FC_E_INVALID, "%s is not a regular file", path);
    for (int i = 0; i < 2; i++) {
        const off_t at = i == 0 ? 0 : (off_t)page[0];
        const ssize_t n = pread(fd, meta, sizeof(meta), at);

        if (n < 0)
            return fc__io_error(err, errno, "read", path);
        if (n != (ssize_t)sizeof(meta))
            return damaged(path, "truncated: shorter than its two meta pages", err);
        st = check_meta(meta, path, &page[i], &last[i], &txn[i], err);
        if (st != FC_OK)
            return st;
    }
    if (page[0] != page[1])
        return damaged(path, "the meta pages disagree on the page size", err);
    need = (last[txn[1] > txn[0]] + 1) * page[0];
    if ((uint64_t)file.st_size < (uint64_t)page[0] * 2)
        return damaged(path, "truncated: shorter than its two meta pages", err);
    if ((uint64_t)file.st_size < need)
        return fc__pages_reachable(fd, path, page[0], (uint64_t)file.st_size / page[0], err);
    return FC_OK;
}

fc_status fc__env_check_file(const char *folder, fc_error *err)
{
    char *path = fc__path_join(folder, "data.mdb");
    fc_status st;
    int fd;

    if (path == NULL)
        return fc__nomem(err, strlen(folder) + 10, "a path");
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        st = fc__io_error(err, errno, "open", path);
    } else {
        st = check_open_file(fd, path, err);
        close(fd);
    }
    free(path);
    return st;
}

fc_status fc__refuse_network(const char *path, fc_error *err)
{
    /* Shared maps and fcntl locks are not dependable there. FUSE is not in the list: it is also
     * what local mounts of containers and NTFS look like; of those that reach over a network
     * (sshfs, s3fs) the documentation warns. */
    static const struct {
        uint32_t magic;
        const char *name;
    } refused[] = {
        {0x6969u, "NFS"},        {0x517Bu, "SMB"},        {0xFF534D42u, "CIFS"},
        {0xFE534D42u, "SMB2"},   {0x5346414Fu, "AFS"},    {0x6B414653u, "AFS"},
        {0x73757245u, "Coda"},   {0x564Cu, "NCP"},        {0x00C36400u, "Ceph"},
        {0x0BD00BD0u, "Lustre"}, {0x47504653u, "GPFS"},   {0x01021997u, "9P"},
        {0xAAD7AAEAu, "PanFS"},  {0x013111A8u, "IBRIX"},  {0x7461636Fu, "OCFS2"},
        {0x01161970u, "GFS2"},   {0x19830326u, "BeeGFS"},
    };
    struct statfs fs;

    if (statfs(path, &fs) != 0)
        return fc__io_error(err, errno, "stat the file system of", path);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if ((uint32_t)fs.f_type == refused[i].magic)
            return fc_error_set(
                err, FC_E_UNSUPPORTED,
                "%s is on a network file system (%s), where LMDB cannot lock; use a "
                "local disk, and backup or merge to move data",
                path, refused[i].name);
    return FC_OK;
}
