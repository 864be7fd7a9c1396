/*
 * Byte-pair encoding (Sennrich et al. 2016; `tokenizers`: models/bpe): a piece's characters, of
 * which the neighbours with the lowest rank are merged until none can be. The order of merging,
 * also where a queued merge has been overtaken, is that of the reference.
 */
#include "fc_bpe.h"

#include "fc_alloc.h"
#include "fc_token_class.h"

static fc_status add_symbol(fc_model_room *room, size_t *n, uint32_t id, fc_error *err)
{
    if (*n == room->symbols_capacity) {
        const fc_status st = fc__grow_array(&room->symbols, &room->symbols_capacity, *n + 1,
                                            sizeof(*room->symbols), err);

        if (st != FC_OK)
            return st;
    }
    room->symbols[*n] = (fc_bpe_symbol){id, (int32_t)*n - 1, (int32_t)*n + 1, false};
    ++*n;
    return FC_OK;
}

/* The token of a character, with the prefix inside a word and the suffix at its end. */
static uint32_t char_token(const fc_token_model *m, const char *s, size_t n, bool first, bool last)
{
    const fc_bpe *bpe = &m->bpe;
    uint32_t cell = FC_TRIE_ROOT;

    if (!first && bpe->prefix_n > 0)
        cell = fc__trie_walk(&m->vocab, cell, bpe->prefix, bpe->prefix_n);
    cell = fc__trie_walk(&m->vocab, cell, s, n);
    if (last && bpe->suffix_n > 0)
        cell = fc__trie_walk(&m->vocab, cell, bpe->suffix, bpe->suffix_n);
    return cell != 0 ? m->vocab.cells[cell].value : FC_TRIE_NONE;
}

/* The bytes of a character and its affixes as symbols, where all of them are tokens. */
static fc_status add_bytes(const fc_token_model *m, fc_model_room *room, const char *s, size_t n,
                           bool first, bool last, size_t *n_symbols, bool *done, fc_error *err)
{
    const fc_bpe *bpe = &m->bpe;
    const struct {
        const char *text;
        size_t n;
    } parts[3] = {
        {bpe->prefix, first ? 0 : bpe->prefix_n}, {s, n}, {bpe->suffix, last ? bpe->suffix_n : 0}};
    fc_status st = FC_OK;

    *done = false;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < parts[k].n; i++)
            if (m->byte_ids[(uint8_t)parts[k].text[i]] == FC_TRIE_NONE)
                return FC_OK;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < parts[k].n && st == FC_OK; i++)
            st = add_symbol(room, n_symbols, m->byte_ids[(uint8_t)parts[k].text[i]], err);
    *done = true;
    return st;
}

/* The piece as characters. Unknown ones are told when the next known one comes, as one where they
 * are to be fused; without an unknown token they are left out. */
static fc_status split_piece(const fc_token_model *m, fc_model_room *room, const char *s, size_t n,
                             size_t *n_symbols, fc_error *err)
{
    bool pending = false, done;
    fc_status st = FC_OK;
    size_t length;

    for (size_t i = 0; i < n && st == FC_OK; i += length) {
        uint32_t id;

        (void)fc__token_char(s + i, &length);
        id = char_token(m, s + i, length, i == 0, i + length == n);
        done = false;
        if (id == FC_TRIE_NONE && m->bpe.byte_fallback)
            st = add_bytes(m, room, s + i, length, i == 0, i + length == n, n_symbols, &done, err);
        if (st != FC_OK || done)
            continue;
        if (id == FC_TRIE_NONE && m->bpe.unk_missing)
            return fc__token_unknown(s + i, length, err);
        if (pending && (id != FC_TRIE_NONE || !m->bpe.fuse_unk)) {
            st = add_symbol(room, n_symbols, m->unk, err);
            pending = false;
        }
        if (id == FC_TRIE_NONE)
            pending = m->unk != FC_TRIE_NONE;
        else if (st == FC_OK)
            st = add_symbol(room, n_symbols, id, err);
    }
    return st == FC_OK && pending ? add_symbol(room, n_symbols, m->unk, err) : st;
}

