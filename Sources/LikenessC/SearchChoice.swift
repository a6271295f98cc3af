import CLikeness
import SearchService

/// What `likeness_search_options` ask for.
struct SearchChoice {
    var effort = SearchEffort.usual
    /// How many threads, or nil for all cores.
    var threads: Int? = 1

    /// Reads options; NULL asks for the usual ones.
    ///
    /// - Throws: ``Failure`` that says what does not go together.
    @unsafe
    @inline(__always)
    init(_ pointer: UnsafePointer<likeness_search_options>?) throws(Failure) {
        guard let pointer = unsafe pointer else { return }
        var usual = likeness_search_options()
        usual.threads = 1
        guard let options = unsafe try known(pointer, as: usual) else { return }
        threads = options.threads == 0 ? nil : options.threads < 0 ? .max : options.threads
        guard options.nprobe == 0 else {
            throw Failure(
                LIKENESS_UNSUPPORTED,
                "nprobe is for kinds with inverted lists, and no kind of this version has them; "
                    + "leave it 0.")
        }
        let (hasSetting, hasAim) = (options.ef_search != 0, options.recall != 0)
        guard !(hasSetting && hasAim), !(options.exact && (hasSetting || hasAim)) else {
            throw .invalidArgument(
                "ef_search, recall and exact exclude each other; choose one of them.")
        }
        if hasSetting {
            effort = .efSearch(options.ef_search < 0 ? .max : options.ef_search)
        } else if hasAim {
            guard options.recall > 0, options.recall <= 1 else {
                throw .invalidArgument(
                    "The recall to reach is \(options.recall); it must be above 0 and at most 1.")
            }
            effort = .recall(options.recall)
        } else if options.exact {
            effort = .exact
        }
    }
}
