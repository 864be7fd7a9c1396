/*
 * The libraries whose tables of Unicode decide what a letter is and what it becomes.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <pcre2.h>
#include <utf8proc.h>

#include "fc_tokenizer.h"

#define TEXT(x)    #x
#define TEXT_OF(x) TEXT(x)

const char *fc__tokenizer_versions(void)
{
    return "PCRE2 " TEXT_OF(PCRE2_MAJOR) "." TEXT_OF(PCRE2_MINOR) ", utf8proc " TEXT_OF(
        UTF8PROC_VERSION_MAJOR) "." TEXT_OF(UTF8PROC_VERSION_MINOR) "." TEXT_OF(UTF8PROC_VERSION_PATCH);
}
