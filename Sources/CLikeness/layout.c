// The header is an ABI: what callers were compiled with must stay as it is. Fields may only be added, at the end of
// structs that begin with their size.

#include <stddef.h>

#include "likeness.h"

#define HAS_PLACE(type, field, offset) \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define HAS_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")

_Static_assert(sizeof(void *) == 8, "the ABI is that of 64-bit machines");

HAS_SIZE(likeness_status, 4);
HAS_SIZE(likeness_element, 4);

HAS_SIZE(likeness_vectors, 40);
HAS_PLACE(likeness_vectors, values, 0);
HAS_PLACE(likeness_vectors, count, 8);
HAS_PLACE(likeness_vectors, dimension, 16);
HAS_PLACE(likeness_vectors, row_stride, 24);
HAS_PLACE(likeness_vectors, element, 32);

HAS_SIZE(likeness_build_options, 40);
HAS_PLACE(likeness_build_options, size, 0);
HAS_PLACE(likeness_build_options, kind, 8);
HAS_PLACE(likeness_build_options, metric, 16);
HAS_PLACE(likeness_build_options, threads, 24);
HAS_PLACE(likeness_build_options, parameters, 32);

HAS_SIZE(likeness_search_options, 104);
HAS_PLACE(likeness_search_options, size, 0);
HAS_PLACE(likeness_search_options, threads, 8);
HAS_PLACE(likeness_search_options, setting, 16);
HAS_PLACE(likeness_search_options, recall, 24);
HAS_PLACE(likeness_search_options, exact, 32);
HAS_PLACE(likeness_search_options, filter, 40);
HAS_PLACE(likeness_search_options, allowed, 48);
HAS_PLACE(likeness_search_options, allowed_count, 56);
HAS_PLACE(likeness_search_options, within, 64);
HAS_PLACE(likeness_search_options, offset, 72);
HAS_PLACE(likeness_search_options, warnings, 80);
HAS_PLACE(likeness_search_options, mask, 88);
HAS_PLACE(likeness_search_options, mask_count, 96);

HAS_SIZE(likeness_index_stats, 112);
HAS_PLACE(likeness_index_stats, size, 0);
HAS_PLACE(likeness_index_stats, count, 8);
HAS_PLACE(likeness_index_stats, dimension, 16);
HAS_PLACE(likeness_index_stats, memory_bytes, 24);
HAS_PLACE(likeness_index_stats, kind, 32);
HAS_PLACE(likeness_index_stats, metric, 48);
HAS_PLACE(likeness_index_stats, codes, 80);
HAS_PLACE(likeness_index_stats, rebuilds, 96);
HAS_PLACE(likeness_index_stats, codes_fit, 104);

HAS_SIZE(likeness_point_id, 32);
HAS_PLACE(likeness_point_id, number, 0);
HAS_PLACE(likeness_point_id, uuid, 8);
HAS_PLACE(likeness_point_id, is_uuid, 24);
