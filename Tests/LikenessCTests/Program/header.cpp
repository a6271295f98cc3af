// The header as C++ reads it.

#include "likeness.h"

int main() {
    likeness_build_options build = LIKENESS_BUILD_OPTIONS;
    likeness_search_options search = LIKENESS_SEARCH_OPTIONS;
    likeness_index_stats stats = LIKENESS_INDEX_STATS;
    float number = 1;
    likeness_vectors vectors = {&number, 1, 1, 0, LIKENESS_F32};
    likeness_index *index = nullptr;
    bool holds = likeness_index_build(&vectors, nullptr, &build, &index, nullptr) == LIKENESS_OK
        && likeness_index_get_stats(index, &stats, nullptr) == LIKENESS_OK && stats.count == 1 && search.threads == 1
        && search.offset == 0 && search.warnings == nullptr && stats.codes[0] == 'f'
        && stats.rebuilds == 0 && stats.codes_fit;
    likeness_index_free(index);
    return holds ? 0 : 1;
}
