/*
 * Right checksums on a changed block: how tests and the fuzzer get behind them.
 */
#ifndef FC_BLOCK_RESEAL_H
#define FC_BLOCK_RESEAL_H

#include "codec_internal.h"
#include "fc_bytes.h"
#include "fc_hash.h"

/* Put right checksums on the header and the frames. Does nothing where its parts do not fit. */
static inline void reseal(uint8_t *block, size_t n, uint32_t seed)
{
    uint64_t header, n_frames, offset;
    uint8_t *entry;

    if (n < FC_BLOCK_FIXED_BYTES + FC_BLOCK_CRC_BYTES)
        return;
    header = fc_get_le32(block + 8);
    n_frames = fc_get_le32(block + 20);
    if (header < FC_BLOCK_FIXED_BYTES + FC_BLOCK_CRC_BYTES || header > n)
        return;
    if (n_frames <= (header - FC_BLOCK_FIXED_BYTES - FC_BLOCK_CRC_BYTES) / FC_FRAME_ENTRY_BYTES) {
        offset = header;
        entry = block + header - FC_BLOCK_CRC_BYTES - n_frames * FC_FRAME_ENTRY_BYTES;
        for (uint64_t i = 0; i < n_frames; i++, entry += FC_FRAME_ENTRY_BYTES) {
            const uint32_t stored = fc_get_le32(entry + 1);

            if (stored > n - offset)
                break;
            fc_put_le32(entry + 5, fc__crc32c(seed, block + offset, stored));
            offset += stored;
        }
    }
    fc_put_le32(block + header - FC_BLOCK_CRC_BYTES,
                fc__crc32c(seed, block, (size_t)header - FC_BLOCK_CRC_BYTES));
}

#endif /* FC_BLOCK_RESEAL_H */
