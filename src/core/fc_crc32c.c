/*
 * CRC-32C: slicing by eight in plain C, and the choice of the CPU's instruction over it.
 */
#include <stdatomic.h>

#include "fc_bytes.h"
#include "fc_crc32c_table.h"
#include "fc_dispatch.h"
#include "fc_hash.h"

uint32_t fc__crc32c_plain(uint32_t crc, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    crc = ~crc;
    for (; n >= 8; p += 8, n -= 8) {
        const uint32_t a = crc ^ fc_get_le32(p), b = fc_get_le32(p + 4);

        crc = crc32c_table[7][a & 255] ^ crc32c_table[6][a >> 8 & 255] ^
              crc32c_table[5][a >> 16 & 255] ^ crc32c_table[4][a >> 24] ^ crc32c_table[3][b & 255] ^
              crc32c_table[2][b >> 8 & 255] ^ crc32c_table[1][b >> 16 & 255] ^
              crc32c_table[0][b >> 24];
    }
    for (; n > 0; p++, n--)
        crc = crc >> 8 ^ crc32c_table[0][(crc ^ *p) & 255];
    return ~crc;
}

uint32_t fc__crc32c(uint32_t crc, const void *bytes, size_t n)
{
    /* CPU dispatch: NULL until first asked. */
    static _Atomic(fc__crc32c_fn) chosen;
    fc__crc32c_fn fn = atomic_load_explicit(&chosen, memory_order_acquire);

    if (fn == NULL) {
        fn = fc__crc32c_native();
        if (fn == NULL)
            fn = fc__crc32c_plain;
        atomic_store_explicit(&chosen, fn, memory_order_release);
    }
    return fn(crc, bytes, n);
}
