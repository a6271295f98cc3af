public import Evaluation
public import MappedStorage
public import VectorCore

/// An index of some kind: it can be written to an index file and read back, and be made one that changes.
public protocol FileBackedIndex: TunableIndex {
    /// The definition of its kind.
    var definition: any IndexDefinition { get }
    /// What it was built with, in the order of the definition's table.
    var builtWith: IndexParameters { get }
    /// What another one like it is built with.
    var rebuiltWith: IndexParameters { get }

    /// Adds the index's sections to a file.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    func writeSections(to writer: inout IndexFileWriter) throws(IndexError)

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
    /// What its definition says.
    public var setting: SearchSetting? { definition.setting }

    /// An ``Overlay``, which every kind can have.
    public func living(ids: RowIDs, waits: Bool) throws(IndexError) -> any LivingIndex {
        Overlay(self, ids: ids)
    }
}
