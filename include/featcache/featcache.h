/**
 * @file featcache/featcache.h
 * All of featcache's public interface.
 */
#ifndef FC_FEATCACHE_H
#define FC_FEATCACHE_H

#include <featcache/audit.h>
#include <featcache/audit_data.h>
#include <featcache/audit_parts.h>
#include <featcache/audit_space.h>
#include <featcache/duplicates.h>
#include <featcache/encode.h>
#include <featcache/eval.h>
#include <featcache/fit.h>
#include <featcache/ingest.h>
#include <featcache/maintain.h>
#include <featcache/neural.h>
#include <featcache/query.h>
#include <featcache/report.h>
#include <featcache/space.h>
#include <featcache/store.h>
#include <featcache/types.h>

#endif /* FC_FEATCACHE_H */
