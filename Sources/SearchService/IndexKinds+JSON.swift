import IndexCatalog
import IndexDefinitions
package import JSON
import VectorCore

extension Engine {
    /// The kinds of index there are, as the tool, C and Python are told them: what each is, what its setting is called,
    /// and what may be chosen when one is built.
    package static var kindsJSON: JSONValue {
        .array(IndexCatalog.definitions.map { .object($0.json) })
    }
}

extension IndexDefinition {
    fileprivate var json: JSONObject {
        let setting: JSONValue =
            self.setting.map {
                .object(["name": .string($0.name), "help": .string($0.help)])
            }
            ?? .null
        return [
            "kind": .string(kind.rawValue), "summary": .string(summary), "exact": .bool(isExact),
            "setting": setting, "parameters": .array(parameters.map { .object($0.json) }),
        ]
    }
}

extension IndexParameter {
    fileprivate var json: JSONObject {
        var object: JSONObject = ["name": .string(name)]
        switch form {
        case .number(let range):
            object["type"] = "number"
            object["least"] = .unsigned(range.lowerBound)
            object["most"] = .unsigned(range.upperBound)
        case .bytes: object["type"] = "bytes"
        case .choice(let words):
            object["type"] = "choice"
            object["choices"] = .array(words.map { .string($0) })
        case .flag: object["type"] = "flag"
        }
        object["default"] =
            switch usual {
            case .number(let number): .unsigned(number)
            case .word(let word): .string(word)
            case .flag(let flag): .bool(flag)
            case nil: .null
            }
        object["help"] = .string(help)
        return object
    }
}
