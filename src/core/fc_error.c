/*
 * Status codes in words, and the one way to set an error message.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fc_text.h"

const char *fc_status_string(fc_status status)
{
    switch (status) {
    case FC_OK:
        return "ok";
    case FC_E_INVALID:
        return "invalid argument";
    case FC_E_NOT_FOUND:
        return "not found";
    case FC_E_NOMEM:
        return "out of memory";
    case FC_E_IO:
        return "input/output error";
    case FC_E_FULL:
        return "full";
    case FC_E_CORRUPT:
        return "corrupt";
    case FC_E_VERSION:
        return "newer format";
    case FC_E_FORMAT:
        return "bad format";
    case FC_E_LIMIT:
        return "over a limit";
    case FC_E_UNSUPPORTED:
        return "unsupported";
    case FC_E_BUSY:
        return "busy";
    case FC_E_EXISTS:
        return "exists already";
    case FC_E_CHANGED:
        return "changed";
    case FC_E_CANCELLED:
        return "cancelled";
    }
    return "unknown status";
}

fc_status fc_error_set(fc_error *err, fc_status status, const char *fmt, ...)
{
    /* Formatted apart: an argument may be err->message itself. */
    char raw[FC_ERROR_MESSAGE_BYTES];
    size_t n, at = 0;
    va_list args;
    int len;

    if (err == NULL)
        return status;
    va_start(args, fmt);
    len = vsnprintf(raw, sizeof(raw), fmt, args);
    va_end(args);
    if (len < 0)
        len = snprintf(raw, sizeof(raw), "%s", fc_status_string(status));
    n = strnlen(raw, sizeof(raw));

    /* Messages quote names from outside and end on terminals: they are made harmless here, once. */
    err->status = status;
    for (size_t i = 0; i < n;) {
        char shown[FC_ESCAPE_MAX];
        size_t used;
        const size_t m = fc__escape_terminal_next(raw + i, n - i, &used, shown);

        /* Also where vsnprintf cut a character: its bytes, shown as \xHH, are the ones too many. */
        if (at + m >= sizeof(err->message))
            break;
        memcpy(err->message + at, shown, m);
        at += m;
        i += used;
    }
    err->message[at] = '\0';
    return status;
}
