/*
 * Meshes on one thread: parsing by format, sampling, and the encoder, over the files named on stdin
 * (any format; names may lead into archives):
 *
 *     find DIR -name '*.obj' | bench_cloud [SECONDS]
 *     find DIR -name '*.obj' | bench_cloud write FOLDER
 *
 * Each mesh is written again in each format, in memory, so that all parse the same shapes; `write`
 * puts these files into FOLDER (0.obj, 0.ascii.ply, ...) for another program to read. Rounds are
 * repeated until SECONDS (2; 0 is one round) have passed; the best of each step counts. A line a
 * step: its name, seconds, bytes read, points, triangles.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_files.h"

#include "fc_builtin.h"
#include "fc_cloud_prep.h"
#include "fc_queue.h"
#include "fc_surface.h"

#define MAX_FILE_BYTES ((size_t)256 << 20)
#define SAMPLES        ((size_t)2048)

enum { OBJ, PLY_ASCII, PLY_BINARY, STL, XYZ, N_FORMATS };
static const char *const names[N_FORMATS] = {"obj", "ascii.ply", "binary.ply", "stl", "xyz"};

typedef struct mesh {
    fc_cloud cloud;
    fc_buf files[N_FORMATS];
} mesh;

typedef struct step {
    double seconds; /* of the best round; 0: none yet */
    size_t bytes;
    uint64_t points, triangles;
} step;

typedef struct bench {
    mesh *meshes;
    size_t n;
    void *encoder;
    step parse[N_FORMATS], sample, describe;
} bench;

static double seconds_since(uint64_t begin)
{
    return (double)(fc__now_ns() - begin) * 1e-9;
}

static void add(step *to, const step *round)
{
    if (to->seconds == 0 || round->seconds < to->seconds)
        *to = *round;
}

/* ---- the same mesh in each format ---- */

static fc_status put_rows(const fc_cloud *c, const char *point, const char *corners, uint32_t first,
                          fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;

    for (uint64_t i = 0; i < c->n_points && st == FC_OK; i++)
        st = fc_buf_append_fmt(out, err, point, (double)c->points[3 * i],
                               (double)c->points[3 * i + 1], (double)c->points[3 * i + 2]);
    for (uint64_t t = 0; corners != NULL && t < c->n_triangles && st == FC_OK; t++)
        st = fc_buf_append_fmt(out, err, corners, c->triangles[3 * t] + first,
                               c->triangles[3 * t + 1] + first, c->triangles[3 * t + 2] + first);
    return st;
}

static fc_status put_ply_head(const fc_cloud *c, const char *format, fc_buf *out, fc_error *err)
{
    return fc_buf_append_fmt(out, err,
                             "ply\nformat %s 1.0\nelement vertex %ju\nproperty float x\n"
                             "property float y\nproperty float z\nelement face %ju\n"
                             "property list uchar int vertex_indices\nend_header\n",
                             format, (uintmax_t)c->n_points, (uintmax_t)c->n_triangles);
}

static fc_status put_binary_ply(const fc_cloud *c, fc_buf *out, fc_error *err)
{
    fc_status st = put_ply_head(c, "binary_little_endian", out, err);

    if (st == FC_OK)
        st = fc_buf_append(out, c->points, (size_t)c->n_points * 3 * sizeof(float), err);
    for (uint64_t t = 0; t < c->n_triangles && st == FC_OK; t++) {
        st = fc_buf_append_u8(out, 3, err);
        if (st == FC_OK)
            st = fc_buf_append(out, c->triangles + 3 * t, 3 * sizeof(uint32_t), err);
    }
    return st;
}

static fc_status put_stl(const fc_cloud *c, fc_buf *out, fc_error *err)
{
    static const uint8_t nothing[80];
    fc_status st = fc_buf_append(out, nothing, 80, err);

    if (st == FC_OK)
        st = fc_buf_append_u32(out, (uint32_t)c->n_triangles, err);
    for (uint64_t t = 0; t < c->n_triangles && st == FC_OK; t++) {
        st = fc_buf_append(out, nothing, 12, err); /* no normal */
        for (size_t k = 0; k < 3 && st == FC_OK; k++)
            st = fc_buf_append(out, c->points + 3 * (size_t)c->triangles[3 * t + k], 12, err);
        if (st == FC_OK)
            st = fc_buf_append(out, nothing, 2, err);
    }
    return st;
}

