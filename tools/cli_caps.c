/* The caps that a user gave, into what the library is asked. */
#include "cli_caps.h"

void cli_caps_apply(const cli_caps *caps, fc_query *q)
{
    q->max_pixels = caps->pixels;
    q->max_samples = caps->samples;
    q->max_points = caps->points;
    q->max_text_bytes = caps->text;
    q->max_file_bytes = caps->file;
    q->max_members = caps->members;
    q->max_nesting = (uint32_t)caps->nesting;
    q->max_draw_ms = (uint32_t)caps->draw_ms;
    q->svg_helper = caps->svg_helper;
}
