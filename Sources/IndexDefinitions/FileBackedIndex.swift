public import Evaluation
public import MappedStorage
public import VectorCore

/// An index of some kind: it can be written to an index file and read back, and be made one that changes.
public protocol FileBackedIndex: VectorIndex {
    /// The definition of its kind.
    var definition: any IndexDefinition { get }
    /// What it was built with, in the order of the definition's table.
    var builtWith: IndexParameters { get }
    /// What another one like it is built with.
    var rebuiltWith: IndexParameters { get }
    /// What is known of how well searches find; nothing where they are exact.
    var recall: MeasuredRecall { get }

    /// Adds the index's sections to a file.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    func writeSections(to writer: inout IndexFileWriter) throws(IndexError)

    /// What is known once it has been measured with queries of the user's how well searches find.
    ///
    /// - Parameter queries: shape (queries, dimension), not among the vectors.
    /// - Throws: ``IndexError`` as a search does; with `invalidParameter` where there are no queries, or searches are
    ///   exact.
    /// - Complexity: O(queries · count · dimension / threads)
    func measuringRecall(
        _ queries: FloatMatrix, threads: Int
    ) throws(IndexError) -> MeasuredRecall

    /// This index with something else known of how well searches find.
    func with(_ recall: MeasuredRecall) -> Self

    /// What takes in changes of this index.
    ///
    /// - Parameters:
    ///   - ids: of its rows, each once.
    ///   - waits: whether changes wait where they come faster than the background works.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    func living(ids: RowIDs, waits: Bool) throws(IndexError) -> any LivingIndex
}

extension FileBackedIndex {
    /// What it was built with, in a line: numbers, and what is not the usual choice.
    public var summary: String {
        var told = IndexParameters()
        for parameter in definition.parameters {
            guard let value = builtWith[parameter.name] else { continue }
            if case .number = value {
                told[parameter.name] = value
            } else if value != parameter.usual {
                told[parameter.name] = value
            }
        }
        return told.text
    }

    /// This index, or where it does not keep its vectors, this one that reads them.
    public func readable(_ source: (RowIDs) -> any RowVectors, _ ids: RowIDs) -> Self {
        keepsVectors ? self : reading(source(ids))
    }

    /// The kind.
    public var kind: IndexKind { definition.kind }
    /// What it was built with.
    public var rebuiltWith: IndexParameters { builtWith }
    /// Nothing: searches are exact.
    public var recall: MeasuredRecall { MeasuredRecall() }
    /// Refuses: searches are exact.
    public func measuringRecall(
        _ queries: FloatMatrix, threads: Int
    ) throws(IndexError) -> MeasuredRecall {
        throw IndexError(
            .invalidParameter, "An index of kind \(kind) is exact, so there is nothing to tune.")
    }

    /// Itself: searches are exact.
    public func with(_ recall: MeasuredRecall) -> Self { self }

    /// An ``Overlay``, which every kind can have.
    public func living(ids: RowIDs, waits: Bool) throws(IndexError) -> any LivingIndex {
        Overlay(self, ids: ids)
    }
}
