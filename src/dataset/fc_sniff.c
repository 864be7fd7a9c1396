/*
 * What a file is, by its first bytes. The name only decides among kinds that are all text.
 *
 * A new format: a line in `signatures` or `text_kinds`, with the modality once it can be decoded.
 *
 * Signatures that are readable words ("ID3", "BM", "PAR1") also begin notes about such files, so
 * they only decide where the bytes are not text, but for formats that are text themselves (PDF,
 * PLY).
 */
#include <string.h>
#include <strings.h>

#include "fc_dataset.h"
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
    {0, "RIFF", 4, 8, "WEBP", FC_MODALITY_NONE, "WebP image"},
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
    {0, "RIFF", 4, 8, "WAVE", FC_MODALITY_NONE, "RIFF WAVE audio"},
    {0, "RIFF", 4, 8, "AVI ", FC_MODALITY_NONE, "AVI video"},
    {0, "fLaC", 4, 0, NULL, FC_MODALITY_NONE, "FLAC audio"},
    {0, "OggS", 4, 0, NULL, FC_MODALITY_NONE, "Ogg audio"},
    {0, "ID3", 3, 0, NULL, FC_MODALITY_NONE, "MP3 audio"},
    {0, "\xFF\xFB", 2, 0, NULL, FC_MODALITY_NONE, "MP3 audio"},
    {0, "\xFF\xF3", 2, 0, NULL, FC_MODALITY_NONE, "MP3 audio"},
    {0, "FORM", 4, 8, "AIF", FC_MODALITY_NONE, "AIFF audio"},
    {0, ".snd", 4, 0, NULL, FC_MODALITY_NONE, "AU audio"},
    {0, "MThd", 4, 0, NULL, FC_MODALITY_NONE, "MIDI file"},
    {0, "\x1A\x45\xDF\xA3", 4, 0, NULL, FC_MODALITY_NONE, "Matroska video"},
    {0, "LASF", 4, 0, NULL, FC_MODALITY_NONE, "LAS points"},
    {0, "glTF", 4, 0, NULL, FC_MODALITY_NONE, "glTF mesh"},
    {0, "\x93NUMPY", 6, 0, NULL, FC_MODALITY_NONE, "NumPy array"},
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
    {257, "ustar", 5, 0, NULL, FC_MODALITY_NONE, "tar archive"},
    {0,
     "\x7F"
     "ELF",
     4, 0, NULL, FC_MODALITY_NONE, "ELF program"},
    {0, "\xFF\xFE", 2, 0, NULL, FC_MODALITY_NONE, "UTF-16 text (save it as UTF-8)"},
    {0, "\xFE\xFF", 2, 0, NULL, FC_MODALITY_NONE, "UTF-16 text (save it as UTF-8)"},
};

/* Formats that may be text from end to end. */
static const signature text_signatures[] = {
    {0, "ply\n", 4, 0, NULL, FC_MODALITY_NONE, "PLY points"},
    {0, "ply\r\n", 5, 0, NULL, FC_MODALITY_NONE, "PLY points"},
    {0, "# .PCD", 6, 0, NULL, FC_MODALITY_NONE, "PCD points"},
    {0, "%PDF-", 5, 0, NULL, FC_MODALITY_NONE, "PDF document"},
    {0, "%!PS", 4, 0, NULL, FC_MODALITY_NONE, "PostScript document"},
};

/* Files that are text and yet something else, by their extension. */
static const struct {
    const char *extension, *what;
} text_kinds[] = {
    {"svg", "SVG image"},  {"obj", "Wavefront OBJ mesh"}, {"mtl", "Wavefront OBJ material"},
    {"off", "OFF mesh"},   {"ply", "PLY points"},         {"stl", "STL mesh"},
    {"xyz", "XYZ points"}, {"pts", "XYZ points"},         {"pcd", "PCD points"},
    {"gltf", "glTF mesh"},
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

/* UTF-8 with no control characters but those of layout. The last character may be cut off. */
static bool is_text(const uint8_t *head, size_t n)
{
    const size_t valid = fc__utf8_valid_prefix((const char *)head, n);

    for (size_t i = 0; i < n; i++)
        if ((head[i] < 0x20 && (head[i] < '\t' || head[i] > '\r' || head[i] == '\v')) ||
            head[i] == 0x7F)
            return false;
    return valid > 0 && (valid == n || is_cut_off(head + valid, n - valid));
}

static const char *text_kind_of(const char *name)
{
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;

    for (size_t i = 0; dot != NULL && i < sizeof(text_kinds) / sizeof(text_kinds[0]); i++)
        if (strcasecmp(dot + 1, text_kinds[i].extension) == 0)
            return text_kinds[i].what;
    return NULL;
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

fc_modality fc__sniff(const uint8_t *head, size_t n, const char *name, const char **what)
{
    const bool text = is_text(head, n);
    const signature *s = find_signature(
        text_signatures, sizeof(text_signatures) / sizeof(text_signatures[0]), head, n);
    const char *kind;

    *what = "unknown bytes";
    if (n == 0) {
        *what = "an empty file";
        return FC_MODALITY_NONE;
    }
    if (s == NULL && !text)
        s = find_signature(signatures, sizeof(signatures) / sizeof(signatures[0]), head, n);
    if (s != NULL) {
        *what = s->what;
        return s->modality;
    }
    if (!text)
        return FC_MODALITY_NONE;
    kind = is_svg((const char *)head, n) ? "SVG image" : text_kind_of(name);
    *what = kind != NULL ? kind : "UTF-8 text";
    return kind != NULL ? FC_MODALITY_NONE : FC_TEXT;
}