static fc_status push_job(fc_model_room *room, fc_bpe_job job, fc_error *err)
{
    size_t at = room->n_jobs;

    if (at == room->jobs_capacity) {
        const fc_status st =
            fc__grow_array(&room->jobs, &room->jobs_capacity, at + 1, sizeof(*room->jobs), err);

        if (st != FC_OK)
            return st;
    }
    room->n_jobs++;
    while (at > 0 && room->jobs[(at - 1) / 2].order > job.order) {
        room->jobs[at] = room->jobs[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    room->jobs[at] = job;
    return FC_OK;
}

static fc_bpe_job pop_job(fc_model_room *room)
{
    const fc_bpe_job top = room->jobs[0], last = room->jobs[--room->n_jobs];
    size_t at = 0, child;

    while ((child = 2 * at + 1) < room->n_jobs) {
        if (child + 1 < room->n_jobs && room->jobs[child + 1].order < room->jobs[child].order)
            child++;
        if (room->jobs[child].order >= last.order)
            break;
        room->jobs[at] = room->jobs[child];
        at = child;
    }
    room->jobs[at] = last;
    return top;
}

/* Queue the merge of the symbol at `place` with the one behind it, if there is one. */
static fc_status offer(const fc_bpe *bpe, fc_model_room *room, int32_t place, fc_error *err)
{
    const fc_bpe_symbol *left = &room->symbols[place];
    const fc_merge *merge;

    if (left->after < 0)
        return FC_OK;
    merge = fc__bpe_slot(bpe, left->id, room->symbols[left->after].id);
    if (merge->left == FC_TRIE_NONE)
        return FC_OK;
    return push_job(room, (fc_bpe_job){(uint64_t)merge->rank << 32 | (uint32_t)place, merge->id},
                    err);
}

static fc_status merge_all(const fc_bpe *bpe, fc_model_room *room, size_t n, fc_error *err)
{
    fc_status st = FC_OK;

    room->n_jobs = 0;
    room->symbols[n - 1].after = -1;
    for (size_t i = 0; i + 1 < n && st == FC_OK; i++)
        st = offer(bpe, room, (int32_t)i, err);
    while (room->n_jobs > 0 && st == FC_OK) {
        const fc_bpe_job job = pop_job(room);
        const int32_t place = (int32_t)(uint32_t)job.order;
        fc_bpe_symbol *left = &room->symbols[place], *right;
        const fc_merge *merge;

        if (left->gone || left->after < 0)
            continue;
        right = &room->symbols[left->after];
        merge = fc__bpe_slot(bpe, left->id, right->id);
        if (merge->left == FC_TRIE_NONE || merge->id != job.id)
            continue; /* what stood here has changed */
        left->id = job.id;
        right->gone = true;
        left->after = right->after;
        if (left->after >= 0)
            room->symbols[left->after].before = place;
        if (left->before >= 0)
            st = offer(bpe, room, left->before, err);
        if (st == FC_OK)
            st = offer(bpe, room, place, err);
    }
    return st;
}

fc_status fc__bpe_encode(const fc_token_model *m, fc_model_room *room, const char *piece, size_t n,
                         fc_token_ids *out, fc_error *err)
{
    size_t n_symbols = 0;
    fc_status st;

    if (m->bpe.ignore_merges) {
        const uint32_t whole = fc__trie_find(&m->vocab, piece, n);

        if (whole != FC_TRIE_NONE)
            return fc__token_ids_add(out, whole, err);
    }
    if (n > INT32_MAX / 2)
        return fc_error_set(err, FC_E_LIMIT, "a word of %zu bytes is too long", n);
    st = split_piece(m, room, piece, n, &n_symbols, err);
    if (st != FC_OK || n_symbols == 0)
        return st;
    st = merge_all(&m->bpe, room, n_symbols, err);
    for (int32_t i = 0; i >= 0 && st == FC_OK; i = room->symbols[i].after)
        st = fc__token_ids_add(out, room->symbols[i].id, err);
    return st;
}
