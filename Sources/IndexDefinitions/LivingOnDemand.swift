public import Evaluation
import Locks
public import MappedStorage
public import VectorCore

/// An index that can change, and that has what changing it takes only once it does.
///
/// Most indexes are only searched, and the table of ids alone may take a third of what small vectors do.
public final class LivingOnDemand: LivingIndex {
    private enum Source: Sendable {
        case asBuilt(any FileBackedIndex, ids: RowIDs)
        case living(any LivingIndex)
    }

    private let waits: Bool
    private let source: Lock<Source>
    /// Held by whoever makes what takes in changes, so that two do not.
    private let making = Lock(())

    /// Begins with an index, which stays as it is.
    ///
    /// - Parameters:
    ///   - index: without hidden rows.
    ///   - ids: of its rows, each once.
    ///   - waits: whether changes wait where they come faster than the background works.
    public init(_ index: any FileBackedIndex, ids: RowIDs, waits: Bool = true) {
        self.waits = waits
        source = Lock(.asBuilt(index, ids: ids))
    }

    /// What takes in changes; nil while there have been none.
    public var living: (any LivingIndex)? {
        guard case .living(let living) = source.withLock({ $0 }) else { return nil }
        return living
    }

    /// What takes in changes, made where it is needed for the first time.
    private func changing() throws(IndexError) -> any LivingIndex {
        if let living { return living }
        // Searches, which look at the source, do not wait for it to be made.
        return try making.withLock { _ throws(IndexError) in
            switch source.withLock({ $0 }) {
            case .living(let living): return living
            case .asBuilt(let index, let ids):
                let made = try index.living(ids: ids, waits: waits)
                source.withLock { $0 = .living(made) }
                return made
            }
        }
    }

    /// What the next search sees.
    public var version: IndexVersion {
        switch source.withLock({ $0 }) {
        case .asBuilt(let index, let ids): IndexVersion(index, ids: ids)
        case .living(let living): living.version
        }
    }

    /// Bytes of what versions do not count; none while nothing has changed.
    public var byteCount: Int { living?.byteCount ?? 0 }
    /// Why the last work in the background failed, or what is wrong with the index's file, or nil.
    public var fault: IndexError? {
        switch source.withLock({ $0 }) {
        case .asBuilt(let index, _): (index as? MappedIndex)?.fault
        case .living(let living): living.fault
        }
    }
    /// How often the index was built anew.
    public var rebuilds: [RebuildReason: Int] { living?.rebuilds ?? [:] }

    /// Makes a change: all of it or, where this throws, nothing.
    public func change(_ change: IndexChange) throws(ChangeError) {
        let living: any LivingIndex
        do throws(IndexError) {
            living = try changing()
        } catch {
            throw ChangeError(error)
        }
        try living.change(change)
    }

    /// Does at once what changes have left for later.
    public func settle(threads: Int) throws(IndexError) { try living?.settle(threads: threads) }

    /// Measures with queries of the user's how well searches find, and changes nothing.
    public func measuringRecall(
        _ queries: FloatMatrix, threads: Int, reading source: (RowIDs) -> any RowVectors
    ) throws(IndexError) -> MeasuredRecall {
        switch self.source.withLock({ $0 }) {
        case .asBuilt(let index, let ids):
            try index.readable(source, ids).measuringRecall(queries, threads: threads)
        case .living(let living):
            try living.measuringRecall(queries, threads: threads, reading: source)
        }
    }

    /// Measures with queries of the user's how well searches find.
    public func tune(_ queries: FloatMatrix, threads: Int) throws(IndexError) {
        try changing().tune(queries, threads: threads)
    }

    /// The index as it is where nothing has changed, else one without hidden rows.
    public func dense(
        threads: Int
    ) throws(IndexError) -> (index: any FileBackedIndex, ids: [UInt64]) {
        switch source.withLock({ $0 }) {
        case .asBuilt(let index, let ids):
            (index, (0..<UInt32(index.rowCount)).map { ids[$0] })
        case .living(let living):
            try living.dense(threads: threads)
        }
    }
}
