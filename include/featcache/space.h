/**
 * @file featcache/space.h
 * Spaces: outputs of several encoders whose vectors can be compared with one another by cosine,
 * such as the image half and the text half of CLIP. A space file (schemas/space.md) declares one
 * for encoders that share it by themselves, or with projections that there are; featcache/fit.h
 * fits heads that map others into one. A searcher searches it with fc_searcher_options.space.
 *
 * Threads: as the store and the snapshot.
 */
#ifndef FC_SPACE_H
#define FC_SPACE_H

#include <featcache/neural.h>
#include <featcache/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An encoder's output in a space. Strings belong to the list. */
typedef struct fc_space_output {
    const char *encoder; /**< name */
    const char *fingerprint;
    const char *output;
    fc_modality modality; /**< what the encoder takes */
    bool stored;          /**< the store has this encoder version */
    uint32_t head; /**< outputs with the same number are joined by one head (if there are heads) */
} fc_space_output;

typedef struct fc_space_info {
    const char *name;
    uint32_t version; /**< counts up whenever the declaration changes; from 1 */
    uint32_t dim;
    int64_t created_ns; /**< of this version */
    size_t n_members;
    const fc_space_output *members;
    const char *method; /**< of its heads: "ridge", "cca", "contrastive", "imported"; NULL: none */
    uint64_t n_seen;    /**< groups that its heads were fitted to */
    const char *record_json; /**< what the fit tried and what it scored; NULL: no fit */
} fc_space_info;

/** The newest version of every space of a store, by name; the caller destroys it. */
typedef struct fc_space_list {
    size_t n;
    const fc_space_info *spaces;
} fc_space_list;

FC_API fc_status fc_spaces(fc_snapshot *snapshot, fc_space_list **out, fc_error *err);
FC_API void fc_space_list_destroy(fc_space_list *list);

/**
 * Declare the space that the file @p path describes in @p store: with the cards that it names, as
 * they are now. What says the same as the newest version of its name changes nothing.
 *
 * @param      neural   how models are run (a card of a dynamically quantised one asks for the
 *                      runtime's version); NULL: the defaults
 * @param[out] changed  NULL, or receives whether a new version was put
 * @param[out] problems NULL, or receives a string with every problem of the file and of its cards,
 * a line each, that the caller frees with fc_string_free(); NULL without any
 * @retval FC_E_FORMAT    the file or one of its cards is wrong, or they do not fit together
 * @retval FC_E_NOT_FOUND there is no such file
 */
FC_API fc_status fc_space_declare(fc_store *store, const char *path,
                                  const fc_neural_options *neural, bool *changed, char **problems,
                                  fc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* FC_SPACE_H */
