import CLikeness
import HNSW
import IndexCatalog
import JSON
import SearchService
import VectorCore

/// What `likeness_build_options` ask for.
struct BuildChoice {
    var kind = IndexKind.hnsw
    /// The metric, or nil for the usual one.
    var metric: DistanceMetric?
    var hnsw = HNSWParameters()
    var matrixByteLimit = 4 << 30
    /// How many threads, or nil for all cores.
    var threads: Int?

    /// Reads options; NULL asks for the usual ones.
    ///
    /// - Throws: ``Failure`` that says what is wrong.
    @unsafe
    init(_ pointer: UnsafePointer<likeness_build_options>?) throws(Failure) {
        guard let options = unsafe try known(pointer, as: likeness_build_options()) else { return }
        if let name = unsafe try optionalText(options.kind, "kind") {
            guard let kind = IndexKind(rawValue: name) else {
                let kinds = IndexKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidArgument("“\(name)” is no kind of index; the kinds are \(kinds).")
            }
            self.kind = kind
        }
        metric = unsafe try LikenessC.metric(options.metric)
        let threads = unsafe options.threads
        self.threads = threads == 0 ? nil : threads < 0 ? .max : threads
        if let text = unsafe try optionalText(options.parameters, "parameters") {
            try read(parameters: text)
        }
    }

    var options: BuildOptions {
        BuildOptions(
            hnsw: hnsw, matrixByteLimit: matrixByteLimit, threads: Engine.threads(threads))
    }

    private mutating func read(parameters text: String) throws(Failure) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: text)
        } catch {
            throw .invalidArgument("The parameters are no JSON: \(error.message)")
        }
        guard let members = value.objectValue else {
            throw .invalidArgument("The parameters are no JSON object; write them as {\"m\": 16}.")
        }
        for (name, value) in members {
            switch (kind, name) {
            case (.hnsw, "m"): hnsw.m = try Self.integer(value, name)
            case (.hnsw, "efConstruction"): hnsw.efConstruction = try Self.integer(value, name)
            case (.hnsw, "efSearch"): hnsw.efSearch = try Self.integer(value, name)
            case (.hnsw, "seed"):
                guard let seed = value.unsignedValue else { throw Self.noInteger(value, name) }
                hnsw.seed = seed
            case (.hnsw, "codes"):
                guard let codes = value.stringValue.flatMap(VectorCodes.init) else {
                    throw .invalidArgument(
                        "The codes are \(value.text()); there are \(VectorCodes.names).")
                }
                hnsw.codes = codes
            case (.hnsw, "vectors"):
                guard let place = value.stringValue.flatMap(VectorPlace.init) else {
                    throw .invalidArgument(
                        "The vectors are kept in \(value.text()); they can be in \(VectorPlace.names)."
                    )
                }
                hnsw.vectors = place
            case (.hnsw, "measureRecall"):
                guard let measures = value.boolValue else {
                    throw .invalidArgument(
                        "The parameter “measureRecall” is \(value.text()); give true or false.")
                }
                hnsw.measuresRecall = measures
            case (.matrix, "byteLimit"): matrixByteLimit = try Self.integer(value, name)
            default: throw unknown(name)
            }
        }
    }

    private func unknown(_ name: String) -> Failure {
        let known =
            switch kind {
            case .flat: "it has none"
            case .matrix: "it has byteLimit"
            case .hnsw:
                "it has m, efConstruction, efSearch, seed, codes, vectors and measureRecall"
            }
        return .invalidArgument(
            "“\(name)” is no parameter of the kind \(kind.rawValue); \(known).")
    }

    private static func integer(_ value: JSONValue, _ name: String) throws(Failure) -> Int {
        guard let number = value.unsignedValue else { throw noInteger(value, name) }
        return Int(clamping: number)
    }

    private static func noInteger(_ value: JSONValue, _ name: String) -> Failure {
        .invalidArgument(
            "The parameter “\(name)” is \(value.text()); give an integer from 0, without a fraction."
        )
    }
}

/// A struct that begins with its size, as far as the caller knows it; the rest is as in `usual`.
///
/// - Returns: nil where the pointer is NULL.
/// - Throws: ``Failure`` where the size is none that this library or an earlier one had.
@unsafe
func known<Struct>(
    _ pointer: UnsafePointer<Struct>?, as usual: Struct
) throws(Failure) -> Struct? {
    guard let pointer = unsafe pointer else { return nil }
    let size = unsafe UnsafeRawPointer(pointer).load(as: Int.self)
    guard size >= 8, size <= MemoryLayout<Struct>.size, size % 8 == 0 else {
        throw .invalidArgument(
            "The size of \(Struct.self) is \(UInt(bitPattern: size)), and this library knows "
                + "\(MemoryLayout<Struct>.size) bytes; begin with the macro of its name.")
    }
    var read = usual
    unsafe withUnsafeMutableBytes(of: &read) { target in
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: size))
    }
    return read
}
