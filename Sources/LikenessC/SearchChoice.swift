import CLikeness
import Likeness
import SearchService
import VectorCore
import VectorKernels

/// What `likeness_search_options` ask for.
struct SearchChoice {
    var effort = SearchEffort.usual
    /// How many threads, or nil for all cores.
    var threads: Int? = 1
    /// The filter as JSON, or nil.
    var filter: String?
    /// The vectors that may be found, or nil for all.
    var allowed: AllowedVectors?
    /// The largest distance of a result, or nil for any.
    var within: Float?
    /// How many of the nearest are left out.
    var offset = 0
    /// Whether the caller has a place for warnings.
    var wantsWarnings = false

    /// Reads options; NULL asks for the usual ones.
    ///
    /// - Throws: ``Failure`` that says what does not go together.
    @unsafe
    @inline(__always)
    init(_ pointer: UnsafePointer<likeness_search_options>?) throws(Failure) {
        guard let pointer = unsafe pointer else { return }
        var usual = unsafe likeness_search_options()
        unsafe usual.threads = 1
        guard let options = unsafe try known(pointer, as: usual) else { return }
        let asked = unsafe options.threads
        threads = asked == 0 ? nil : asked < 0 ? .max : asked
        let (setting, recall) = unsafe (options.setting, options.recall)
        try choose(setting: setting, recall: recall, isExact: unsafe options.exact)
        filter = unsafe try optionalText(options.filter, "filter")
        allowed = unsafe try Self.allowed(options)
        within = unsafe options.within?.pointee
        let skipped = unsafe options.offset
        offset = skipped < 0 ? .max : skipped
        wantsWarnings = unsafe options.warnings != nil
    }

    @unsafe
    private static func allowed(
        _ options: likeness_search_options
    ) throws(Failure) -> AllowedVectors? {
        let count = try LikenessC.count(unsafe options.allowed_count, "allowed_count")
        let ids = unsafe numbers(options.allowed, count: count)
        guard let mask = unsafe options.mask else { return ids.map { .ids($0) } }
        guard ids == nil else {
            throw .invalidArgument("allowed and mask exclude each other; choose one of them.")
        }
        let places = try LikenessC.count(unsafe options.mask_count, "mask_count")
        let bytes = unsafe UnsafeRawBufferPointer(start: mask, count: places)
        return .places(unsafe RowSet(nonzero: bytes), of: places)
    }

    @inline(__always)
    private mutating func choose(
        setting: Int, recall: Double, isExact: Bool
    ) throws(Failure) {
        let (hasSetting, hasAim) = (setting != 0, recall != 0)
        guard !(hasSetting && hasAim), !(isExact && (hasSetting || hasAim)) else {
            throw .invalidArgument(
                "setting, recall and exact exclude each other; choose one of them.")
        }
        if hasSetting {
            effort = .setting(setting < 0 ? .max : setting)
        } else if hasAim {
            guard recall > 0, recall <= 1 else {
                throw .invalidArgument(
                    "The recall to reach is \(recall); it must be above 0 and at most 1.")
            }
            effort = .recall(recall)
        } else if isExact {
            effort = .exact
        }
    }
}
