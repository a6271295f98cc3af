import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct TextTests {
    @Test func columnsAlignByTheWidthThatIsShown() {
        var table = TextTable([("kind", .leading), ("queries/s", .trailing)])
        table.add(["hnsw", "12,300"])
        table.add(["日本", "7"])
        table.add(["né\u{301}e\tx"])
        #expect(
            table.text == """
                kind   queries/s
                ─────  ─────────
                hnsw      12,300
                日本           7
                né\u{301}e x

                """)
        #expect(TextTable.width(of: "日本") == 4)
        #expect(TextTable.width(of: "🙂") == 2)
        #expect(TextTable.width(of: "❤️") == 2)
        #expect(TextTable.width(of: "👩‍👩‍👧") == 2)
        #expect(TextTable.width(of: "1é×") == 3)
        #expect(TextTable.width(of: "\u{200B}") == 0)
    }

    @Test func numbersAreWrittenAsFoundationWritesThem() {
        withEverySeed { generator, seed in
            for _ in 0..<500 {
                let value = Double.random(in: -1e6...1e6, using: &generator)
                let decimals = Int.random(in: 0...6, using: &generator)
                #expect(
                    NumberText.fixed(value, decimals: decimals)
                        == String(format: "%.\(decimals)f", value), "seed \(seed), \(value)")
            }
        }
        #expect(NumberText.fixed(0.05, decimals: 1) == "0.1")
        #expect(NumberText.fixed(-0.001, decimals: 2) == "0.00")
        #expect(NumberText.fixed(.nan, decimals: 2) == "nan")
        #expect(NumberText.fixed(1e300, decimals: 2) == "1e+300")
        #expect(
            [0, 999, 1000, 1_234_567, -12_345, Int.min].map(NumberText.grouped) == [
                "0", "999", "1,000", "1,234,567", "-12,345", "-9,223,372,036,854,775,808",
            ])
    }
}
