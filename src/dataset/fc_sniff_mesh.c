/*
 * Point clouds and meshes among files. PLY and binary STL have marks of their own. OBJ, OFF, ASCII
 * STL and XYZ are plain text: an ending of theirs decides, an ending of prose (".txt") decides
 * against them, and without either the lines must look like such a file throughout.
 *
 * Comments in such files are often not UTF-8: with their ending, bytes without control characters
 * are enough.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "fc_bytes.h"
#include "fc_dataset_impl.h"

#define STL_HEAD   84u
#define STL_FACE   50u
#define LINES_SEEN 64
#define LINES_MIN  3 /* vertices, before lines without an ending say OBJ */

bool fc__has_ending(const char *name, const char *ending)
{
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;

    return dot != NULL && strcasecmp(dot + 1, ending) == 0;
}

static const struct {
    const char *ending, *what;
    fc_modality modality;
} endings[] = {
    {"obj", "Wavefront OBJ mesh", FC_POINTS},
    {"off", "OFF mesh", FC_POINTS},
    {"ply", "PLY points", FC_POINTS},
    {"stl", "STL mesh", FC_POINTS},
    {"xyz", "XYZ points", FC_POINTS},
    {"pts", "XYZ points", FC_POINTS},
    {"mtl", "Wavefront OBJ material", FC_MODALITY_NONE},
    {"pcd", "PCD points", FC_MODALITY_NONE},
    {"gltf", "glTF mesh", FC_MODALITY_NONE},
};

/* Endings of texts, whatever their lines look like. */
static const char *const prose[] = {"txt", "text", "md",  "csv", "tsv", "json", "jsonl", "html",
                                    "htm", "xml",  "log", "rst", "tex", "yaml", "yml",   "cls"};

bool fc__has_prose_ending(const char *name)
{
    for (size_t i = 0; i < sizeof(prose) / sizeof(prose[0]); i++)
        if (fc__has_ending(name, prose[i]))
            return true;
    return false;
}

static bool is_plain(const uint8_t *head, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((head[i] < 0x20 && (head[i] < '\t' || head[i] > '\r')) || head[i] == 0x7F)
            return false;
    return true;
}

/* The next line (without its end), or NULL; *at moves on. A last line that may be cut off counts
 * only when it ends the file. */
static const char *next_line(const char **at, const char *end, size_t *n)
{
    const char *from = *at;
    const char *stop = memchr(from, '\n', (size_t)(end - from));

    if (from == end)
        return NULL;
    *at = stop != NULL ? stop + 1 : end;
    *n = (size_t)((stop != NULL ? stop : end) - from);
    while (*n > 0 && isspace((unsigned char)from[*n - 1]))
        --*n;
    return from;
}

/* How many numbers the text begins with; *rest is what follows them. */
static int count_numbers(const char *s, size_t n, size_t *rest)
{
    size_t i = 0;
    int count = 0;

    for (;;) {
        size_t from;

        while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == ','))
            i++;
        from = i;
        while (i < n && (isdigit((unsigned char)s[i]) || strchr("+-.eE", s[i]) != NULL) &&
               s[i] != '\0')
            i++;
        if (i == from || (i < n && s[i] != ' ' && s[i] != '\t' && s[i] != ',')) {
            *rest = n - from;
            return count;
        }
        if (!isdigit((unsigned char)s[i - 1]) && s[i - 1] != '.') {
            *rest = n - from;
            return count;
        }
        count++;
    }
}

/* "ply", then a line of a PLY header. */
static bool is_ply(const char *s, size_t n)
{
    static const char *const second[] = {"format ", "comment", "obj_info"};
    size_t i = 3;

    if (n < 5 || memcmp(s, "ply", 3) != 0 || (s[3] != '\n' && s[3] != '\r'))
        return false;
    while (i < n && (s[i] == '\r' || s[i] == '\n'))
        i++;
    for (size_t k = 0; k < sizeof(second) / sizeof(second[0]); k++)
        if (n - i >= strlen(second[k]) && memcmp(s + i, second[k], strlen(second[k])) == 0)
            return true;
    return false;
}

