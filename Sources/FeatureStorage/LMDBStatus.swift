internal import CLMDB
internal import CLMDBGuard

/// A status of LMDB: zero, one of its own negative codes, or an `errno`.
///
/// Codes that this version of Likeness does not name are kept as they are.
public struct LMDBStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number that LMDB returned.
    public let rawValue: Int32

    /// Wraps a number that LMDB returned.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Success.
    public static let success = LMDBStatus(rawValue: MDB_SUCCESS)
    /// No such key.
    public static let notFound = LMDBStatus(rawValue: MDB_NOTFOUND)
    /// A page is of the wrong type.
    public static let corrupted = LMDBStatus(rawValue: MDB_CORRUPTED)
    /// A page lies outside the file.
    public static let pageNotFound = LMDBStatus(rawValue: MDB_PAGE_NOTFOUND)
    /// LMDB met a page that cannot be, and gave up.
    public static let gaveUp = LMDBStatus(rawValue: GUARDED_GAVE_UP)
    /// An earlier failure made the environment unusable.
    public static let panic = LMDBStatus(rawValue: MDB_PANIC)
    /// The file is of another version of LMDB.
    public static let versionMismatch = LMDBStatus(rawValue: MDB_VERSION_MISMATCH)
    /// The file is not one of LMDB's.
    public static let invalid = LMDBStatus(rawValue: MDB_INVALID)
    /// The map is full.
    public static let mapFull = LMDBStatus(rawValue: MDB_MAP_FULL)
    /// All reader slots are taken.
    public static let readersFull = LMDBStatus(rawValue: MDB_READERS_FULL)
    /// A transaction has too many changed pages.
    public static let transactionFull = LMDBStatus(rawValue: MDB_TXN_FULL)
    /// Another process made the map larger than this one's.
    public static let mapResized = LMDBStatus(rawValue: MDB_MAP_RESIZED)

    /// An earlier failure ended the transaction.
    public static let badTransaction = LMDBStatus(rawValue: MDB_BAD_TXN)
    /// A page has less room than it says.
    public static let pageFull = LMDBStatus(rawValue: MDB_PAGE_FULL)
    /// A tree is deeper than any can be.
    public static let cursorFull = LMDBStatus(rawValue: MDB_CURSOR_FULL)

    /// Trees and pages do not fit together, or an operation does not fit the tree.
    public static let incompatible = LMDBStatus(rawValue: MDB_INCOMPATIBLE)

    /// What LMDB says about the status.
    public var description: String {
        if self == .gaveUp { return "LMDB found an invalid page" }
        guard let text = unsafe mdb_strerror(rawValue) else { return "status \(rawValue)" }
        return unsafe String(cString: text)
    }
}

extension StorageError {
    /// The error of a status, with what was being done as its subject.
    init(_ status: LMDBStatus, _ doing: String) {
        switch status {
        case .mapFull:
            self.init(.mapFull, "\(doing) failed: the map is full.", status: status)
        case .readersFull:
            self.init(
                .readersFull,
                "\(doing) failed: too many transactions read the store at once; try again.",
                status: status)
        case .transactionFull:
            self.init(
                .transactionTooLarge,
                "\(doing) failed: the transaction changes too much; write fewer points at once.",
                status: status)
        case .corrupted, .pageNotFound, .gaveUp, .badTransaction, .pageFull, .cursorFull:
            self.init(
                .damagedStore,
                "\(doing) failed: the data file is damaged (\(status)); restore it from a copy.",
                status: status)
        case .invalid, .versionMismatch:
            self.init(
                .notAStore,
                "\(doing) failed: the data file is not a store of Likeness (\(status)).",
                status: status)
        case .panic:
            self.init(
                .closed,
                "\(doing) failed: an earlier write to disk failed; open the store again.",
                status: status)
        case LMDBStatus(rawValue: 28), LMDBStatus(rawValue: 122):
            self.init(
                .diskFull, "\(doing) failed: the disk is full; free space and try again.",
                status: status)
        default:
            self.init(.system, "\(doing) failed: \(status).", status: status)
        }
    }
}
