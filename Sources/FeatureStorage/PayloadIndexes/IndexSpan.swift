internal import JSON
internal import PayloadFilter

/// Consecutive values of a payload index that a test asks for.
struct IndexSpan {
    let low: [UInt8]
    let high: [UInt8]
    /// Whether points that have one of the values surely pass the test.
    let isCertain: Bool
    /// Which of the values are asked for, by their key; nil for all.
    var isWanted: ((_ key: RawSpan) -> Bool)?
    /// How far a key is between both ends, from 0 to 1; nil where that cannot be told.
    var progress: ((_ key: RawSpan) -> Double)?

    init(_ value: [UInt8], isCertain: Bool) {
        low = value
        high = value
        self.isCertain = isCertain
    }

    init(_ low: [UInt8], _ high: [UInt8]) {
        self.low = low
        self.high = high
        isCertain = true
    }
}

extension PayloadIndex {
    /// Where the values lie that a test asks for, or nil where the index cannot tell.
    func spans(of test: FieldTest) -> [IndexSpan]? {
        switch test {
        case .value(let value): spans(of: [value])
        case .any(let values): spans(of: values)
        case .range(let range):
            switch type {
            case .keyword: nil
            case .integer: [integers(range), unsure].compactMap { $0 }
            case .float: [doubles(range), unsure].compactMap { $0 }
            }
        case .except, .text, .valuesCount: nil
        }
    }

    /// The points whose payloads have to be looked at.
    private var unsure: IndexSpan { IndexSpan([IndexedValue.unsure], isCertain: false) }

    private func spans(of values: Set<MatchedValue>) -> [IndexSpan]? {
        var spans: [IndexSpan] = []
        for value in values {
            guard let span = span(of: value.json) else { return nil }
            spans.append(span)
        }
        return spans
    }

    private func span(of value: JSONValue) -> IndexSpan? {
        switch (type, value) {
        case (.keyword, .string(let text)):
            IndexSpan(IndexedValue.keyword(text), isCertain: IndexedValue.isExact(text))
        case (.integer, .integer), (.integer, .unsigned):
            key(value).map { IndexSpan($0, isCertain: true) }
        case (.float, .integer), (.float, .unsigned):
            // The index does not tell 1 from 1.0, which does not match.
            key(value).map { IndexSpan($0, isCertain: false) }
        default: nil
        }
    }

    private func integers(_ range: NumberRange) -> IndexSpan? {
        guard let integers = range.integers else { return nil }
        var span = IndexSpan(
            IndexedValue.integer(integers.lowerBound), IndexedValue.integer(integers.upperBound))
        // How the values are spread between open ends is not known.
        let (low, high) = (Double(integers.lowerBound), Double(integers.upperBound))
        if high - low < 0x1p62 {
            span.progress = { key in
                let value = key.integer(UInt64.self, at: 6)
                return (Double(value) - 0x1p63 - low) / (high - low)
            }
        }
        return span
    }

    private func doubles(_ range: NumberRange) -> IndexSpan? {
        guard let doubles = range.doubles else { return nil }
        let (low, high) = (doubles.lowerBound, doubles.upperBound)
        var span = IndexSpan(IndexedValue.float(low), IndexedValue.float(high))
        span.isWanted = { key in range.contains(.number(IndexedValue.double(key, at: 5))) }
        if low.isFinite, high.isFinite, high > low {
            span.progress = { key in (IndexedValue.double(key, at: 5) - low) / (high - low) }
        }
        return span
    }
}
