/*
 * WebP through libwebp: the only file that decodes with it. The features are read before anything
 * is allocated; animations are refused. EXIF and ICC chunks lie beside the picture in the RIFF
 * container, which is walked here.
 */
#include "fc_webp.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_decode_internal.h"
#include "fc_exif.h"

#define RIFF_HEADER 12 /* "RIFF", bytes behind this field, "WEBP" */
#define CHUNK_HEAD  8  /* name, bytes */

void fc__webp_chunks(const uint8_t *bytes, size_t n, fc_webp_meta *out)
{
    size_t at = RIFF_HEADER;

    *out = (fc_webp_meta){NULL, 0, 0};
    while (at <= n && n - at >= CHUNK_HEAD) {
        const uint8_t *chunk = bytes + at;
        const size_t size = fc_get_le32(chunk + 4);

        at += CHUNK_HEAD;
        if (size > n - at)
            return;
        if (memcmp(chunk, "EXIF", 4) == 0 && out->exif == NULL) {
            out->exif = bytes + at;
            out->exif_n = size;
        }
        if (memcmp(chunk, "ICCP", 4) == 0 && out->profile_bytes == 0)
            out->profile_bytes = (uint32_t)size;
        at += size + (size & 1);
    }
}

static fc_status refuse(VP8StatusCode code, fc_error *err)
{
    static const char *const words[] = {
        [VP8_STATUS_OK] = "",
        [VP8_STATUS_OUT_OF_MEMORY] = "out of memory",
        [VP8_STATUS_INVALID_PARAM] = "invalid parameter",
        [VP8_STATUS_BITSTREAM_ERROR] = "the bitstream is damaged",
        [VP8_STATUS_UNSUPPORTED_FEATURE] = "an unsupported feature",
        [VP8_STATUS_SUSPENDED] = "the file ends before the image does",
        [VP8_STATUS_USER_ABORT] = "stopped",
        [VP8_STATUS_NOT_ENOUGH_DATA] = "the file ends before the image does",
    };
    const size_t n = sizeof(words) / sizeof(words[0]);

    if (code == VP8_STATUS_OUT_OF_MEMORY)
        return fc_error_set(err, FC_E_NOMEM, "out of memory while decoding a WebP");
    return fc_error_set(err, FC_E_FORMAT, "broken WebP: %s",
                        (size_t)code < n ? words[code] : "an unknown error");
}

/* What the header says, checked. A RIFF that claims more bytes than there are was cut off, though
 * its pixels may be whole. */
static fc_status read_features(const fc_image_source *in, WebPBitstreamFeatures *f, fc_error *err)
{
    const VP8StatusCode code = WebPGetFeatures(in->bytes, in->n, f);

    if (code != VP8_STATUS_OK)
        return refuse(code, err);
    if (f->has_animation != 0)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "the WebP is an animation: save one of its frames as a picture");
    if (fc_get_le32(in->bytes + 4) > in->n - 8)
        return fc_error_set(err, FC_E_FORMAT,
                            "broken WebP: its header says %ju bytes, and the file has %zu",
                            (uintmax_t)fc_get_le32(in->bytes + 4) + 8, in->n);
    return fc__check_image_size((uint64_t)f->width, (uint64_t)f->height, in->limits.max_pixels,
                                err);
}

static fc_status read_pixels(const fc_image_source *in, const WebPBitstreamFeatures *f,
                             fc_image *out, fc_error *err)
{
    const size_t channels = f->has_alpha != 0 ? 4 : 3;
    const size_t stride = (size_t)f->width * channels, size = stride * (size_t)f->height;
    WebPDecoderConfig config;
    VP8StatusCode code;

    if (WebPInitDecoderConfig(&config) == 0)
        return fc_error_set(err, FC_E_UNSUPPORTED, "libwebp is older than what this was built for");
    out->pixels = fc__alloc_bare((size_t)f->height, stride);
    if (out->pixels == NULL)
        return fc__nomem(err, size, "the pixels of a WebP");
    config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out->pixels;
    config.output.u.RGBA.stride = (int)stride; /* a side is below 2^14 */
    config.output.u.RGBA.size = size;
    code = WebPDecode(in->bytes, in->n, &config);
    WebPFreeDecBuffer(&config.output);
    if (code != VP8_STATUS_OK) {
        fc__image_dispose(out);
        return refuse(code, err);
    }
    out->width = (uint32_t)f->width;
    out->height = (uint32_t)f->height;
    if (channels == 4) {
        fc__flatten_rgba(out->pixels, (size_t)f->width * (size_t)f->height, in->ground,
                         out->pixels);
        fc__shrink_to_rgb(out);
    }
    return FC_OK;
}

fc_status fc__decode_webp(const fc_image_source *in, fc_image *out, fc_error *err)
{
    WebPBitstreamFeatures f;
    fc_webp_meta meta;
    fc_status st;

    st = read_features(in, &f, err);
    if (st == FC_OK)
        st = read_pixels(in, &f, out, err);
    if (st != FC_OK)
        return st;
    fc__webp_chunks(in->bytes, in->n, &meta);
    out->format = "WebP";
    out->profile_bytes = meta.profile_bytes;
    out->orientation = fc__exif_orientation(meta.exif, meta.exif_n);
    return FC_OK;
}
