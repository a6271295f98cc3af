import SearchService
import Testing

@Suite struct FolderListingTests {
    @Test func digitsCountAsNumbers() {
        let paths = ["b/1.jpg", "10.jpg", "2.jpg", "a9b2", "a10b1", "a9b10", "007", "7", "08", "a"]
        let sorted = paths.sorted(by: naturallyPrecedes)
        #expect(
            sorted == [
                "2.jpg", "007", "7", "08", "10.jpg", "a", "a9b2", "a9b10", "a10b1", "b/1.jpg",
            ])
    }

    @Test func theOrderIsTotal() {
        let paths = ["", "0", "00", "1", "01", "1a", "a1", "a01", "a", "b"]
        for left in paths {
            #expect(!naturallyPrecedes(left, left))
            for right in paths where left != right {
                #expect(naturallyPrecedes(left, right) != naturallyPrecedes(right, left))
            }
        }
    }
}
