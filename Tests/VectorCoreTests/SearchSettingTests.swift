import Testing
import VectorCore

@Suite struct SearchSettingTests {
    private func steps(_ range: ClosedRange<Int>) -> [Int] {
        SearchSetting(name: "x", help: "", range: range).steps
    }

    @Test func stepsGoFromOneEndToTheOther() {
        #expect(
            steps(1...4096) == [
                1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 42, 60, 80, 100, 140, 200, 280, 400, 560, 800,
                1120, 1600, 2240, 3200, 4096,
            ])
        #expect(steps(1...1) == [1] && steps(7...7) == [7] && steps(1...2) == [1, 2])
        #expect(steps(6...33) == [6, 7, 10, 14, 20, 30, 33])
        #expect(steps(1...100).suffix(2) == [80, 100] && steps(1...101).suffix(2) == [100, 101])
        for range in [1...Int.max, 3...5000, 90...140] {
            let steps = steps(range)
            #expect(steps.first == range.lowerBound && steps.last == range.upperBound)
            #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 }, "\(range)")
        }
    }

    @Test func candidatesAreAtLeastAsManyAsAreAskedFor() {
        let setting = SearchSetting(name: "x", help: "", range: 1...30)
        #expect(setting.steps(k: 10) == [10, 14, 20, 30] && setting.steps(k: 50) == [50])
        let lists = SearchSetting(name: "x", help: "", range: 1...4, countsCandidates: false)
        #expect(lists.steps(k: 10) == [1, 2, 3, 4])
    }
}
