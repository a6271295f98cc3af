import JSON
import PayloadFilter

extension FuzzTarget {
    /// Filters, and payloads that they look at.
    static let filter = FuzzTarget(
        name: "filter", summary: "a filter and, behind the first line's end, a payload",
        maximumBytes: 4096,
        seeds: {
            [
                #"{"must":[{"key":"a[].b","match":{"any":["x",""]}},{"has_id":[1,"#
                    + #""0123abcd-4567-89ab-cdef-000000000001"]}],"must_not":{"is_null":{"key":"\"q\""}}}"#
                    + "\n" + #"{"a":[{"b":"x"},{"b":[null,1]}],"q":[]}"#,
                #"{"min_should":{"conditions":[{"key":"n","range":{"gte":-1.5,"lt":18446744073709551615}},"#
                    + #"{"key":"n[0]","match":{"except":[1,2]}},{"key":"t","match":{"text":"a B"}}],"min_count":2},"#
                    + #""should":[{"key":"n","values_count":{"gt":1}},{"is_empty":{"key":"t"}}]}"#
                    + "\n" + #"{"n":[9007199254740993,0.5,true],"t":"b-a"}"#,
            ].map { Array($0.utf8) }
        },
        run: { bytes in
            let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            guard let json = try? JSONValue(parsing: Array(bytes[..<end])),
                let filter = try? PayloadFilter(json: json)
            else { return }
            expect(
                (try? PayloadFilter(json: filter.json)) == filter, "what is written reads otherwise"
            )
            let payload = try? JSONValue(parsing: Array(bytes.dropFirst(end + 1))).objectValue
            let matches = filter.matches(id: .number(1), payload: payload ?? [:])
            let opposite = PayloadFilter(mustNot: [.filter(filter)])
            expect(
                opposite.matches(id: .number(1), payload: payload ?? [:]) != matches,
                "a filter and its opposite agree")
            let estimate = filter.estimate(of: 1) { condition in
                let single = PayloadFilter(must: [condition])
                return .exactly(single.matches(id: .number(1), payload: payload ?? [:]) ? 1 : 0)
            }
            expect(
                (estimate.least...estimate.most).contains(matches ? 1 : 0),
                "a filter matches outside of its estimate")
        })
}
