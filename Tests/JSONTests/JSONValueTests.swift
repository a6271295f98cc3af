import JSON
import TestSupport
import Testing
import VectorCore

@Suite struct JSONValueTests {
    @Test func tellsKindsApart() {
        #expect(JSONValue.integer(1) != .number(1))
        #expect(JSONValue.integer(1).text() == "1")
        #expect(JSONValue.number(1).text() == "1.0")
        #expect(JSONValue(UInt64.max) == .unsigned(.max))
        #expect(JSONValue(UInt64(7)) == .integer(7))
        #expect(JSONValue.null != .bool(false))
        #expect(JSONValue.array([]) != .object(JSONObject()))
    }

    @Test func tellsStringsApartByTheirBytes() throws {
        let precomposed = "\u{E9}"
        let decomposed = "e\u{301}"
        #expect(JSONValue.string(precomposed) != .string(decomposed))
        let object = try JSONValue(parsing: "{\"\(precomposed)\":1,\"\(decomposed)\":2}")
        #expect(object.objectValue?.count == 2)
        #expect(object[precomposed] == 1)
        #expect(object[decomposed] == 2)
    }

    @Test func keepsTheOrderOfMembers() throws {
        let text = #"{"z":1,"a":2,"m":{"y":1,"b":2},"z":3}"#
        let value = try JSONValue(parsing: text)
        #expect(value.text() == #"{"z":3,"a":2,"m":{"y":1,"b":2}}"#)
        #expect(value == ["a": 2, "m": ["b": 2, "y": 1], "z": 3])
        let reordered: JSONValue = ["m": ["b": 2, "y": 1], "z": 3, "a": 2]
        #expect(value.hashValue == reordered.hashValue)
        #expect(value != ["a": 2, "m": ["b": 2, "y": 1], "q": 3])
    }

    /// Objects above and below the size at which names are looked up in a table behave alike.
    @Test func changesMembersLikeADictionary() {
        withEverySeed { generator, seed in
            var object = JSONObject()
            var model: [(String, Int64)] = []
            for step in 0..<200 {
                let key = "k\(Int.random(in: 0..<30, using: &generator))"
                let place = model.firstIndex { $0.0 == key }
                if Bool.random(using: &generator) {
                    object[key] = .integer(Int64(step))
                    if let place {
                        model[place].1 = Int64(step)
                    } else {
                        model.append((key, Int64(step)))
                    }
                } else {
                    object[key] = nil
                    if let place { model.remove(at: place) }
                }
                #expect(object.keys == model.map(\.0), "seed \(seed), step \(step)")
                #expect(object[key] == model.first { $0.0 == key }.map { .integer($0.1) })
            }
        }
    }

    @Test func givesAccess() throws {
        let value: JSONValue = ["a": [1, 2.5, "x", nil, true], "n": 3]
        #expect(value["a"]?[0]?.integerValue == 1)
        #expect(value["a"]?[0]?.doubleValue == 1)
        #expect(value["a"]?[1]?.doubleValue == 2.5)
        #expect(value["a"]?[1]?.integerValue == nil)
        #expect(value["a"]?[2]?.stringValue == "x")
        #expect(value["a"]?[3]?.isNull == true)
        #expect(value["a"]?[4]?.boolValue == true)
        #expect(value["a"]?[5] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["b"] == nil)
        #expect(value[0] == nil)
        #expect(value["n"]?.unsignedValue == 3)
        #expect(JSONValue.integer(-1).unsignedValue == nil)
        #expect(JSONValue.unsigned(.max).doubleValue == 18_446_744_073_709_551_616)
        #expect(value["a"]?.arrayValue?.count == 5)
    }

    @Test func printsPretty() {
        let value: JSONValue = ["a": [1, []], "b": [:], "c": ["d": nil]]
        #expect(
            value.text(pretty: true) == """
                {
                  "a": [
                    1,
                    []
                  ],
                  "b": {},
                  "c": {
                    "d": null
                  }
                }
                """)
        #expect(value.description == #"{"a":[1,[]],"b":{},"c":{"d":null}}"#)
    }

    @Test func escapesWhatMustBe() {
        let text = JSONValue.string("\u{0}\u{1F}\u{8}\t\n\u{C}\r\"\\/\u{7F}é").text()
        #expect(text == "\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\u{7F}é\"")
    }

    @Test func writesDoublesThatReadBackTheSame() throws {
        try withEverySeed { generator, seed in
            for _ in 0..<2000 {
                let double = Double(bitPattern: generator.next())
                guard double.isFinite else { continue }
                guard
                    case .number(let back) = try JSONValue(parsing: JSONValue.number(double).text())
                else {
                    Issue.record("seed \(seed): \(double) is no .number when read back")
                    continue
                }
                #expect(back.bitPattern == double.bitPattern, "seed \(seed)")
            }
        }
        #expect(JSONValue.number(0.1).text() == "0.1")
        #expect(JSONValue.number(.nan).text() == "null")
        #expect(JSONValue.number(-.infinity).text() == "null")
    }
}
