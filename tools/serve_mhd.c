/* Finds libmicrohttpd and its functions. Its ABI is one since 2012: libmicrohttpd.so.12. */
#include "serve_mhd.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libmicrohttpd.so.12"

typedef struct entry {
    const char *symbol;
    size_t offset;
} entry;

static const entry entries[] = {
    {"MHD_start_daemon", offsetof(serve_mhd, start_daemon)},
    {"MHD_quiesce_daemon", offsetof(serve_mhd, quiesce_daemon)},
    {"MHD_stop_daemon", offsetof(serve_mhd, stop_daemon)},
    {"MHD_suspend_connection", offsetof(serve_mhd, suspend_connection)},
    {"MHD_resume_connection", offsetof(serve_mhd, resume_connection)},
    {"MHD_get_connection_info", offsetof(serve_mhd, get_connection_info)},
    {"MHD_lookup_connection_value", offsetof(serve_mhd, lookup_connection_value)},
    {"MHD_get_connection_values_n", offsetof(serve_mhd, get_connection_values_n)},
    {"MHD_create_post_processor", offsetof(serve_mhd, create_post_processor)},
    {"MHD_post_process", offsetof(serve_mhd, post_process)},
    {"MHD_destroy_post_processor", offsetof(serve_mhd, destroy_post_processor)},
    {"MHD_create_response_from_buffer", offsetof(serve_mhd, create_response_from_buffer)},
    {"MHD_add_response_header", offsetof(serve_mhd, add_response_header)},
    {"MHD_queue_response", offsetof(serve_mhd, queue_response)},
    {"MHD_destroy_response", offsetof(serve_mhd, destroy_response)},
};

fc_status serve_mhd_load(serve_mhd *out, fc_error *err)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    memset(out, 0, sizeof(*out));
    if (library == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "%s, which serving needs, cannot be loaded; install the package "
                            "libmicrohttpd12",
                            LIBRARY);
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        void *symbol = dlsym(library, entries[i].symbol);

        if (symbol == NULL)
            return fc_error_set(err, FC_E_UNSUPPORTED, "%s has no %s: it is older than 0.9.64",
                                LIBRARY, entries[i].symbol);
        memcpy((char *)out + entries[i].offset, &symbol, sizeof(symbol));
    }
    return FC_OK;
}
