/* One damage: what it is, why, and the sample it hits. */
#include "cli_damage.h"

static void on_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    cli_damages *d = context;

    cli_progress_watch(&d->progress, what, done, total);
}

void cli_damages_begin(cli_damages *d, const char *word, bool json, unsigned when, json_t *head)
{
    d->word = word;
    d->json = json;
    d->watch = (fc_watch){on_progress, cli_stopped, d};
    if (json)
        cli_json_list_begin(&d->list, head, "damages");
    else
        json_decref(head);
    cli_progress_begin(&d->progress, when);
}

void cli_damages_end(cli_damages *d)
{
    cli_progress_end(&d->progress);
}

static void print_line(const cli_damages *d, const fc_damage *damage)
{
    printf("%s: ", d->word);
    cli_put_text(stdout, damage->where);
    fputs(": ", stdout);
    cli_put_text(stdout, damage->reason);
    if (damage->dataset != NULL) {
        fputs(": ", stdout);
        cli_put_text(stdout, damage->dataset);
    }
    if (damage->dataset != NULL && damage->id != NULL) {
        putchar('/');
        cli_put_text(stdout, damage->id);
    }
    putchar('\n');
}

void cli_damages_add(void *context, const fc_damage *damage)
{
    cli_damages *d = context;

    cli_progress_hide(&d->progress);
    if (d->json)
        cli_json_list_add(
            &d->list, json_pack("{s:o,s:o,s:o,s:o}", "where", cli_json_text(damage->where),
                                "reason", cli_json_text(damage->reason), "dataset",
                                cli_json_text(damage->dataset), "id", cli_json_text(damage->id)));
    else
        print_line(d, damage);
}
