import ImageDecoding
import TestSupport
import Testing

@Suite struct DrawingTests {
    private let red = Color(0xFF0000)

    @Test func fillsAndFramesStayInTheirBoxes() {
        var canvas = Canvas(width: 20, height: 16)
        canvas.fill(Canvas.Box(x: 3, y: 2, width: 5, height: 4), red)
        canvas.frame(Canvas.Box(x: 10, y: 8, width: 8, height: 6), .black, thickness: 2)
        let image = canvas.image
        for y in 0..<16 {
            for x in 0..<20 {
                let pixel = image[x, y]
                let isFilled = (3..<8).contains(x) && (2..<6).contains(y)
                let isInFrame = (10..<18).contains(x) && (8..<14).contains(y)
                let isInside = (12..<16).contains(x) && (10..<12).contains(y)
                let expected: Color = isFilled ? red : isInFrame && !isInside ? .black : .white
                #expect(pixel == (expected.red, expected.green, expected.blue), "\(x), \(y)")
            }
        }
    }

    @Test func roundedCornersAreLeftOut() {
        var canvas = Canvas(width: 20, height: 20)
        canvas.fill(Canvas.Box(x: 0, y: 0, width: 20, height: 20), .black, cornerRadius: 8)
        let image = canvas.image
        #expect(image[0, 0].red == 255 && image[19, 19].red == 255)
        #expect(image[10, 0].red == 0 && image[10, 10].red == 0)
    }

    /// Whatever is partly or wholly outside is cut off, wherever it is.
    @Test func nothingIsDrawnOutside() throws {
        let picture = try PixelBuffer(
            width: 6, height: 4, bytes: (0..<24).flatMap { _ in [255, 0, 0] as [UInt8] })
        for (x, y) in [(-4, -3), (14, 10), (-30, 2), (40, 40), (4, -100)] {
            var canvas = Canvas(width: 16, height: 12)
            let box = Canvas.Box(x: x, y: y, width: 6, height: 4)
            try canvas.draw(picture, in: box)
            let image = canvas.image
            for row in 0..<12 {
                for column in 0..<16 {
                    let isIn = (x..<x + 6).contains(column) && (y..<y + 4).contains(row)
                    #expect(image[column, row].green == (isIn ? 0 : 255))
                }
            }
            canvas.fill(box, .black, cornerRadius: 2)
            canvas.frame(box, .black)
            canvas.draw("outside", x: Double(x), y: Double(y), TextStyle(size: 20))
        }
    }

    @Test func picturesKeepTheirShape() throws {
        let picture = try PixelBuffer(
            width: 30, height: 10, bytes: [UInt8](repeating: 0, count: 900))
        var canvas = Canvas(width: 20, height: 20)
        try canvas.draw(picture, in: Canvas.Box(x: 1, y: 1, width: 18, height: 18))
        var image = canvas.image
        #expect(image[1, 9].red == 0 && image[18, 9].red == 0 && image[0, 9].red == 255)
        #expect((0..<20).filter { image[10, $0].red == 0 } == Array(7..<13))
        canvas = Canvas(width: 70, height: 70)
        try canvas.draw(
            picture, in: Canvas.Box(x: 0, y: 0, width: 70, height: 70), maximumScale: 2)
        image = canvas.image
        #expect((0..<70).count { image[$0, 35].red == 0 } == 60)
    }

