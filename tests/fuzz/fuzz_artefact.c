/*
 * Heads and fit records as a store keeps them, out of any bytes: refused or read, and what is read
 * can be written and read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "space_artefact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_head(const fc_buf *bytes)
{
    char encoder[] = "e", output[] = "o";
    fc_space_member member = {.encoder = encoder, .output = output};
    fc_buf again = FC_BUF_INIT;
    fc_head head;

    if (fc__artefact_read_head(&head, bytes, &member, 1, 2, NULL) != FC_OK)
        return;
    must(fc__artefact_write_head(&head, &member, 1, &again, NULL) == FC_OK);
    fc__head_dispose(&head);
    must(fc__artefact_read_head(&head, &again, &member, 1, 2, NULL) == FC_OK);
    fc_buf_dispose(&again);
    fc__head_dispose(&head);
}

static void read_record(const fc_buf *bytes)
{
    fc_fit_record record;
    fc_buf again = FC_BUF_INIT;

    if (fc__artefact_read_record(&record, bytes, NULL) != FC_OK)
        return;
    must(fc__artefact_write_record(&record, &again, NULL) == FC_OK);
    (void)fc__fit_record_saw(&record, 1);
    fc__fit_record_dispose(&record);
    must(fc__artefact_read_record(&record, &again, NULL) == FC_OK);
    fc_buf_dispose(&again);
    fc__fit_record_dispose(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fc_buf bytes = FC_BUF_INIT;

    must(fc_buf_append(&bytes, data, n, NULL) == FC_OK);
    read_head(&bytes);
    read_record(&bytes);
    fc_buf_dispose(&bytes);
    return 0;
}