static fc_status write_formats(mesh *m, fc_error *err)
{
    const fc_cloud *c = &m->cloud;
    fc_status st = put_rows(c, "v %.9g %.9g %.9g\n", "f %u %u %u\n", 1, &m->files[OBJ], err);

    if (st == FC_OK)
        st = put_ply_head(c, "ascii", &m->files[PLY_ASCII], err);
    if (st == FC_OK)
        st = put_rows(c, "%.9g %.9g %.9g\n", "3 %u %u %u\n", 0, &m->files[PLY_ASCII], err);
    if (st == FC_OK)
        st = put_binary_ply(c, &m->files[PLY_BINARY], err);
    if (st == FC_OK)
        st = put_stl(c, &m->files[STL], err);
    if (st == FC_OK)
        st = put_rows(c, "%.9g %.9g %.9g\n", NULL, 0, &m->files[XYZ], err);
    return st;
}

/* Meshes with an area only, so that every step has all of them. */
static fc_status load(bench *b, const bench_files *files, fc_error *err)
{
    fc_status st = FC_OK;

    b->meshes = fc__alloc_array(files->n, sizeof(*b->meshes));
    if (b->meshes == NULL)
        return fc__nomem(err, files->n, "meshes");
    for (size_t i = 0; i < files->n && st == FC_OK; i++) {
        mesh *m = &b->meshes[b->n];

        if (fc__decode_cloud(files->list[i].data, files->list[i].size, files->names[i], NULL,
                             &m->cloud, NULL) != FC_OK)
            continue;
        if (m->cloud.n_triangles == 0 || !(fc__surface_areas(&m->cloud, NULL) > 0)) {
            fc__cloud_dispose(&m->cloud);
            continue;
        }
        b->n++;
        st = write_formats(m, err);
    }
    if (st == FC_OK && b->n == 0)
        st = fc_error_set(err, FC_E_INVALID, "none of %zu files is a mesh", files->n);
    return st;
}

static fc_status write_files(const bench *b, const char *folder, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < b->n && st == FC_OK; i++)
        for (size_t f = 0; f < N_FORMATS && st == FC_OK; f++) {
            char path[4096];

            snprintf(path, sizeof(path), "%s/%zu.%s", folder, i, names[f]);
            st = fc__file_write_whole(path, b->meshes[i].files[f].data, b->meshes[i].files[f].size,
                                      err);
        }
    return st;
}

/* ---- the steps ---- */

static fc_status parse_all(const bench *b, size_t format, step *out, fc_error *err)
{
    char name[32];
    const uint64_t begin = fc__now_ns();
    fc_status st = FC_OK;

    snprintf(name, sizeof(name), "bench.%s", names[format]);
    for (size_t i = 0; i < b->n && st == FC_OK; i++) {
        const fc_buf *file = &b->meshes[i].files[format];
        fc_cloud c;

        st = fc__decode_cloud(file->data, file->size, name, NULL, &c, err);
        out->bytes += file->size;
        out->points += c.n_points;
        out->triangles += c.n_triangles;
        fc__cloud_dispose(&c);
    }
    out->seconds = seconds_since(begin);
    return st;
}

static fc_status sample_all(const bench *b, step *out, fc_error *err)
{
    const uint64_t begin = fc__now_ns();
    fc_status st = FC_OK;

    for (size_t i = 0; i < b->n && st == FC_OK; i++) {
        fc_surface s = FC_SURFACE_INIT;

        st = fc__surface_sample(&b->meshes[i].cloud, SAMPLES, 0, &s, err);
        out->points += s.n;
        out->triangles += b->meshes[i].cloud.n_triangles;
        fc__surface_dispose(&s);
    }
    out->seconds = seconds_since(begin);
    return st;
}

