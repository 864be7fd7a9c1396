/*
 * What a file is, by its first bytes. The name only decides among kinds that are all text.
 *
 * A new format: a line in `signatures`, with the modality where it can be decoded; meshes and
 * arrays are in fc_sniff_mesh.c and fc_sniff_npy.c.
 *
 * Signatures that are readable words ("ID3", "BM", "PAR1") also begin notes about such files, so
 * they only decide where the bytes are not text, but for formats that are text themselves (PDF,
 * PLY).
 */
#include <string.h>

#include "fc_dataset_impl.h"
#include "fc_text.h"

typedef struct signature {
    size_t offset;
    const char *bytes;
    size_t n;
    size_t offset2; /* a second part, where one alone says too little (RIFF....WAVE) */
    const char *bytes2;
    fc_modality modality; /* FC_MODALITY_NONE: named, but nothing here decodes it yet */
    const char *what;
} signature;

/* Longer signatures stand before those they begin with. */
static const signature signatures[] = {
    {0, "\xFF\xD8\xFF", 3, 0, NULL, FC_IMAGE, "JPEG image"},
    {0, "\x89PNG\r\n\x1A\n", 8, 0, NULL, FC_IMAGE, "PNG image"},
    {0, "GIF87a", 6, 0, NULL, FC_MODALITY_NONE, "GIF image"},
    {0, "GIF89a", 6, 0, NULL, FC_MODALITY_NONE, "GIF image"},
    {0, "RIFF", 4, 8, "WEBP", FC_IMAGE, "WebP image"},
    {0, "II*\0", 4, 0, NULL, FC_MODALITY_NONE, "TIFF image"},
    {0, "MM\0*", 4, 0, NULL, FC_MODALITY_NONE, "TIFF image"},
    {0, "BM", 2, 6, "\0\0\0\0", FC_MODALITY_NONE, "BMP image"},
    {0, "\0\0\1\0", 4, 0, NULL, FC_MODALITY_NONE, "Windows icon"},
    {0, "8BPS", 4, 0, NULL, FC_MODALITY_NONE, "Photoshop image"},
    {4, "ftypavif", 8, 0, NULL, FC_MODALITY_NONE, "AVIF image"},
    {4, "ftypheic", 8, 0, NULL, FC_MODALITY_NONE, "HEIC image"},
    {4, "ftypM4A", 7, 0, NULL, FC_MODALITY_NONE, "MPEG-4 audio"},
    {4, "ftyp", 4, 0, NULL, FC_MODALITY_NONE, "MPEG-4 video"},
    {0, "\0\0\0\x0CjP  ", 8, 0, NULL, FC_MODALITY_NONE, "JPEG 2000 image"},
    {0, "RIFF", 4, 8, "WAVE", FC_AUDIO, "RIFF WAVE audio"},
    {0, "RIFF", 4, 8, "AVI ", FC_MODALITY_NONE, "AVI video"},
    {0, "fLaC", 4, 0, NULL, FC_AUDIO, "FLAC audio"},
    {0, "OggS", 4, 0, NULL, FC_AUDIO, "Ogg audio"},
    {0, "ID3", 3, 0, NULL, FC_AUDIO, "MP3 audio"},
    {0, "FORM", 4, 8, "AIF", FC_MODALITY_NONE, "AIFF audio"},
    {0, ".snd", 4, 0, NULL, FC_MODALITY_NONE, "AU audio"},
    {0, "MThd", 4, 0, NULL, FC_MODALITY_NONE, "MIDI file"},
    {0, "\x1A\x45\xDF\xA3", 4, 0, NULL, FC_MODALITY_NONE, "Matroska video"},
    {0, "LASF", 4, 0, NULL, FC_MODALITY_NONE, "LAS points"},
    {0, "glTF", 4, 0, NULL, FC_MODALITY_NONE, "glTF mesh"},
    {0, "\x89HDF\r\n\x1A\n", 8, 0, NULL, FC_MODALITY_NONE, "HDF5 file"},
    {0, "PAR1", 4, 0, NULL, FC_MODALITY_NONE, "Parquet file"},
    {0, "SQLite format 3\0", 16, 0, NULL, FC_MODALITY_NONE, "SQLite database"},
    {0, "PK\3\4", 4, 0, NULL, FC_MODALITY_NONE, "ZIP archive"},
    {0, "PK\5\6", 4, 0, NULL, FC_MODALITY_NONE, "ZIP archive"},
    {0, "\x1F\x8B", 2, 0, NULL, FC_MODALITY_NONE, "gzip"},
    {0, "BZh", 3, 0, NULL, FC_MODALITY_NONE, "bzip2"},
    {0,
     "\xFD"
     "7zXZ\0",
     6, 0, NULL, FC_MODALITY_NONE, "xz"},
    {0, "\x28\xB5\x2F\xFD", 4, 0, NULL, FC_MODALITY_NONE, "zstd"},
    {0, "7z\xBC\xAF\x27\x1C", 6, 0, NULL, FC_MODALITY_NONE, "7-Zip archive"},
    {0,
     "\x7F"
     "ELF",
     4, 0, NULL, FC_MODALITY_NONE, "ELF program"},
    {0, "\xFF\xFE", 2, 0, NULL, FC_MODALITY_NONE, "UTF-16 text (save it as UTF-8)"},
    {0, "\xFE\xFF", 2, 0, NULL, FC_MODALITY_NONE, "UTF-16 text (save it as UTF-8)"},
};