    /// Every ASCII character but the blank leaves ink, each its own, inside its own width.
    @Test(arguments: [false, true])
    func everyCharacterHasItsGlyph(isBold: Bool) {
        var seen: [[UInt8]: String] = [:]
        let style = TextStyle(size: 40, isBold: isBold)
        for code in UInt8(33)...126 {
            let text = String(UnicodeScalar(code))
            var canvas = Canvas(width: 60, height: 60)
            canvas.draw(text, x: 10, y: 10, style)
            let image = canvas.image
            #expect(image.array.contains { $0 < 64 }, "\(text) is not drawn")
            let other = seen.updateValue(text, forKey: image.array)
            #expect(other == nil, "\(text) looks like \(other ?? "")")
            let right = 10 + style.width(of: text)
            for y in 0..<60 {
                for x in 0..<60 where image[x, y].red < 128 {
                    #expect(Double(x) > 8 && Double(x) < right + 1, "\(text) is wider than it says")
                    #expect(y >= 5 && y < 52, "\(text) is higher than its line")
                }
            }
        }
        var box = Canvas(width: 60, height: 60)
        box.draw("ß", x: 10, y: 10, style)
        #expect(seen[box.image.array] == nil && box.image.array.contains { $0 < 64 })
        var blank = Canvas(width: 60, height: 60)
        blank.draw(" ", x: 10, y: 10, style)
        #expect(blank.image.array.allSatisfy { $0 == 255 })
    }

    @Test func longTextIsShortened() {
        let style = TextStyle(size: 16)
        let text = "a-very-long-name-of-a-photograph.jpeg"
        #expect(style.fitted(text, width: 10_000) == text)
        let short = style.fitted(text, width: 100)
        #expect(short.hasSuffix("...") && text.hasPrefix(short.dropLast(3)) && short.count > 6)
        #expect(style.width(of: short) <= 100)
        #expect(style.fitted(text, width: 1) == "")
        #expect(style.width(of: "") == 0)
    }

    /// The query is larger than the results, which stand in the order of their ranks with frames
    /// that tell agreement.
    @Test(arguments: [0, 1, 3, 4, 10, 25, 101])
    func contactSheet(_ count: Int) throws {
        func plain(_ color: [UInt8]) throws -> PixelBuffer {
            try PixelBuffer(width: 8, height: 8, bytes: (0..<64).flatMap { _ in color })
        }
        let results = try (0..<count).map { index in
            // A colour of its own for each rank.
            ContactSheet.Entry(
                image: index == 2 ? nil : try plain([UInt8(index), 7, 200]),
                captions: ["0.\(index)", "label"],
                agreement: [.same, .other, .unknown][index % 3])
        }
        let query = ContactSheet.Entry(image: try plain([200, 7, 7]), captions: ["query.png"])
        let sheet = ContactSheet(
            title: "A title", subtitle: "and more", query: query, results: results)
        let image = try sheet.render(tileSide: 64)

        var area: [Int: (first: (x: Int, y: Int), count: Int)] = [:]
        var queryArea = 0
        for y in 0..<image.height {
            for x in 0..<image.width {
                let pixel = image[x, y]
                if pixel == (200, 7, 7) { queryArea += 1 }
                if pixel.green == 7 && pixel.blue == 200 {
                    area[Int(pixel.red), default: ((x, y), 0)].count += 1
                }
            }
        }
        #expect(area.count == (count > 2 ? count - 1 : count))
        let tiles = area.sorted { $0.key < $1.key }
        for (rank, tile) in tiles {
            // 8 pixels may grow to 32; a tag may hide a corner.
            #expect(tile.count > 900 && tile.count <= 1024, "rank \(rank)")
            #expect(queryArea >= tile.count)
        }
        for (earlier, later) in zip(tiles, tiles.dropFirst()) {
            let (first, second) = (earlier.value.first, later.value.first)
            #expect(second.y > first.y + 8 || second.x > first.x, "rank \(later.key)")
        }
    }

    @Test func wrongSheetsAreRefused() throws {
        let entry = ContactSheet.Entry(image: nil, captions: [])
        let sheet = ContactSheet(title: "", query: entry, results: [entry])
        for side in [31, 1025] {
            #expect(
                code { () throws(ImageError) in try sheet.render(tileSide: side) }
                    == .invalidParameter)
        }
        let large = ContactSheet(
            title: "", query: entry, results: Array(repeating: entry, count: 1001))
        #expect(code { () throws(ImageError) in try large.render() } == .invalidParameter)
    }
}
