/*
 * Fuzzes the sound decoder: whatever the bytes, samples in the number that was told, all of them
 * finite, or a refusal. Of our own it reaches the walks over WAV chunks, Ogg pages and MP3 frames.
 */
#include <math.h>
#include <stdlib.h>

#include "fc_audio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float block[4096];
    const fc_decode_limits limits = {.max_samples = 1 << 20};
    const double start_s = size > 0 && data[size - 1] % 4 == 0 ? 0.01 : 0;
    fc_error err = FC_ERROR_INIT;
    fc_audio_reader *r = NULL;
    uint64_t n_samples = 0;
    size_t n = 0;
    fc_status st = fc__audio_open(&r, data, size, start_s, 0, &limits, &err);

    if (st == FC_OK)
        do {
            st = fc__audio_read(r, block, 4096, &n, &err);
            for (size_t i = 0; i < n && st == FC_OK; i++)
                if (!isfinite(block[i]))
                    abort();
            n_samples += n;
        } while (st == FC_OK && n > 0);
    if (st == FC_OK && (n_samples != fc__audio_info(r)->n_samples || n_samples > 1 << 20))
        abort();
    if (st != FC_OK && err.message[0] == '\0')
        abort();
    fc__audio_close(r);
    return 0;
}