/* Formats that may be text from end to end. */
static const signature text_signatures[] = {
    {0, "# .PCD", 6, 0, NULL, FC_MODALITY_NONE, "PCD points"},
    {0, "%PDF-", 5, 0, NULL, FC_MODALITY_NONE, "PDF document"},
    {0, "%!PS", 4, 0, NULL, FC_MODALITY_NONE, "PostScript document"},
};

static bool has_bytes(const uint8_t *head, size_t n, size_t offset, const char *bytes, size_t k)
{
    return offset <= n && k <= n - offset && memcmp(head + offset, bytes, k) == 0;
}

static const signature *find_signature(const signature *list, size_t n_list, const uint8_t *head,
                                       size_t n)
{
    for (size_t i = 0; i < n_list; i++) {
        const signature *s = &list[i];

        if (!has_bytes(head, n, s->offset, s->bytes, s->n))
            continue;
        /* BMP's second part is four zeros, which strlen would not count. */
        if (s->bytes2 == NULL ||
            has_bytes(head, n, s->offset2, s->bytes2, s->bytes2[0] == '\0' ? 4 : strlen(s->bytes2)))
            return s;
    }
    return NULL;
}

/* Whether n bytes are the beginning of a character that is cut off. */
static bool is_cut_off(const uint8_t *s, size_t n)
{
    const size_t whole = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;

    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return false;
    return s[0] >= 0xC2 && s[0] <= 0xF4 && n < whole;
}

/* No control characters but those of layout. */
static bool is_plain(const uint8_t *head, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((head[i] < 0x20 && (head[i] < '\t' || head[i] > '\r' || head[i] == '\v')) ||
            head[i] == 0x7F)
            return false;
    return true;
}

/* UTF-8 with no control characters but those of layout. The last character may be cut off. */
static bool is_text(const uint8_t *head, size_t n)
{
    const size_t valid = fc__utf8_valid_prefix((const char *)head, n);

    return is_plain(head, n) && valid > 0 && (valid == n || is_cut_off(head + valid, n - valid));
}

/* An SVG under another name: its root element follows at most an XML prologue. */
static bool is_svg(const char *text, size_t n)
{
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        n -= 3;
    }
    while (n > 0 && strchr(" \t\r\n", *text) != NULL && *text != '\0') {
        text++;
        n--;
    }
    if (n >= 4 && memcmp(text, "<svg", 4) == 0)
        return true;
    return n >= 5 && (memcmp(text, "<?xml", 5) == 0 || memcmp(text, "<!DOC", 5) == 0) &&
           memmem(text, n, "<svg", 4) != NULL;
}

/* A gzip'ed SVG, by the name of the file or the one that gzip keeps. */
static bool is_svgz(const uint8_t *head, size_t n, const char *name)
{
    if (fc__has_ending(name, "svgz") || fc__has_ending(name, "svg"))
        return true;
    return n > 14 && (head[3] & 0x0Cu) == 0x08 &&
           memmem(head + 10, n - 10 < 256 ? n - 10 : 256, ".svg", 5) != NULL;
}

/* Bytes per second and layer III only: what the decoder takes. 0: not the head of a frame. */
static size_t mp3_frame_bytes(const uint8_t *h)
{
    static const uint16_t rates[2][15] = {
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};
    static const uint16_t samples[3] = {44100, 48000, 32000};
    const unsigned version = (h[1] >> 3) & 3u, rate = h[2] >> 4, freq = (h[2] >> 2) & 3u;
    unsigned hertz;

    if (h[0] != 0xFF || (h[1] & 0xE0u) != 0xE0 || version == 1 || ((h[1] >> 1) & 3u) != 1 ||
        rate == 0 || rate == 15 || freq == 3)
        return 0;
    hertz = samples[freq] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    return (version == 3 ? 144000u : 72000u) * rates[version != 3][rate] / hertz +
           ((h[2] >> 1) & 1u);
}

