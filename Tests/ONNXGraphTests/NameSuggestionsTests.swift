import ONNXGraph
import Testing

@Suite struct NameSuggestionsTests {
    let names = ["stem_conv", "block1a_dwconv", "top_conv", "top_activation", "avg_pool"]

    @Test func nearestComesFirst() {
        #expect(NameSuggestions.nearest(to: "topconv", among: names, count: 1) == ["top_conv"])
        #expect(NameSuggestions.nearest(to: "TOP", among: names, count: 1) == ["top_conv"])
        #expect(NameSuggestions.nearest(to: "", among: names).count == 5)
    }

    @Test func theSentenceCountsTheRest() {
        #expect(
            NameSuggestions.sentence(for: "pool", among: names, count: 1)
                == "there are avg_pool and 4 more.")
        #expect(NameSuggestions.sentence(for: "pool", among: []) == "there are none.")
    }
}
