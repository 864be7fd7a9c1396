/*
 * Names and sizes of element types and modalities, and the version of the library.
 */
#include <featcache/types.h>

#include <string.h>

#define TEXT_OF_(x) #x
#define TEXT_OF(x)  TEXT_OF_(x)

const char *fc_version_string(void)
{
    return TEXT_OF(FC_VERSION_MAJOR) "." TEXT_OF(FC_VERSION_MINOR) "." TEXT_OF(FC_VERSION_PATCH);
}

typedef struct dtype_info {
    fc_dtype dtype;
    size_t size;
    const char *name;
} dtype_info;

static const dtype_info dtypes[] = {
    {FC_F32, 4, "f32"}, {FC_F16, 2, "f16"}, {FC_BF16, 2, "bf16"}, {FC_I8, 1, "int8"},
    {FC_U8, 1, "u8"},   {FC_I32, 4, "i32"}, {FC_I64, 8, "i64"},
};

#define N_DTYPES (sizeof(dtypes) / sizeof(dtypes[0]))

size_t fc_dtype_size(fc_dtype dtype)
{
    for (size_t i = 0; i < N_DTYPES; i++)
        if (dtypes[i].dtype == dtype)
            return dtypes[i].size;
    return 0;
}

const char *fc_dtype_name(fc_dtype dtype)
{
    for (size_t i = 0; i < N_DTYPES; i++)
        if (dtypes[i].dtype == dtype)
            return dtypes[i].name;
    return "?";
}

fc_status fc_dtype_parse(fc_dtype *out, const char *name)
{
    for (size_t i = 0; i < N_DTYPES; i++)
        if (strcmp(dtypes[i].name, name) == 0) {
            *out = dtypes[i].dtype;
            return FC_OK;
        }
    return FC_E_INVALID;
}

/* Indexed by fc_modality. */
static const char *const modalities[] = {"none", "image", "text", "audio", "points", "vector"};

#define N_MODALITIES (sizeof(modalities) / sizeof(modalities[0]))

const char *fc_modality_name(fc_modality modality)
{
    const size_t i = (size_t)modality;

    return i < N_MODALITIES ? modalities[i] : modalities[FC_MODALITY_NONE];
}

fc_status fc_modality_parse(fc_modality *out, const char *name)
{
    /* "none" is no modality that one can ask for. */
    for (size_t i = 1; i < N_MODALITIES; i++)
        if (strcmp(modalities[i], name) == 0) {
            *out = (fc_modality)i;
            return FC_OK;
        }
    return FC_E_INVALID;
}
