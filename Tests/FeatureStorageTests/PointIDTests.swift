import FeatureStorage
import Foundation
import JSON
import Testing

@Suite struct PointIDTests {
    private static let written = [
        ("0", "0"), ("18446744073709551615", "18446744073709551615"), ("007", "7"),
        ("F47AC10B-58CC-4372-A567-0E02B2C3D479", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        ("f47ac10b58cc4372a5670e02b2c3d479", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        ("urn:uuid:F47AC10B-58CC-4372-A567-0E02B2C3D479", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        ("00000000000000000000000000000007", "00000000-0000-0000-0000-000000000007"),
    ]

    @Test(arguments: written)
    func readsWhatPeopleWrite(text: String, printed: String) throws {
        let id = try PointID(text)
        #expect(id.description == printed)
        #expect(try PointID(printed) == id)
        #expect(try PointID(json: id.json) == id)
        #expect(try PointID(json: JSONValue(parsing: id.json.text())) == id)
    }

    @Test(arguments: [
        "", " 1", "-1", "+1", "1.0", "18446744073709551616", "x", "٣",
        "f47ac10b-58cc-4372-a567-0e02b2c3d47", "f47ac10b-58cc-4372-a567-0e02b2c3d479a",
        "g47ac10b-58cc-4372-a567-0e02b2c3d479", "f47ac10b58cc4372a5670e02b2c3d47é",
    ])
    func refusesTheRest(text: String) {
        let error = #expect(throws: StorageError.self) { try PointID(text) }
        #expect(error?.code == .invalidID)
    }

    @Test(arguments: [-1, 1.0, "7", nil, true, [1]] as [JSONValue])
    func refusesOtherJSON(json: JSONValue) {
        let error = #expect(throws: StorageError.self) { try PointID(json: json) }
        #expect(error?.code == .invalidID)
    }

    @Test func ordersNumbersBeforeUUIDs() throws {
        let ordered: [PointID] = [
            .number(0), .number(1), .number(256), .number(.max),
            try PointID("00000000-0000-0000-0000-000000000000"),
            try PointID("00000000-0000-0000-0000-0000000000ff"),
            try PointID("ff000000-0000-0000-0000-000000000000"),
        ]
        #expect(ordered.reversed().sorted() == ordered)
    }
}
