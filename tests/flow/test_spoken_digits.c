/*
 * label: full
 *
 * The ten digits spoken by espeak-ng in eight voices at four speeds: whether the nearest sound by
 * cosine of `pooled`, among sounds of other voices (of other speeds, of neither), is the same
 * digit. Skipped where espeak-ng is not installed.
 */
#include "sound_rig.h"

#include <spawn.h>
#include <sys/wait.h>

#define N_DIGITS 10
#define N_VOICES 8
#define N_SPEEDS 4
#define N_SOUNDS (N_DIGITS * N_VOICES * N_SPEEDS)

extern char **environ;

static const char *const digits[N_DIGITS] = {"zero", "one", "two",   "three", "four",
                                             "five", "six", "seven", "eight", "nine"};
static const char *const voices[N_VOICES] = {"en-us",    "en-gb",    "en-gb-scotland", "en-us+m3",
                                             "en-us+f2", "en-gb+m7", "en-gb+f4",       "en-029+f3"};
static const char *const speeds[N_SPEEDS] = {"120", "150", "180", "210"};

typedef struct spoken {
    size_t digit, voice, speed;
    float pooled[POOLED_MAX];
} spoken;

/* False where espeak-ng cannot be run or lacks the voice. */
static bool speak(const spoken *s, char *path)
{
    char *const argv[] = {(char *)"espeak-ng",
                          (char *)"-v",
                          (char *)voices[s->voice],
                          (char *)"-s",
                          (char *)speeds[s->speed],
                          (char *)"-w",
                          path,
                          (char *)digits[s->digit],
                          NULL};
    int status = 0;
    pid_t child;

    if (posix_spawnp(&child, "espeak-ng", NULL, NULL, argv, environ) != 0)
        return false;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && access(path, R_OK) == 0;
}

/* Of each sound the nearest among those that may be taken: the share of the same digit. */
static double first_is_right(const spoken *all, size_t dim, bool other_voice, bool other_speed)
{
    size_t right = 0;

    for (size_t i = 0; i < N_SOUNDS; i++) {
        double best = -2;
        size_t first = 0;

        for (size_t j = 0; j < N_SOUNDS; j++) {
            double c;

            if ((other_voice && all[j].voice == all[i].voice) ||
                (other_speed && all[j].speed == all[i].speed))
                continue;
            c = cosine(all[i].pooled, all[j].pooled, dim);
            if (c > best) {
                best = c;
                first = j;
            }
        }
        right += all[first].digit == all[i].digit;
    }
    return (double)right / N_SOUNDS;
}

static void test_spoken__digits_find_each_other_across_voices_and_speeds(void **state)
{
    spoken *all = calloc(N_SOUNDS, sizeof(*all));
    char *path = fc_test_path("digit.wav");
    double by_voice, by_speed, by_both;
    size_t dim = 0;
    sound_rig r;

    (void)state;
    assert_non_null(all);
    if (!speak(&all[0], path)) {
        free(path);
        free(all);
        fc_test_skip("espeak-ng is not installed (apt-get install espeak-ng)");
    }
    sound_rig_up(&r);
    for (size_t i = 0; i < N_SOUNDS; i++) {
        fc_features f;

        all[i].digit = i % N_DIGITS;
        all[i].voice = i / N_DIGITS % N_VOICES;
        all[i].speed = i / (N_DIGITS * N_VOICES);
        assert_true(speak(&all[i], path));
        f = sound_features(&r, path);
        dim = sound_pooled(&f, all[i].pooled);
        fc__features_dispose(&f);
    }
    by_voice = first_is_right(all, dim, true, false);
    by_speed = first_is_right(all, dim, false, true);
    by_both = first_is_right(all, dim, true, true);
    print_message(
        "first neighbour is the same digit: %.3f in another voice, %.3f at another speed, "
        "%.3f in neither (%d sounds, chance .1)\n",
        by_voice, by_speed, by_both, N_SOUNDS);
    assert_true(by_voice > 0.9);
    assert_true(by_speed > 0.9);
    assert_true(by_both > 0.9);
    sound_rig_down(&r);
    free(path);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spoken__digits_find_each_other_across_voices_and_speeds),
    };

    return cmocka_run_group_tests_name("spoken_digits", tests, NULL, NULL);
}
