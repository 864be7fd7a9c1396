/*
 * CSV records as RFC 4180 has them: quoted fields with "" for a quote, line ends inside quotes,
 * CRLF or LF.
 *
 * A record whose quoting is broken costs its first line only: the reader goes on at the next line,
 * so one forgotten quote does not swallow what follows. That stays linear because a quote may only
 * stand where RFC 4180 has it: inside quotes or not is then the parity of the quotes before, and a
 * line that a broken record took for quoted is, by itself, a record of one line.
 */
#include <string.h>

#include "fc_dataset_impl.h"
#include "fc_text.h"

typedef enum scan_state {
    FIELD_START,
    PLAIN,
    QUOTED,
    QUOTE_SEEN, /* inside quotes: the end of the field, or the first of two */
    RETURN_SEEN /* after a closing quote: only a line feed may follow */
} scan_state;

/* One character on. False when it cannot stand here. */
static bool step(scan_state *state, char c)
{
    switch (*state) {
    case FIELD_START:
        *state = c == '"' ? QUOTED : c == ',' ? FIELD_START : PLAIN;
        return true;
    case PLAIN:
        *state = c == ',' ? FIELD_START : PLAIN;
        return c != '"';
    case QUOTED:
        if (c == '"')
            *state = QUOTE_SEEN;
        return true;
    case QUOTE_SEEN:
        *state = c == '"' ? QUOTED : c == ',' ? FIELD_START : RETURN_SEEN;
        return c == '"' || c == ',' || c == '\r';
    case RETURN_SEEN:
        break;
    }
    return false;
}

fc_status fc__csv_find_end(fc_window *w, size_t *n, const char **broken, fc_error *err)
{
    scan_state state = FIELD_START;
    size_t i = 0;

    *broken = NULL;
    for (;;) {
        const char *at = fc__window_at(w);
        const size_t left = fc__window_left(w);
        fc_status st;

        for (; i < left; i++) {
            if (at[i] == '\n' && state != QUOTED) {
                *n = i + 1;
                return FC_OK;
            }
            if (!step(&state, at[i])) {
                *broken = "a quote inside a field; put the field in quotes and write it \"\"";
                return FC_OK;
            }
        }
        if (w->at_end)
            break;
        if (left > FC_MANIFEST_LINE_MAX) {
            *broken = "the record is longer than 16 MiB; is a closing quote missing?";
            return FC_OK;
        }
        st = fc__window_more(w, err);
        if (st != FC_OK)
            return st;
    }
    if (state == QUOTED)
        *broken = "a quoted field does not end";
    *n = i;
    return FC_OK;
}

size_t fc__csv_split(char *at, size_t n, fc_csv_field *fields)
{
    char *end = at + n;
    size_t count = 0;

    if (end > at && end[-1] == '\n')
        end--;
    if (end > at && end[-1] == '\r')
        end--;
    for (;; at++) {
        char *begin = at, *to = at;

        if (at < end && *at == '"') {
            for (at++; at < end && !(*at == '"' && (at + 1 == end || at[1] != '"')); at++) {
                at += *at == '"';
                *to++ = *at;
            }
            at += at < end;
        } else {
            at = memchr(at, ',', (size_t)(end - at));
            to = at = at != NULL ? at : end;
        }
        if (count < FC_CSV_COLUMNS_MAX)
            fields[count] = (fc_csv_field){begin, (size_t)(to - begin)};
        count++;
        if (at >= end) {
            *to = '\0';
            return count;
        }
        *to = '\0';
    }
}

size_t fc__csv_find_bad_text(const fc_csv_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memchr(fields[i].at, '\0', fields[i].n) != NULL ||
            fc__utf8_valid_prefix(fields[i].at, fields[i].n) != fields[i].n)
            return i;
    return n;
}
