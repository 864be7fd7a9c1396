/**
 * @file featcache/types.h
 * What every other header of featcache stands on: status codes, error messages,
 * element types, modalities and tensors.
 *
 * Threads: everything here is a plain value; share nothing without a lock of your own.
 */
#ifndef FC_TYPES_H
#define FC_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(FC_STATIC) || !defined(__GNUC__)
#define FC_API
#else
#define FC_API __attribute__((visibility("default")))
#endif

#ifdef __GNUC__
#define FC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define FC_PRINTF(fmt, args)
#endif

#define FC_VERSION_MAJOR 0
#define FC_VERSION_MINOR 1
#define FC_VERSION_PATCH 0

/** Version of the library that is linked, such as "0.1.0". Static; never NULL. */
FC_API const char *fc_version_string(void);

/** What a call came to. Negative is failure; see fc_status_string() for words. */
typedef enum fc_status {
    FC_OK = 0,
    FC_E_INVALID = -1,      /**< An argument or option is wrong: the caller's fault. */
    FC_E_NOT_FOUND = -2,    /**< An answer, not a fault: there is no such thing. */
    FC_E_NOMEM = -3,        /**< Memory could not be had. */
    FC_E_IO = -4,           /**< The operating system refused a read or a write. */
    FC_E_FULL = -5,         /**< Disk, quota, file-size limit or map is full. */
    FC_E_CORRUPT = -6,      /**< Stored bytes fail their checksum or their layout. */
    FC_E_VERSION = -7,      /**< Written by a newer format than this library reads. */
    FC_E_FORMAT = -8,       /**< Bytes from outside (an image, a manifest, a card) are not valid. */
    FC_E_LIMIT = -9,        /**< Over a cap that an option sets. */
    FC_E_UNSUPPORTED = -10, /**< Valid, but this build cannot do it. */
    FC_E_BUSY = -11,        /**< Another process holds what is needed. */
    FC_E_EXISTS = -12,      /**< It is there already. */
    FC_E_CANCELLED = -13,   /**< The caller asked to stop. */
    FC_E_CHANGED = -14      /**< What is computed now is not what is stored (canaries). */
} fc_status;

/** A short English name of @p status, such as "not found". Static; never NULL. */
FC_API const char *fc_status_string(fc_status status);

#define FC_ERROR_MESSAGE_BYTES 512

/** Room for one message; lives with the caller. Zero it, or use FC_ERROR_INIT. */
typedef struct fc_error {
    fc_status status;
    char message[FC_ERROR_MESSAGE_BYTES]; /**< One line, UTF-8, cut to fit. */
} fc_error;

#define FC_ERROR_INIT \
    {                 \
        FC_OK, ""     \
    }

/**
 * Set @p err (NULL is allowed) to @p status and a printf-formatted message.
 * @return @p status, so that a caller can `return fc_error_set(...)`.
 */
FC_API fc_status fc_error_set(fc_error *err, fc_status status, const char *fmt, ...)
    FC_PRINTF(3, 4);

/** Element types. The numbers are written to disk and never change. */
typedef enum fc_dtype {
    FC_F32 = 1,
    FC_F16 = 2,  /**< IEEE 754 binary16 */
    FC_BF16 = 3, /**< the upper half of an f32 */
    FC_I8 = 4,   /**< with one f32 scale a row: value = scale * i8 */
    FC_U8 = 5,
    FC_I32 = 6,
    FC_I64 = 7
} fc_dtype;

/** Bytes of one element of @p dtype; 0 for a number that is no dtype. */
FC_API size_t fc_dtype_size(fc_dtype dtype);
/** "f32", "f16", "bf16", "int8", "u8", "i32", "i64"; "?" for a number that is no dtype. */
FC_API const char *fc_dtype_name(fc_dtype dtype);
/** Parse a name as fc_dtype_name() writes it. @retval FC_E_INVALID no such name */
FC_API fc_status fc_dtype_parse(fc_dtype *out, const char *name);

/** Modalities. The numbers are written to disk and never change. */
typedef enum fc_modality {
    FC_MODALITY_NONE = 0,
    FC_IMAGE = 1,
    FC_TEXT = 2,
    FC_AUDIO = 3,
    FC_POINTS = 4,
    FC_VECTOR = 5 /**< precomputed features */
} fc_modality;

/** "image", "text", "audio", "points", "vector"; "none" otherwise. */
FC_API const char *fc_modality_name(fc_modality modality);
/** Parse a name as fc_modality_name() writes it. @retval FC_E_INVALID no such name */
FC_API fc_status fc_modality_parse(fc_modality *out, const char *name);

#define FC_MAX_RANK 4

/**
 * A dense row-major array. Rows run along axis 0. Either owns its data
 * (fc_tensor_alloc) or borrows it (fc_tensor_view); dispose is right for both.
 */
typedef struct fc_tensor {
    fc_dtype dtype;
    uint32_t rank;               /**< 0 (empty) to FC_MAX_RANK */
    uint64_t shape[FC_MAX_RANK]; /**< elements along each axis */
    void *data;
    bool owned;
} fc_tensor;

#define FC_TENSOR_INIT                       \
    {                                        \
        FC_F32, 0, {0, 0, 0, 0}, NULL, false \
    }

/**
 * Allocate zeroed data for a tensor of @p shape; what @p t held before is disposed of.
 * @retval FC_E_LIMIT  the product of the shape does not fit in memory addresses
 * @retval FC_E_NOMEM  no memory; @p t is left empty
 */
FC_API fc_status fc_tensor_alloc(fc_tensor *t, fc_dtype dtype, uint32_t rank, const uint64_t *shape,
                                 fc_error *err);
/** A tensor over @p data, borrowed: valid until the owner releases @p data. */
FC_API fc_tensor fc_tensor_view(void *data, fc_dtype dtype, uint32_t rank, const uint64_t *shape);
/** Number of elements; 0 for an empty tensor. */
FC_API size_t fc_tensor_count(const fc_tensor *t);
/** Release what @p t owns and leave it empty. NULL is a no-op. */
FC_API void fc_tensor_dispose(fc_tensor *t);

typedef uint32_t fc_version_id; /**< an encoder version within one store; 0 is none */
typedef uint16_t fc_output_id;  /**< an output within an encoder version; 0 is none */

#ifdef __cplusplus
}
#endif

#endif /* FC_TYPES_H */