/* A bare MPEG layer III stream. Eleven set bits say little, so a second frame must follow where the
 * first one ends; only where the bytes end before that the name decides. */
static bool is_mp3(const uint8_t *head, size_t n, const char *name)
{
    const size_t length = n >= 4 ? mp3_frame_bytes(head) : 0;

    if (length == 0)
        return false;
    if (length > n - 4)
        return fc__has_ending(name, "mp3");
    return mp3_frame_bytes(head + length) != 0 && (head[length + 1] & 0xFEu) == (head[1] & 0xFEu) &&
           ((head[length + 2] ^ head[2]) & 0x0Cu) == 0;
}

/* A tar archive, also one from before POSIX: the first header's checksum is its mark. */
static bool is_tar(const uint8_t *head, size_t n)
{
    unsigned long sum = 8 * ' ', want = 0;
    size_t i = 148;

    if (n < 512 || head[0] == '\0')
        return false;
    for (size_t k = 0; k < 512; k++)
        sum += k < 148 || k >= 156 ? head[k] : 0;
    while (i < 155 && head[i] == ' ')
        i++;
    for (; i < 156 && head[i] >= '0' && head[i] <= '7'; i++)
        want = want * 8 + (unsigned long)(head[i] - '0');
    return want == sum;
}

fc_container fc__sniff_container(const uint8_t *head, size_t n)
{
    if (has_bytes(head, n, 0, "PK\3\4", 4) || has_bytes(head, n, 0, "PK\5\6", 4))
        return FC_CONTAINER_ZIP;
    if (is_tar(head, n))
        return FC_CONTAINER_TAR;
    if (has_bytes(head, n, 0, "\x1F\x8B\x08", 3) || has_bytes(head, n, 0, "\x28\xB5\x2F\xFD", 4))
        return FC_CONTAINER_COMPRESSED;
    if (has_bytes(head, n, 0, "\x93NUMPY", 6))
        return FC_CONTAINER_NPY;
    return FC_CONTAINER_NONE;
}

/* Bytes that are not text. */
static fc_modality sniff_binary(const uint8_t *head, size_t n, const char *name, const char **what)
{
    const signature *s =
        find_signature(signatures, sizeof(signatures) / sizeof(signatures[0]), head, n);

    if (s != NULL) {
        *what = s->what;
        if (has_bytes(head, n, 0, "\x1F\x8B", 2) && is_svgz(head, n, name))
            *what = "gzip'ed SVG image (SVGZ; unpack it)";
        return s->modality;
    }
    if (is_mp3(head, n, name)) {
        *what = "MP3 audio";
        return FC_AUDIO;
    }
    if (is_tar(head, n)) {
        *what = "tar archive";
        return FC_MODALITY_NONE;
    }
    /* The decoder says where it goes wrong, or repairs it where the card asks for that. */
    if (fc__has_prose_ending(name) && is_plain(head, n)) {
        *what = "text that is not UTF-8";
        return FC_TEXT;
    }
    return FC_MODALITY_NONE;
}

fc_modality fc__sniff(const uint8_t *head, size_t n, uint64_t size, const char *name,
                      const char **what)
{
    const bool text = is_text(head, n);
    const char *mesh = NULL;
    const signature *s;
    fc_modality m;

    *what = "unknown bytes";
    if (n == 0) {
        *what = "an empty file";
        return FC_MODALITY_NONE;
    }
    if (has_bytes(head, n, 0, "\x93NUMPY", 6))
        return fc__sniff_npy(head, n, size, what);
    m = fc__sniff_mesh(head, n, size, name, text, &mesh);
    if (mesh != NULL) {
        *what = mesh;
        return m;
    }
    s = find_signature(text_signatures, sizeof(text_signatures) / sizeof(text_signatures[0]), head,
                       n);
    if (s != NULL) {
        *what = s->what;
        return s->modality;
    }
    if (!text)
        return sniff_binary(head, n, name, what);
    if (is_svg((const char *)head, n) || fc__has_ending(name, "svg")) {
        *what = "SVG image";
        return FC_IMAGE;
    }
    *what = "UTF-8 text";
    return FC_TEXT;
}
