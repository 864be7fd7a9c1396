/*
 * The classes of code points, out of the table of ranges.
 */
#include "fc_token_class.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_token_class_table.h"

#define TABLE    ((size_t)0x10000)
#define N_RANGES (sizeof(token_classes) / sizeof(token_classes[0]))

uint8_t *fc__token_classes_create(void)
{
    uint8_t *table = fc__alloc_array(TABLE, 1);

    for (size_t i = 0; table != NULL && i < N_RANGES && token_classes[i].first < TABLE; i++) {
        const size_t last = token_classes[i].last < TABLE ? token_classes[i].last : TABLE - 1;

        memset(table + token_classes[i].first, token_classes[i].classes,
               last - token_classes[i].first + 1);
    }
    return table;
}

uint8_t fc__token_class_search(uint32_t cp)
{
    size_t low = 0, high = N_RANGES;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (token_classes[mid].last < cp)
            low = mid + 1;
        else
            high = mid;
    }
    return low < N_RANGES && token_classes[low].first <= cp ? token_classes[low].classes : 0;
}
