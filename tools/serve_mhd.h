/*
 * GNU libmicrohttpd, loaded when a server starts: linked, it would bring GnuTLS and six more
 * libraries into every run of the program, which costs 7 ms each (measured).
 */
#ifndef SERVE_MHD_H
#define SERVE_MHD_H

#include <microhttpd.h>

#include <featcache/types.h>

/* The functions of the library, under their own names without MHD_. */
typedef struct serve_mhd {
    __typeof__(MHD_start_daemon) *start_daemon;
    __typeof__(MHD_quiesce_daemon) *quiesce_daemon;
    __typeof__(MHD_stop_daemon) *stop_daemon;
    __typeof__(MHD_suspend_connection) *suspend_connection;
    __typeof__(MHD_resume_connection) *resume_connection;
    __typeof__(MHD_get_connection_info) *get_connection_info;
    __typeof__(MHD_lookup_connection_value) *lookup_connection_value;
    __typeof__(MHD_get_connection_values_n) *get_connection_values_n;
    __typeof__(MHD_create_post_processor) *create_post_processor;
    __typeof__(MHD_post_process) *post_process;
    __typeof__(MHD_destroy_post_processor) *destroy_post_processor;
    __typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
    __typeof__(MHD_add_response_header) *add_response_header;
    __typeof__(MHD_queue_response) *queue_response;
    __typeof__(MHD_destroy_response) *destroy_response;
} serve_mhd;

/* FC_E_UNSUPPORTED: it is not installed, and what to install. It stays loaded. */
fc_status serve_mhd_load(serve_mhd *out, fc_error *err);

#endif /* SERVE_MHD_H */
