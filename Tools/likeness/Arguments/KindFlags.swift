import ArgumentParser
import IndexCatalog
import IndexDefinitions
import VectorCore

/// Flags of what the definitions of kinds have: `--ef-construction 200` for a parameter efConstruction.
///
/// The parser knows only flags that stand in the program. So these are rewritten before it reads them, as
/// `--parameter efConstruction=200`, or `--setting efSearch=64` where a search is told how hard to look.
enum KindFlags {
    /// How the flag of a name in camel case is written: `ef-construction` of `efConstruction`.
    static func flag(_ name: String) -> String {
        name.reduce(into: "") { flag, letter in
            if letter.isUppercase { flag += "-" }
            flag += letter.lowercased()
        }
    }

    /// Arguments of the tool without flags of kinds.
    static func rewritten(_ arguments: [String]) -> [String] {
        if arguments.starts(with: ["index", "build"]) {
            return rewritten(arguments, as: "--parameter", parameters)
        }
        if arguments.first == "search" {
            return rewritten(arguments, as: "--setting", settings)
        }
        return arguments
    }

    private struct Flag {
        let name: String
        /// What a flag without a value means; nil where it has one.
        var value: String?
    }

    private static var parameters: [String: Flag] {
        var flags: [String: Flag] = [:]
        for parameter in IndexCatalog.definitions.flatMap(\.parameters) {
            let (name, flag) = (parameter.name, flag(parameter.name))
            if case .flag = parameter.form {
                flags["--\(flag)"] = Flag(name: name, value: "true")
                flags["--no-\(flag)"] = Flag(name: name, value: "false")
            } else {
                flags["--\(flag)"] = Flag(name: name)
            }
        }
        return flags
    }

    private static var settings: [String: Flag] {
        let names = IndexCatalog.definitions.compactMap(\.setting?.name)
        return Dictionary(
            names.map { ("--\(flag($0))", Flag(name: $0)) }, uniquingKeysWith: { first, _ in first }
        )
    }

    private static func rewritten(
        _ arguments: [String], as option: String, _ flags: [String: Flag]
    ) -> [String] {
        var rewritten: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false
            ).map(String.init)
            // A flag that needs no value and has one is left to the parser, which refuses it.
            guard argument != "--", let flag = flags[parts[0]],
                flag.value == nil || parts.count == 1
            else {
                rewritten.append(argument)
                if argument == "--" { return rewritten + rest }
                continue
            }
            var value = flag.value ?? (parts.count > 1 ? parts[1] : nil)
            if value == nil, let next = rest.first, !isOption(next) { value = rest.popFirst() }
            rewritten += [option, "\(flag.name)=\(value ?? "")"]
        }
        return rewritten
    }

    /// Whether an argument is an option, not a value; numbers below zero are values.
    private static func isOption(_ argument: String) -> Bool {
        argument.hasPrefix("-") && Double(argument) == nil
    }

    /// What the help says of the parameters of all kinds.
    static var help: String {
        IndexCatalog.definitions.filter { !$0.parameters.isEmpty }.map { definition in
            "Of \(definition.kind):\n"
                + definition.parameters.map { "  \(line($0))" }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    private static func line(_ parameter: IndexParameter) -> String {
        let flag = flag(parameter.name)
        let usual = parameter.usual.map { " (default: \($0))" } ?? ""
        switch parameter.form {
        case .flag: return "--\(flag) or --no-\(flag): \(parameter.help)\(usual)"
        case .bytes: return "--\(flag) <bytes>: \(parameter.help), such as 800M or 8G\(usual)"
        case .number: return "--\(flag) <n>: \(parameter.help)\(usual)"
        case .choice(let words):
            return "--\(flag) <\(words.joined(separator: "|"))>: \(parameter.help)\(usual)"
        }
    }
}

/// A name and a value between which an equals sign stands.
struct NamedValue: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        let parts = argument.split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false
        ).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        (name, value) = (parts[0], parts[1])
    }
}

extension [NamedValue] {
    /// The values as parameters of a kind.
    ///
    /// - Throws: `ValidationError` where the kind has no such parameter, or a value cannot be one of it.
    func parameters(of definition: any IndexDefinition) throws -> IndexParameters {
        var parameters = IndexParameters()
        for named in self {
            let isNegated =
                named.value == "false"
                && IndexCatalog.definitions.flatMap(\.parameters).contains {
                    $0.name == named.name && $0.form == .flag
                }
            let flag = (isNegated ? "no-" : "") + KindFlags.flag(named.name)
            guard !named.value.isEmpty else {
                throw ValidationError("Missing value for '--\(flag)'.")
            }
            guard let parameter = definition.parameters.first(where: { $0.name == named.name })
            else {
                let owners = IndexCatalog.definitions.filter { other in
                    other.parameters.contains { $0.name == named.name }
                }
                throw ValidationError(
                    owners.isEmpty
                        ? definition.unknown(named.name).message
                        : "--\(flag) is an option of --kind \(owners.map(\.kind.rawValue).joined(separator: ", "))."
                )
            }
            var value = parameter.value(of: named.value)
            if case .bytes = parameter.form {
                do {
                    value = .number(UInt64(try Value.byteCount(named.value)))
                } catch let error as ValidationError {
                    throw ValidationError("--\(flag) is \(named.value); \(error.message)")
                }
            }
            do throws(IndexError) {
                guard let value else {
                    throw IndexError(
                        .invalidParameter,
                        "\(parameter.name) is \(named.value); it must be \(parameter.range).")
                }
                try parameter.validate(value)
                parameters[named.name] = value
            } catch {
                throw ValidationError("--\(flag): \(error.message)")
            }
        }
        do throws(IndexError) {
            _ = try definition.complete(parameters)
        } catch {
            throw ValidationError(error.message)
        }
        return parameters
    }
}
