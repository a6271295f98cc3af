import JSON
import TestSupport
import Testing
import VectorCore

@Suite struct JSONParserTests {
    private static let allowed: [(String, JSONValue)] = [
        ("null", JSONValue.null), (" true\n", true), ("false", false), ("0", 0), ("-1", -1),
        ("1", .integer(1)), ("1.0", .number(1)), ("1e0", .number(1)), ("1E+2", .number(100)),
        ("-0", .number(-0.0)), ("-0.0", .number(-0.0)), ("2.5e-3", .number(0.0025)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .unsigned(1 << 63)), ("18446744073709551615", .unsigned(.max)),
        ("18446744073709551616", .number(18_446_744_073_709_551_616)),
        ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
        ("1e-400", .number(0)), ("4.9406564584124654e-324", .number(.leastNonzeroMagnitude)),
        ("123456789012345678901234567890", .number(1.2345678901234568e29)),
        ("[]", []), ("{}", [:]), ("[ 1 , [ ] , { } ]", [1, [], [:]]),
        ("\"\"", ""), (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{C}\n\r\tz"),
        (#""\u0041\u00e9\u0000""#, "A\u{E9}\u{0}"), (#""\ud83d\ude00!""#, "\u{1F600}!"),
        (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), ("\"é\u{1F600}\u{2028}\"", "é\u{1F600}\u{2028}"),
        ("\"\u{7F}\"", "\u{7F}"), (#"{"a":{"b":[1,2.0,"x"]}}"#, ["a": ["b": [1, 2.0, "x"]]]),
        ("\t\r\n 1 \t", 1),
    ]

    @Test(arguments: allowed)
    func readsWhatTheGrammarAllows(text: String, expected: JSONValue) throws {
        let value = try JSONValue(parsing: text)
        #expect(value == expected)
        #expect(try JSONValue(parsing: value.text()) == expected)
        #expect(try JSONValue(parsing: value.text(pretty: true)) == expected)
    }

    private static let forbidden: [(String, JSONError.Code, Int)] = [
        ("", JSONError.Code.unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("nul", .unexpectedEnd, 0),
        ("nulL", .syntax, 0), ("True", .syntax, 0), ("NaN", .syntax, 0), ("Infinity", .syntax, 0),
        ("-Infinity", .syntax, 1), ("+1", .syntax, 0), ("01", .syntax, 0), ("-01", .syntax, 0),
        ("-", .unexpectedEnd, 1), (".5", .syntax, 0), ("1.", .unexpectedEnd, 2),
        ("1.e3", .syntax, 2), ("1e", .unexpectedEnd, 2), ("1e+", .unexpectedEnd, 3),
        ("0x10", .syntax, 1), ("1 2", .syntax, 2), ("1e400", .numberOutOfRange, 0),
        ("-1e400", .numberOutOfRange, 0), ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2),
        ("[1,", .unexpectedEnd, 3), ("[1,]", .syntax, 3), ("[,1]", .syntax, 1),
        ("[1 2]", .syntax, 3), ("[1}", .syntax, 2), ("]", .syntax, 0), ("{", .unexpectedEnd, 1),
        ("{\"a\"", .unexpectedEnd, 4), ("{\"a\":", .unexpectedEnd, 5), ("{\"a\" 1}", .syntax, 5),
        ("{\"a\":1,}", .syntax, 7), ("{a:1}", .syntax, 1), ("{1:1}", .syntax, 1),
        ("{'a':1}", .syntax, 1), ("\"", .unexpectedEnd, 1), ("\"abc", .unexpectedEnd, 4),
        ("\"a\\", .unexpectedEnd, 3), (#""\x41""#, .syntax, 1), (#""\u12G4""#, .syntax, 5),
        (#""\u12"#, .unexpectedEnd, 5), (#""\ud800""#, .loneSurrogate, 1),
        (#""\ud800\u0041""#, .loneSurrogate, 1), (#""\udc00\ud800""#, .loneSurrogate, 1),
        ("\"\t\"", .syntax, 1), ("\"\n\"", .syntax, 1), ("\"\u{0}\"", .syntax, 1),
        ("// no\n1", .syntax, 0), ("[1/**/]", .syntax, 2), ("\u{FEFF}1", .syntax, 0),
        ("\u{A0}1", .syntax, 0), ("1\u{0}", .syntax, 1), ("{\"a\":1 \"b\":2}", .syntax, 7),
    ]

    @Test(arguments: forbidden)
    func refusesWhatTheGrammarForbids(text: String, code: JSONError.Code, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test(
        arguments: [
            ([0x22, 0xFF, 0x22], 1), ([0x22, 0xC3, 0x22], 1), ([0x22, 0xC0, 0x80, 0x22], 1),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], 1), ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1),
            ([0x31, 0xE2, 0x82], 1), ([0x80], 0),
        ] as [([UInt8], Int)])
    func refusesWhatIsNotUTF8(bytes: [UInt8], offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(error?.code == .notUTF8)
        #expect(error?.offset == offset)
    }

    @Test func tellsLineAndColumn() {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: "{\n  \"é\": 1,\n  \"é\": x\n}")
        }
        #expect(error?.line == 3)
        #expect(error?.column == 8)
        #expect(error?.message == "Line 3, column 8: no value starts like this.")
    }

    @Test func limitsDepth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[{\"a\":", count: depth / 2) + "1"
                + String(repeating: "}]", count: depth / 2)
        }
        _ = try JSONValue(parsing: nested(128))
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: nested(130)) }
        #expect(error?.code == .tooDeep)
        #expect(error?.offset == 128 / 2 * 6)
        let open = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONError.self) { try JSONValue(parsing: open) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[[]]", maximumDepth: 1) }
        _ = try JSONValue(parsing: "[]", maximumDepth: 1)
    }

    /// Bytes of valid texts are altered, dropped, doubled and swapped; nothing may trap, and what is
    /// still read must print as what reads back equal.
    @Test func survivesMutation() throws {
        let texts = [
            #"{"name":"caf\u00e9 \ud83d\ude00","n":[1,1.0,-2.5e-7,18446744073709551615],"t":true}"#,
            #"[[],{},"",null,false,{"a":{"b":{"c":[0,-0,1e300]}}},"\\\"\/\b"]"#,
            "{\"é\u{1F600}\":\"\u{2028}\",\"x\":[{\"y\":9223372036854775808}]}",
        ]
        try withEverySeed(0..<300) { generator, seed in
            var bytes = Array(texts[Int(seed) % texts.count].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[place], at: place)
                case 3: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &generator))
                default: bytes.removeLast(bytes.count - place)
                }
            }
            do {
                let value = try JSONValue(parsing: bytes)
                let again = try JSONValue(parsing: value.utf8())
                #expect(again == value, "seed \(seed)")
            } catch let error as JSONError {
                #expect((0...bytes.count).contains(error.offset), "seed \(seed)")
            }
        }
    }
}
