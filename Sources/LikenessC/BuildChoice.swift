import CLikeness
import IndexCatalog
import IndexDefinitions
import JSON
import SearchService
import VectorCore

/// What `likeness_build_options` ask for.
struct BuildChoice {
    /// The definition of the kind.
    var definition = IndexCatalog.definitions[0]
    /// The metric, or nil for the usual one.
    var metric: DistanceMetric?
    /// The kind's own parameters, as far as they were chosen.
    var parameters = IndexParameters()
    /// How many threads, or nil for all cores.
    var threads: Int?

    /// Reads options; NULL asks for the usual ones.
    ///
    /// - Throws: ``Failure`` that says what is wrong.
    @unsafe
    init(_ pointer: UnsafePointer<likeness_build_options>?) throws(Failure) {
        guard let options = unsafe try known(pointer, as: likeness_build_options()) else { return }
        if let kind = unsafe try indexKind(options.kind) {
            definition = try serving { () throws(ServiceError) in
                try Engine.definition(of: kind)
            }
        }
        metric = unsafe try LikenessC.metric(options.metric)
        let threads = unsafe options.threads
        self.threads = threads == 0 ? nil : threads < 0 ? .max : threads
        if let text = unsafe try optionalText(options.parameters, "parameters") {
            try read(parameters: text)
        }
    }

    var options: BuildOptions {
        BuildOptions(parameters: parameters, threads: Engine.threads(threads))
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
            guard let parameter = definition.parameters.first(where: { $0.name == name }) else {
                throw .invalidArgument(definition.unknown(name).message)
            }
            parameters[name] = try Self.value(value, of: parameter)
        }
    }

    private static func value(
        _ value: JSONValue, of parameter: IndexParameter
    ) throws(Failure) -> IndexParameters.Value {
        let read: IndexParameters.Value? =
            switch parameter.form {
            case .number, .bytes: value.unsignedValue.map { .number($0) }
            case .choice: value.stringValue.map { .word($0) }
            case .flag: value.boolValue.map { .flag($0) }
            }
        guard let read else {
            throw .invalidArgument(
                "The parameter “\(parameter.name)” is \(value.text()); it must be \(parameter.range)."
            )
        }
        return read
    }
}

/// A kind of index by the name that the caller gives, or nil where that is NULL.
///
/// - Throws: ``Failure`` where there is no such kind.
@unsafe
func indexKind(_ name: UnsafePointer<CChar>?) throws(Failure) -> IndexKind? {
    guard let name = unsafe try optionalText(name, "kind") else { return nil }
    return try serving { () throws(ServiceError) in try Engine.kind(named: name) }
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
