/*
 * The parameters of builtin/hashtext, and the rule that they make.
 */
#include "fc_hashtext.h"

static const char *const forms[] = {"nfc", "nfkc", NULL};
static const char *const cuts[] = {"runs", "unicode", NULL};
static const char *const cjk[] = {"characters", "pairs", NULL};

/* Positions in the table and in an array of values. */
enum {
    DIM,
    TOKEN_DIM,
    NGRAM_MIN,
    NGRAM_MAX,
    NGRAM_WEIGHT,
    PAIR_WEIGHT,
    SHORT_WEIGHT,
    MAX_TOKENS,
    LOWERCASE,
    LANGUAGE,
    NORMALISE,
    WORDS,
    CJK,
    STOP_WORDS,
    REPAIR,
    IDF,
    N_PARAMS = FC_HASHTEXT_N_PARAMS
};

const fc_param_spec fc__hashtext_params[N_PARAMS] = {
    [DIM] = {"dim", FC_PARAM_INT, 16, 16384, 1024, NULL, "length of the output `pooled`"},
    [TOKEN_DIM] = {"token_dim", FC_PARAM_INT, 16, 4096, 256, NULL,
                   "length of a row of the output `tokens`"},
    [NGRAM_MIN] = {"ngram_min", FC_PARAM_INT, 1, 8, 3, NULL,
                   "characters of the shortest n-gram, the marks of a word's ends counted"},
    [NGRAM_MAX] = {"ngram_max", FC_PARAM_INT, 1, 8, 5, NULL, "characters of the longest n-gram"},
    [NGRAM_WEIGHT] = {"ngram_weight", FC_PARAM_REAL, 0, 4, 1, NULL,
                      "weight of all n-grams of a word together, against 1 for its stem"},
    [PAIR_WEIGHT] = {"pair_weight", FC_PARAM_REAL, 0, 4, 0.4, NULL,
                     "weight of a pair of neighbouring stems, against 1 for a stem"},
    [SHORT_WEIGHT] = {"short_weight", FC_PARAM_REAL, 0.01, 1, 0.6, NULL,
                      "factor on a word's weight for each letter it has less than four"},
    [MAX_TOKENS] = {"max_tokens", FC_PARAM_INT, 1, 65536, 512, NULL,
                    "rows of `tokens` at most; `pooled` takes all of the text"},
    [LOWERCASE] = {"lowercase", FC_PARAM_FLAG, 0, 1, 1, NULL, "whether case is folded"},
    [LANGUAGE] = {"language", FC_PARAM_CHOICE, 0, 0, 0, fc__stem_languages,
                  "the Snowball stemmer, or none"},
    [NORMALISE] = {"normalise", FC_PARAM_CHOICE, 0, 0, 0, forms,
                   "Unicode's normal form; NFKC makes ligatures and full-width letters plain"},
    [WORDS] = {"words", FC_PARAM_CHOICE, 0, 0, 0, cuts,
               "runs of letters and digits, or what lies between Unicode's word boundaries"},
    [CJK] = {"cjk", FC_PARAM_CHOICE, 0, 0, 0, cjk,
             "scripts without spaces by single characters, or in overlapping pairs, Thai too"},
    [STOP_WORDS] = {"stop_words", FC_PARAM_LIST, 0, 0, 0, fc__stop_lists,
                    "words that are left out; a text that has no others keeps them"},
    [REPAIR] = {"repair", FC_PARAM_FLAG, 0, 1, 0, NULL,
                "whether invalid UTF-8 separates words, instead of being refused"},
    [IDF] = {"idf", FC_PARAM_FLAG, 0, 1, 0, NULL,
             "whether `pooled` weighs words by how few texts of the first ingest have them"},
};

fc_hashtext_rule fc__hashtext_rule_of(const double *v)
{
    return (fc_hashtext_rule){
        .dim = (uint32_t)v[DIM],
        .token_dim = (uint32_t)v[TOKEN_DIM],
        .ngram_min = (uint32_t)v[NGRAM_MIN],
        .ngram_max = (uint32_t)v[NGRAM_MAX],
        .ngram_weight = v[NGRAM_WEIGHT],
        .pair_weight = v[PAIR_WEIGHT],
        .short_weight = v[SHORT_WEIGHT],
        .max_tokens = (uint32_t)v[MAX_TOKENS],
        .text = {.repair = v[REPAIR] != 0,
                 .form = (fc_text_form)v[NORMALISE],
                 .fold_case = v[LOWERCASE] != 0,
                 .cut = (fc_word_cut)v[WORDS],
                 .pairs = v[CJK] != 0},
        .wants_idf = v[IDF] != 0,
        .stop_list = fc__stop_lists[(size_t)v[STOP_WORDS]],
        .language = fc__stem_languages[(size_t)v[LANGUAGE]],
    };
}

fc_status fc__hashtext_check(const double *v, fc_error *err)
{
    if (v[NGRAM_MIN] > v[NGRAM_MAX])
        return fc_error_set(err, FC_E_INVALID,
                            "ngram_min is %d and ngram_max %d: the first has to be the smaller",
                            (int)v[NGRAM_MIN], (int)v[NGRAM_MAX]);
    return FC_OK;
}
