/*
 * label: full
 *
 * The ten recordings of Debian's package pocketsphinx-testdata: five commands of a card game by one
 * speaker and five sentences of an audio book by another. Taken from where the package is installed
 * or from the cache; else fetched into it with apt (unpacked, not installed); else skipped.
 */
#include "sound_rig.h"

#include <glob.h>

#define DATA    "usr/share/pocketsphinx/test/data"
#define N_FILES 10

/* The folder that holds "cards" and "librivox"; false where there is none. */
static bool find_data(char *out, size_t size)
{
    const char *home = getenv("HOME"), *xdg = getenv("XDG_CACHE_HOME");
    char cache[512], command[2048];

    snprintf(out, size, "/" DATA);
    if (access(out, R_OK) == 0)
        return true;
    if (xdg != NULL && xdg[0] != '\0')
        snprintf(cache, sizeof(cache), "%s/featcache/pocketsphinx", xdg);
    else
        snprintf(cache, sizeof(cache), "%s/.cache/featcache/pocketsphinx",
                 home != NULL ? home : "");
    snprintf(out, size, "%s/" DATA, cache);
    if (access(out, R_OK) == 0)
        return true;
    snprintf(command, sizeof(command),
             "cd '%s' && apt-get -qq -o APT::Sandbox::User=root download pocketsphinx-testdata "
             ">/dev/null 2>&1 && mkdir -p '%s' && dpkg-deb -x pocketsphinx-testdata*.deb '%s'",
             fc_test_tmpdir(), cache, cache);
    return system(command) == 0 && access(out, R_OK) == 0;
}

/* A file's rows lie within it, its vector has unit length. */
static void check_features(const fc_features *f, const char *path, const float *pooled, size_t dim)
{
    const fc_tensor *frames = &f->outputs[0];
    size_t n_bytes;
    uint8_t *bytes = fc_test_read_file(path, &n_bytes);
    const uint64_t n_samples = (n_bytes - 44) / 2; /* all are plain WAV, 16 bits, mono, 16 kHz */

    free(bytes);
    assert_int_equal(frames->shape[0], 1 + (n_samples - 400) / 160);
    assert_int_equal(f->outputs[1].shape[0], frames->shape[0]);
    assert_int_equal(f->times[0].kind, FC_TIME_REGULAR);
    assert_int_equal(f->times[0].start_ns, 0);
    assert_true(fabs(cosine(pooled, pooled, dim) - 1) < 1e-6);
}

static void test_recordings__decode_and_find_their_speaker(void **state)
{
    static const char *const patterns[] = {"cards/*.wav", "librivox/*.wav"};
    static float pooled[N_FILES][POOLED_MAX];
    size_t group[N_FILES] = {0}, n = 0, right = 0, dim = 0;
    char data[1024];
    sound_rig r;

    (void)state;
    if (!find_data(data, sizeof(data)))
        fc_test_skip("the package pocketsphinx-testdata cannot be had");
    sound_rig_up(&r);
    for (size_t p = 0; p < 2; p++) {
        char pattern[1100];
        glob_t found;

        snprintf(pattern, sizeof(pattern), "%s/%s", data, patterns[p]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t i = 0; i < found.gl_pathc; i++, n++) {
            fc_features f = sound_features(&r, found.gl_pathv[i]);

            assert_true(n < N_FILES);
            group[n] = p;
            dim = sound_pooled(&f, pooled[n]);
            check_features(&f, found.gl_pathv[i], pooled[n], dim);
            fc__features_dispose(&f);
        }
        globfree(&found);
    }
    assert_int_equal(n, N_FILES);
    for (size_t i = 0; i < n; i++) {
        double best = -2;
        size_t first = i;

        for (size_t j = 0; j < n; j++)
            if (j != i && cosine(pooled[i], pooled[j], dim) > best) {
                best = cosine(pooled[i], pooled[j], dim);
                first = j;
            }
        right += group[first] == group[i];
    }
    print_message("first neighbour is by the same speaker: %zu of %zu\n", right, n);
    assert_true(right >= 9);
    sound_rig_down(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recordings__decode_and_find_their_speaker),
    };

    return cmocka_run_group_tests_name("recordings", tests, NULL, NULL);
}