/* What builtin/fpfh does once it has its points: neighbours, normals, histograms, D2. */
static fc_status describe_all(const bench *b, step *out, fc_error *err)
{
    static const bool wanted[FC_BUILTIN_MAX_OUTPUTS] = {true, true};
    const fc_encoder_ops *ops = fc__builtin_find("builtin/fpfh")->ops;
    fc_status st = FC_OK;

    for (size_t i = 0; i < b->n && st == FC_OK; i++) {
        const fc_buf *file = &b->meshes[i].files[PLY_BINARY];
        const fc_input in = {FC_POINTS, file->data, file->size, 0, 0, "bench.ply", NULL};
        fc_tensor outputs[FC_BUILTIN_MAX_OUTPUTS] = {FC_TENSOR_INIT, FC_TENSOR_INIT};
        fc_time_axis times[FC_BUILTIN_MAX_OUTPUTS] = {{.kind = FC_TIME_NONE}};
        fc_features features = {.outputs = outputs, .times = times, .n_outputs = 2};
        fc_features *const all[1] = {&features};
        fc_prepared prepared = FC_PREPARED_INIT;
        const fc_prepared *const inputs[1] = {&prepared};
        uint64_t begin;

        st = ops->prepare(b->encoder, NULL, &in, &prepared, err);
        begin = fc__now_ns();
        if (st == FC_OK)
            st = ops->run(b->encoder, NULL, inputs, 1, wanted, all, err);
        out->seconds += seconds_since(begin);
        out->points += prepared.tensor.shape[0];
        for (size_t k = 0; k < 2; k++)
            fc_tensor_dispose(&outputs[k]);
        fc__prepared_dispose(&prepared);
    }
    return st;
}

static fc_status run_rounds(bench *b, double seconds, fc_error *err)
{
    const uint64_t begin = fc__now_ns();
    fc_status st = FC_OK;

    do {
        for (size_t f = 0; f < N_FORMATS && st == FC_OK; f++) {
            step round = {0};

            st = parse_all(b, f, &round, err);
            add(&b->parse[f], &round);
        }
        for (int what = 0; what < 2 && st == FC_OK; what++) {
            step round = {0};

            st = what == 0 ? sample_all(b, &round, err) : describe_all(b, &round, err);
            add(what == 0 ? &b->sample : &b->describe, &round);
        }
    } while (st == FC_OK && seconds_since(begin) < seconds);
    return st;
}

static void print_step(const char *name, const step *s)
{
    printf("%-11s %10.6f %11zu %10ju %10ju", name, s->seconds, s->bytes, (uintmax_t)s->points,
           (uintmax_t)s->triangles);
    if (s->bytes > 0)
        printf("  %7.1f MB/s", (double)s->bytes * 1e-6 / s->seconds);
    printf("  %6.2f M points/s\n", (double)s->points * 1e-6 / s->seconds);
}

static void report(const bench *b)
{
    printf("# %zu meshes, one thread\n# step           seconds       bytes     points  triangles\n",
           b->n);
    for (size_t f = 0; f < N_FORMATS; f++)
        print_step(names[f], &b->parse[f]);
    print_step("sample", &b->sample);
    print_step("fpfh", &b->describe);
}

static fc_status make_encoder(bench *b, fc_error *err)
{
    double values[FC_BUILTIN_MAX_PARAMS];
    const fc_builtin *fpfh = fc__builtin_find("builtin/fpfh");

    fc__builtin_defaults(fpfh, values);
    return fpfh->create(&b->encoder, values, err);
}

int main(int argc, char **argv)
{
    const bool writes = argc == 3 && strcmp(argv[1], "write") == 0;
    bench_files files = {0};
    bench b = {0};
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    if (argc > 2 && !writes) {
        fputs("usage: find DIR -name '*.obj' | bench_cloud [SECONDS | write FOLDER]\n", stderr);
        return 2;
    }
    st = bench_files_read(&files, MAX_FILE_BYTES, &err);
    if (st == FC_OK)
        st = load(&b, &files, &err);
    if (st == FC_OK && writes)
        st = write_files(&b, argv[2], &err);
    if (st == FC_OK && !writes)
        st = make_encoder(&b, &err);
    if (st == FC_OK && !writes)
        st = run_rounds(&b, argc > 1 ? atof(argv[1]) : 2, &err);
    if (st == FC_OK && !writes)
        report(&b);
    else if (st != FC_OK)
        fprintf(stderr, "bench_cloud: %s\n", err.message);
    for (size_t i = 0; i < b.n; i++) {
        fc__cloud_dispose(&b.meshes[i].cloud);
        for (size_t f = 0; f < N_FORMATS; f++)
            fc_buf_dispose(&b.meshes[i].files[f]);
    }
    free(b.meshes);
    if (b.encoder != NULL)
        fc__builtin_find("builtin/fpfh")->ops->destroy(b.encoder);
    bench_files_dispose(&files);
    return st == FC_OK ? 0 : 3;
}
