/// Where everything is on a contact sheet; all of it grows with the tiles.
struct ContactSheetLayout {
    private let tileSide: Int
    private let columns: Int
    private let rows: Int
    private let captionLines: Int
    private let queryCaptionLines: Int
    private let hasSubtitle: Bool
    private let unit: Double

    init(_ sheet: ContactSheet, tileSide: Int) {
        self.tileSide = tileSide
        unit = Double(tileSide) / 192
        let count = sheet.results.count
        // About twice as many columns as rows, and two rows as soon as one would be long: beside
        // the query's square that makes the shape of a screen.
        let wanted = count <= 3 ? 1 : max(2, (Double(count) / 2.4).squareRoot().rounded())
        rows = max(Int(wanted), (count + 9) / 10)
        columns = (count + rows - 1) / rows
        captionLines = max(1, sheet.results.map(\.captions.count).max() ?? 0)
        hasSubtitle = !sheet.subtitle.isEmpty
        queryCaptionLines = sheet.query.captions.count
    }

    private func pixels(_ length: Double) -> Int { max(1, Int((length * unit).rounded())) }

    var margin: Int { pixels(28) }
    var padding: Int { pixels(12) }
    var cornerRadius: Double { 10 * unit }
    var frameThickness: Double { max(2, 4 * unit) }
    var captionGap: Double { 11 * unit }
    var lineHeight: Double { 21 * unit }
    var badgeHeight: Int { pixels(25) }
    private var gap: Int { pixels(14) }

    var titleStyle: TextStyle { TextStyle(size: 30 * unit, isBold: true, color: Palette.ink) }
    var subtitleStyle: TextStyle { TextStyle(size: 19 * unit, color: Palette.quiet) }
    var firstCaptionStyle: TextStyle {
        TextStyle(size: 17 * unit, isBold: true, color: Palette.ink)
    }
    var captionStyle: TextStyle { TextStyle(size: 16 * unit, color: Palette.quiet) }
    var badgeStyle: TextStyle { TextStyle(size: 17 * unit, isBold: true, color: .white) }

    /// The upper edge of the subtitle's capitals.
    var subtitleY: Double { Double(margin) + 36 * unit }

    private var top: Int { margin + pixels(hasSubtitle ? 70 : 42) }

    private var cardWidth: Int { tileSide + 2 * padding }

    private func cardHeight(side: Int, lines: Int) -> Int {
        let text = captionGap + Double(lines) * lineHeight
        return side + 2 * padding + (lines == 0 ? 0 : Int(text) - padding / 2)
    }

    private var resultHeight: Int { cardHeight(side: tileSide, lines: captionLines) }

    /// The query is as high as two rows of results.
    private var querySide: Int {
        2 * resultHeight + gap - (cardHeight(side: 0, lines: queryCaptionLines))
    }

    var queryCard: Canvas.Box {
        Canvas.Box(
            x: margin, y: top, width: querySide + 2 * padding,
            height: cardHeight(side: querySide, lines: queryCaptionLines))
    }

    private var resultsX: Int { queryCard.x + queryCard.width + 2 * gap }

    /// The place of a result.
    func card(_ index: Int) -> Canvas.Box {
        Canvas.Box(
            x: resultsX + index % columns * (cardWidth + gap),
            y: top + index / columns * (resultHeight + gap), width: cardWidth,
            height: resultHeight)
    }

    var width: Int {
        let cards = columns == 0 ? queryCard.x + queryCard.width : card(columns - 1).x + cardWidth
        return cards + margin
    }

    var height: Int {
        max(queryCard.y + queryCard.height, rows * (resultHeight + gap) - gap + top) + margin
    }
}
