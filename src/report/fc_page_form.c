/*
 * The fields of a form. A label holds its field, so that neither needs an id.
 */
#include "fc_page_form.h"

#include <stdio.h>
#include <string.h>

static void put_attribute(fc_page *p, const char *name, const char *value)
{
    if (value == NULL)
        return;
    fc__page_put(p, " ");
    fc__page_put(p, name);
    fc__page_put(p, "=\"");
    fc__page_put_text(p, value);
    fc__page_put(p, "\"");
}

static void begin_label(fc_page *p, const fc_page_field *f)
{
    fc__page_put(p, f->wide ? "<label class=\"wide\">" : "<label>");
    fc__page_put_text(p, f->label);
}

static void put_input(fc_page *p, const fc_page_field *f, const char *type)
{
    begin_label(p, f);
    fc__page_put(p, "<input");
    put_attribute(p, "type", type);
    put_attribute(p, "name", f->name);
    put_attribute(p, "value", f->value);
    put_attribute(p, "placeholder", f->hint);
}

void fc__page_form_begin(fc_page *p, const char *action)
{
    fc__page_put(p, "<form role=\"search\" method=\"post\" enctype=\"multipart/form-data\"");
    put_attribute(p, "action", action);
    fc__page_put(p, ">\n<div class=\"fields\">\n");
}

void fc__page_form_text(fc_page *p, const fc_page_field *f)
{
    put_input(p, f, "text");
    fc__page_put(p, " autocomplete=\"off\"></label>\n");
}

void fc__page_form_number(fc_page *p, const fc_page_field *f, unsigned min, unsigned max)
{
    char range[64];

    put_input(p, f, "number");
    snprintf(range, sizeof(range), " min=\"%u\" max=\"%u\"></label>\n", min, max);
    fc__page_put(p, range);
}

void fc__page_form_file(fc_page *p, const fc_page_field *f)
{
    put_input(p, f, "file");
    fc__page_put(p, "></label>\n");
}

static void put_option(fc_page *p, const char *value, const char *label, bool chosen)
{
    fc__page_put(p, "<option");
    put_attribute(p, "value", value);
    fc__page_put(p, chosen ? " selected>" : ">");
    fc__page_put_text(p, label);
    fc__page_put(p, "</option>");
}

void fc__page_form_choice(fc_page *p, const fc_page_field *f, const fc_page_choice *choices,
                          size_t n)
{
    const char *value = f->value != NULL ? f->value : "";
    bool found = false;

    begin_label(p, f);
    fc__page_put(p, "<select");
    put_attribute(p, "name", f->name);
    fc__page_put(p, ">");
    for (size_t i = 0; i < n; i++) {
        const bool chosen = !found && strcmp(choices[i].value, value) == 0;

        put_option(p, choices[i].value, choices[i].label, chosen);
        found = found || chosen;
    }
    if (!found)
        put_option(p, value, value, true);
    fc__page_put(p, "</select></label>\n");
}

void fc__page_form_end(fc_page *p, const char *button)
{
    fc__page_put(p, "</div>\n<button>");
    fc__page_put_text(p, button);
    fc__page_put(p, "</button></form>\n");
}
