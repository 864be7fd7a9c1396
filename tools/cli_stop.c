/*
 * Ctrl-C as a wish: the first SIGINT or SIGTERM sets a flag that long calls ask for, the second has
 * its usual effect. The flag and the message are the program's only globals: a handler can reach
 * nothing else.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static atomic_bool stop_wanted;
static char stop_message[128];
static size_t stop_message_bytes;

static void on_signal(int number)
{
    (void)number;
    if (atomic_exchange(&stop_wanted, true))
        return; /* SIGINT and SIGTERM at once: one message */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    /* Nobody could be told that this failed. */
    if (write(STDERR_FILENO, stop_message, stop_message_bytes) < 0)
        return;
}

void cli_stop_install(const char *what)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction before;

    snprintf(stop_message, sizeof(stop_message),
             "\nfeatcache: stopping after %s; once more ends at once\n", what);
    stop_message_bytes = strlen(stop_message);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        /* Whoever started us with the signal ignored (nohup, a script's &) wants it so. */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
}

bool cli_stopped(void *unused)
{
    (void)unused;
    return atomic_load(&stop_wanted);
}
