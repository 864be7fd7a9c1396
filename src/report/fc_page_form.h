/*
 * A form on a page, for a server to be asked with: every field has its label, and it works without
 * a script. It is sent as multipart/form-data by POST, so that a file can go with it.
 *
 * Threads: as the page.
 */
#ifndef FC_PAGE_FORM_H
#define FC_PAGE_FORM_H

#include "fc_page.h"

typedef struct fc_page_field {
    const char *name;  /* under which its value is sent */
    const char *label; /* what a reader sees */
    const char *value; /* what it holds; NULL: nothing */
    const char *hint;  /* shown while it is empty; NULL: none */
    bool wide;         /* over the whole width */
} fc_page_field;

/* One of what a field can be. */
typedef struct fc_page_choice {
    const char *value, *label;
} fc_page_choice;

/* @action: the path that is asked. */
void fc__page_form_begin(fc_page *p, const char *action);
void fc__page_form_text(fc_page *p, const fc_page_field *f);
/* A whole number from min to max. */
void fc__page_form_number(fc_page *p, const fc_page_field *f, unsigned min, unsigned max);
/* A file of the reader's; a page cannot fill it in. */
void fc__page_form_file(fc_page *p, const fc_page_field *f);
/* One of n choices; a value that is none of them is offered besides, as it is. */
void fc__page_form_choice(fc_page *p, const fc_page_field *f, const fc_page_choice *choices,
                          size_t n);
void fc__page_form_end(fc_page *p, const char *button);

#endif /* FC_PAGE_FORM_H */
