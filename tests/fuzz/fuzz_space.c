/*
 * Fuzz target: a space file, and the row of a space in a store. A file that is taken holds members
 * that fit together; one that is not leaves a message with its place. A row that is read is written
 * back to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_space_file.h"
#include "fc_store_internal.h"
#include "fc_store_space.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Cards beyond the working folder are not the parser's business; "builtin/hog" has a slash too. */
static bool leads_away(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] == '/' && (i < 7 || memcmp(data + i - 7, "builtin", 7) != 0))
            return true;
    return false;
}

static void check_file(const uint8_t *data, size_t size)
{
    fc_buf problems = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_space_file f;

    if (fc__space_file_parse(&f, (const char *)data, size, "fuzz.yaml", NULL, &problems, &err) ==
        FC_OK) {
        must(problems.size == 0 && f.n_members >= 2 && f.dim > 0 && fc__space_name_ok(f.name));
        for (size_t i = 0; i < f.n_members; i++)
            must(f.members[i].card != NULL && f.members[i].output != NULL);
    } else {
        must(f.n_members == 0 && strncmp(err.message, "fuzz.yaml", 9) == 0);
    }
    fc__space_file_dispose(&f);
    fc_buf_dispose(&problems);
}

static void check_row(const uint8_t *data, size_t size)
{
    const fc_key key = fc__key_space("fuzz", 7);
    fc_buf again = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_space_row row;
    const fc_status st = fc__space_read(&row, fc__key_span(&key), (fc_span){data, size}, &err);

    if (st == FC_OK) {
        must(row.version == 7 && row.n_members > 0 && strcmp(row.name, "fuzz") == 0);
        must(fc__space_write(&row, &again, &err) == FC_OK);
        must(again.size == size + 4 && memcmp(again.data, data, size) == 0);
    } else {
        must(row.n_members == 0 && row.name == NULL && err.message[0] != '\0');
    }
    fc__space_row_dispose(&row);
    fc_buf_dispose(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!leads_away(data, size))
        check_file(data, size);
    check_row(data, size);
    return 0;
}
