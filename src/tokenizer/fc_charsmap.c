/*
 * Looking texts up in SentencePiece's precompiled table, with the habits of the reference
 * (spm_precompiled, used by `tokenizers`): grapheme clusters of up to five bytes are looked up
 * whole, the shortest entry that they begin with replaces all of them, longer ones go by character.
 */
#include "fc_charsmap.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_text.h"
#include "fc_token_class.h"

#define CLUSTER_MAX 5

struct fc_charsmap {
    fc_buf bytes; /* the decoded table; what follows points into it */
    uint32_t *units;
    size_t n_units;
    const char *texts;
    size_t texts_n;
};

static fc_status read_table(fc_charsmap *map, const char *where, fc_error *err)
{
    const uint8_t *at = map->bytes.data;
    size_t trie_bytes;

    if (map->bytes.size < 4)
        return fc_error_set(err, FC_E_FORMAT, "%s: the charsmap is cut short", where);
    trie_bytes = fc_get_le32(at);
    if (trie_bytes == 0 || trie_bytes % 4 != 0 || trie_bytes > map->bytes.size - 4)
        return fc_error_set(err, FC_E_FORMAT, "%s: the charsmap's table of %zu bytes does not fit",
                            where, trie_bytes);
    map->n_units = trie_bytes / 4;
    map->units = fc__alloc_array(map->n_units, sizeof(*map->units));
    if (map->units == NULL)
        return fc__nomem(err, trie_bytes, "a charsmap");
    for (size_t i = 0; i < map->n_units; i++)
        map->units[i] = fc_get_le32(at + 4 + 4 * i);
    map->texts = (const char *)at + 4 + trie_bytes;
    map->texts_n = map->bytes.size - 4 - trie_bytes;
    if (fc__utf8_valid_prefix(map->texts, map->texts_n) != map->texts_n)
        return fc_error_set(err, FC_E_FORMAT, "%s: the charsmap's texts are not UTF-8", where);
    return FC_OK;
}

fc_status fc__charsmap_create(fc_charsmap **out, const char *base64, size_t n, const char *where,
                              fc_error *err)
{
    fc_charsmap *map = fc__alloc_array(1, sizeof(*map));
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    *out = NULL;
    if (map == NULL)
        return fc__nomem(err, sizeof(*map), "a charsmap");
    st = fc__base64_decode(&map->bytes, base64, n, &inner);
    if (st == FC_OK)
        st = read_table(map, where, err);
    else
        st = fc_error_set(err, st, "%s: precompiled_charsmap: %s", where, inner.message);
    if (st == FC_OK)
        *out = map;
    else
        fc__charsmap_destroy(map);
    return st;
}

void fc__charsmap_destroy(fc_charsmap *map)
{
    if (map == NULL)
        return;
    free(map->units);
    fc_buf_dispose(&map->bytes);
    free(map);
}

static size_t offset_of(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & (1u << 9)) >> 6);
}

/* What the shortest entry at the beginning of s becomes; false: there is none. */
static bool look_up(const fc_charsmap *map, const char *s, size_t n, const char **text,
                    size_t *text_n)
{
    size_t at = offset_of(map->units[0]), value;

    for (size_t i = 0; i < n && s[i] != '\0'; i++) {
        const uint8_t c = (uint8_t)s[i];
        uint32_t unit;

        at ^= c;
        if (at >= map->n_units)
            return false;
        unit = map->units[at];
        if ((unit & (1u << 31 | 0xFFu)) != c)
            return false;
        at ^= offset_of(unit);
        if ((unit >> 8 & 1) == 0)
            continue;
        if (at >= map->n_units)
            return false;
        value = map->units[at] & ((1u << 31) - 1);
        if (value >= map->texts_n)
            return false;
        *text = map->texts + value;
        *text_n = strnlen(*text, map->texts_n - value);
        return true;
    }
    return false;
}

static fc_status put_chars(const fc_charsmap *map, const char *s, size_t n, fc_buf *out,
                           fc_error *err)
{
    fc_status st = FC_OK;
    size_t length;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        const char *text = s + i;
        size_t text_n;

        (void)fc__token_char(s + i, &length);
        if (!look_up(map, s + i, length, &text, &text_n))
            text_n = length;
        st = fc_buf_append(out, text, text_n, err);
    }
    return st;
}

/* Bytes of the grapheme cluster (Unicode, annex 29) at s. */
static size_t cluster_length(const char *s, size_t n)
{
    utf8proc_int32_t state = 0;
    size_t length, at;
    uint32_t before;

    /* Nearly always: ASCII before ASCII. */
    if ((unsigned char)s[0] < 0x80 && (n == 1 || ((unsigned char)s[1] < 0x80 && s[0] != '\r')))
        return 1;
    before = fc__token_char(s, &at);
    while (at < n) {
        const uint32_t next = fc__token_char(s + at, &length);

        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)next,
                                             &state))
            break;
        at += length;
        before = next;
    }
    return at;
}

fc_status fc__charsmap_apply(const fc_charsmap *map, const char *s, size_t n, fc_buf *out,
                             fc_error *err)
{
    fc_status st = FC_OK;
    const char *text;
    size_t length, text_n;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        length = cluster_length(s + i, n - i);
        if (length <= CLUSTER_MAX && look_up(map, s + i, length, &text, &text_n))
            st = fc_buf_append(out, text, text_n, err);
        else
            st = put_chars(map, s + i, length, out, err);
    }
    return st;
}
