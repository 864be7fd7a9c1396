/*
 * What was measured when an index was built, as bytes. Offsets: schemas/segment.md.
 */
#include <math.h>
#include <string.h>

#include "fc_bytes.h"
#include "fc_faiss.h"

#define POINT_BYTES 48u
#define TRIED_BYTES 64u
#define CRC_AT      (FC_MEASURE_BYTES - 4)

enum {
    AT_TARGET = 0,
    AT_RECALL = 4,
    AT_MICROSECONDS = 8,
    AT_N_CURVE = 12,
    AT_N_TRIED = 16,
    AT_SAMPLE_ROWS = 24,
    AT_CURVE = 64,
    AT_TRIED = AT_CURVE + FC_CURVE_MAX * POINT_BYTES,
};

static void encode_point(uint8_t *to, const fc_effort_point *p)
{
    memcpy(to, p->parameters, strnlen(p->parameters, 31));
    fc_put_le32(to + 32, p->times);
    fc_put_le_f32(to + 36, p->slack);
    fc_put_le_f32(to + 40, p->recall);
    fc_put_le_f32(to + 44, p->microseconds);
}

static void encode_tried(uint8_t *to, const fc_tried_kind *t)
{
    memcpy(to, t->kind, strnlen(t->kind, 31));
    fc_put_le32(to + 32, (uint32_t)t->outcome);
    fc_put_le_f32(to + 36, t->recall);
    fc_put_le_f32(to + 40, t->microseconds);
    fc_put_le_f32(to + 44, t->seconds);
    fc_put_le64(to + 48, t->bytes);
}

void fc__measure_encode(const fc_segment_measure *m, uint8_t out[FC_MEASURE_BYTES])
{
    memset(out, 0, FC_MEASURE_BYTES);
    fc_put_le_f32(out + AT_TARGET, m->target);
    fc_put_le_f32(out + AT_RECALL, m->recall);
    fc_put_le_f32(out + AT_MICROSECONDS, m->microseconds);
    fc_put_le32(out + AT_N_CURVE, (uint32_t)m->n_curve);
    fc_put_le32(out + AT_N_TRIED, (uint32_t)m->n_tried);
    fc_put_le64(out + AT_SAMPLE_ROWS, m->sample_rows);
    for (size_t i = 0; i < m->n_curve; i++)
        encode_point(out + AT_CURVE + i * POINT_BYTES, &m->curve[i]);
    for (size_t i = 0; i < m->n_tried; i++)
        encode_tried(out + AT_TRIED + i * TRIED_BYTES, &m->tried[i]);
    fc_put_le32(out + CRC_AT, fc__crc32c(0, out, CRC_AT));
}

static void decode_point(fc_effort_point *p, const uint8_t *from)
{
    memcpy(p->parameters, from, sizeof(p->parameters) - 1);
    p->times = fc_get_le32(from + 32);
    p->slack = fc_get_le_f32(from + 36);
    p->recall = fc_get_le_f32(from + 40);
    p->microseconds = fc_get_le_f32(from + 44);
}

static void decode_tried(fc_tried_kind *t, const uint8_t *from)
{
    const uint32_t outcome = fc_get_le32(from + 32);

    memcpy(t->kind, from, sizeof(t->kind) - 1);
    t->outcome = outcome <= FC_TRIED_FAILED ? (fc_tried_outcome)outcome : FC_TRIED_FAILED;
    t->recall = fc_get_le_f32(from + 36);
    t->microseconds = fc_get_le_f32(from + 40);
    t->seconds = fc_get_le_f32(from + 44);
    t->bytes = fc_get_le64(from + 48);
}

fc_status fc__measure_decode(fc_segment_measure *m, const uint8_t bytes[FC_MEASURE_BYTES],
                             const char *path, fc_error *err)
{
    *m = (fc_segment_measure){0};
    if (fc__crc32c(0, bytes, CRC_AT) != fc_get_le32(bytes + CRC_AT))
        return fc_error_set(err, FC_E_CORRUPT, "%s: what was measured fails its checksum", path);
    m->target = fc_get_le_f32(bytes + AT_TARGET);
    m->recall = fc_get_le_f32(bytes + AT_RECALL);
    m->microseconds = fc_get_le_f32(bytes + AT_MICROSECONDS);
    m->n_curve = fc_get_le32(bytes + AT_N_CURVE);
    m->n_tried = fc_get_le32(bytes + AT_N_TRIED);
    m->sample_rows = fc_get_le64(bytes + AT_SAMPLE_ROWS);
    if (m->n_curve > FC_CURVE_MAX || m->n_tried > FC_TRIED_MAX || !isfinite(m->target) ||
        !isfinite(m->recall) || !isfinite(m->microseconds)) {
        *m = (fc_segment_measure){0};
        return fc_error_set(err, FC_E_CORRUPT, "%s: what was measured makes no sense", path);
    }
    for (size_t i = 0; i < m->n_curve; i++)
        decode_point(&m->curve[i], bytes + AT_CURVE + i * POINT_BYTES);
    for (size_t i = 0; i < m->n_tried; i++)
        decode_tried(&m->tried[i], bytes + AT_TRIED + i * TRIED_BYTES);
    return FC_OK;
}