/* A head of 80 bytes, a count, and exactly as many triangles as it says. */
static bool is_binary_stl(const uint8_t *head, size_t n, uint64_t size)
{
    const uint64_t count = n >= STL_HEAD ? fc_get_le32(head + 80) : 0;

    return count > 0 && size == STL_HEAD + STL_FACE * count;
}

/* "OFF" (or COFF, NOFF, ...), then three counts. */
static bool is_off(const char *s, size_t n)
{
    const char *at = s, *end = s + n, *line;
    size_t length, rest, k = 0;

    line = next_line(&at, end, &length);
    while (line != NULL && k < length && k < 4 && strchr("CNST4n", line[k]) != NULL)
        k++;
    if (line == NULL || length < k + 3 || memcmp(line + k, "OFF", 3) != 0)
        return false;
    if (length > k + 3)
        return count_numbers(line + k + 3, length - k - 3, &rest) == 3 && rest == 0;
    while ((line = next_line(&at, end, &length)) != NULL)
        if (length > 0 && line[0] != '#')
            return count_numbers(line, length, &rest) == 3 && rest == 0;
    return false;
}

/* "solid", and a facet soon after. */
static bool is_ascii_stl(const char *s, size_t n)
{
    const char *at = s, *line;
    size_t length;

    if (n < 6 || memcmp(s, "solid", 5) != 0 || !isspace((unsigned char)s[5]))
        return false;
    (void)next_line(&at, s + n, &length);
    while ((line = next_line(&at, s + n, &length)) != NULL) {
        while (length > 0 && isspace((unsigned char)*line)) {
            line++;
            length--;
        }
        if (length > 0)
            return length >= 12 && memcmp(line, "facet normal", 12) == 0;
    }
    return false;
}

/* Nothing but lines of an OBJ, some vertices among them. */
static bool is_obj(const char *s, size_t n)
{
    static const char *const words[] = {"vn ", "vt ", "vp ", "f ",     "l ",     "p ",
                                        "g",   "o ",  "s ",  "usemtl", "mtllib", "#"};
    const char *at = s, *line;
    int vertices = 0;
    size_t length, rest;

    for (int i = 0; i < LINES_SEEN && (line = next_line(&at, s + n, &length)) != NULL; i++) {
        bool known = length == 0;

        if (at == s + n && n >= 1 && s[n - 1] != '\n' && vertices >= LINES_MIN)
            break; /* may be cut off */
        if (length > 2 && line[0] == 'v' && line[1] == ' ') {
            known = count_numbers(line + 2, length - 2, &rest) >= 3 && rest == 0;
            vertices++;
        }
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]) && !known; k++)
            known = length >= strlen(words[k]) && memcmp(line, words[k], strlen(words[k])) == 0;
        if (!known)
            return false;
    }
    return vertices >= LINES_MIN;
}

/* Text without an ending of its own. */
static fc_modality by_lines(const char *s, size_t n, const char **what)
{
    if (is_off(s, n))
        *what = "OFF mesh";
    else if (is_ascii_stl(s, n))
        *what = "STL mesh";
    else if (is_obj(s, n))
        *what = "Wavefront OBJ mesh";
    else
        return FC_MODALITY_NONE;
    return FC_POINTS;
}

fc_modality fc__sniff_mesh(const uint8_t *head, size_t n, uint64_t size, const char *name,
                           bool text, const char **what)
{
    if (is_ply((const char *)head, n)) {
        *what = "PLY points";
        return FC_POINTS;
    }
    if (!text && is_binary_stl(head, n, size)) {
        *what = "STL mesh";
        return FC_POINTS;
    }
    if (!is_plain(head, n)) {
        /* A binary STL whose size is not known, or does not fit: the decoder tells why. */
        if (fc__has_ending(name, "stl") && n >= STL_HEAD) {
            *what = "STL mesh";
            return FC_POINTS;
        }
        return FC_MODALITY_NONE;
    }
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (fc__has_ending(name, endings[i].ending)) {
            *what = endings[i].what;
            return endings[i].modality;
        }
    return text && !fc__has_prose_ending(name) ? by_lines((const char *)head, n, what)
                                               : FC_MODALITY_NONE;
}
