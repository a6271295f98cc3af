/// A picture of a search: the query at the left, its results in the order of their ranks.
public struct ContactSheet: Sendable {
    /// Whether a result's label is the query's.
    public enum Agreement: Hashable, Sendable {
        /// One of the labels is not known: a thin grey frame.
        case unknown
        /// The labels are the same: a green frame.
        case same
        /// The labels differ: an orange frame.
        case other
    }

    /// One picture with the lines below it.
    public struct Entry: Sendable {
        /// The picture; nil where its file cannot be read, which the sheet then says.
        public var image: PixelBuffer?
        /// Lines of text below the picture: the first is bold, as a distance is.
        public var captions: [String]
        /// The frame's colour.
        public var agreement: Agreement

        /// Makes an entry.
        public init(
            image: PixelBuffer?, captions: [String], agreement: Agreement = .unknown
        ) {
            self.image = image
            self.captions = captions
            self.agreement = agreement
        }
    }

    /// What stands above all.
    public var title: String
    /// A smaller line below the title; empty for none.
    public var subtitle: String
    /// What was searched for.
    public var query: Entry
    /// What was found, nearest first.
    public var results: [Entry]

    /// Makes a sheet.
    public init(title: String, subtitle: String = "", query: Entry, results: [Entry]) {
        self.title = title
        self.subtitle = subtitle
        self.query = query
        self.results = results
    }

    /// Draws the sheet.
    ///
    /// - Parameter tileSide: the pixels of the square that each result's picture is fitted into.
    /// - Throws: ``ImageError`` with code `invalidParameter` if `tileSide` is not in 32...1024 or
    ///   there are more than 1000 results, or if a picture cannot be resized.
    public func render(tileSide: Int = 192) throws(ImageError) -> PixelBuffer {
        guard 32...1024 ~= tileSide, results.count <= 1000 else {
            throw ImageError(
                .invalidParameter,
                "A contact sheet holds at most 1000 results on tiles of 32 to 1024 pixels.")
        }
        let layout = ContactSheetLayout(self, tileSide: tileSide)
        var canvas = Canvas(
            width: layout.width, height: layout.height, background: Palette.background)
        let left = Double(layout.margin)
        let room = Double(layout.width) - 2 * left
        let (large, small) = (layout.titleStyle, layout.subtitleStyle)
        canvas.draw(large.fitted(title, width: room), x: left, y: left, large)
        canvas.draw(small.fitted(subtitle, width: room), x: left, y: layout.subtitleY, small)
        try draw(query, rank: nil, in: layout.queryCard, layout, &canvas)
        for (index, result) in results.enumerated() {
            try draw(result, rank: index + 1, in: layout.card(index), layout, &canvas)
        }
        return canvas.image
    }

    private func draw(
        _ entry: Entry, rank: Int?, in card: Canvas.Box, _ layout: ContactSheetLayout,
        _ canvas: inout Canvas
    ) throws(ImageError) {
        let radius = layout.cornerRadius
        canvas.fill(card, .white, cornerRadius: radius)
        var square = card.inset(by: layout.padding)
        square.height = square.width
        if let image = entry.image {
            try canvas.draw(image, in: square, maximumScale: 4)
        } else {
            canvas.fill(square, Palette.background, cornerRadius: radius / 2)
            center("no picture", in: square, layout.captionStyle, &canvas)
        }
        let frame: (color: Color, thickness: Double) =
            switch entry.agreement {
            case .unknown: (Palette.line, 1)
            case .same: (Palette.same, layout.frameThickness)
            case .other: (Palette.other, layout.frameThickness)
            }
        canvas.frame(card, frame.color, thickness: frame.thickness, cornerRadius: radius)
        if let rank { drawBadge(rank, on: card, frame.color, entry.agreement, layout, &canvas) }

        var y = Double(square.y + square.height) + layout.captionGap
        for (line, caption) in entry.captions.enumerated() {
            let style = line == 0 ? layout.firstCaptionStyle : layout.captionStyle
            let text = style.fitted(caption, width: Double(square.width))
            let x = Double(square.x) + (Double(square.width) - style.width(of: text)) / 2
            canvas.draw(text, x: x, y: y, style)
            y += layout.lineHeight
        }
    }

    /// The rank, on a round tag over the card's upper left corner, beside the picture.
    private func drawBadge(
        _ rank: Int, on card: Canvas.Box, _ color: Color, _ agreement: Agreement,
        _ layout: ContactSheetLayout, _ canvas: inout Canvas
    ) {
        let text = String(rank)
        let width = Int(layout.badgeStyle.width(of: text).rounded(.up))
        let height = layout.badgeHeight
        let badge = Canvas.Box(
            x: card.x - height / 3, y: card.y - height / 3,
            width: max(height, width + height * 2 / 3), height: height)
        let fill = agreement == .unknown ? Palette.quiet : color
        canvas.fill(badge, fill, cornerRadius: Double(height) / 2)
        center(text, in: badge, layout.badgeStyle, &canvas)
    }

    private func center(
        _ text: String, in box: Canvas.Box, _ style: TextStyle, _ canvas: inout Canvas
    ) {
        let capitals = style.scale * StrokeFont.capitalHeight
        canvas.draw(
            text, x: Double(box.x) + (Double(box.width) - style.width(of: text)) / 2,
            y: Double(box.y) + (Double(box.height) - capitals) / 2, style)
    }
}

/// The colours of contact sheets; green and orange differ in brightness too, for those to whom
/// the two look alike.
enum Palette {
    static let background = Color(0xF1F3F5)
    static let line = Color(0xD5DADF)
    static let quiet = Color(0x5B6672)
    static let ink = Color(0x1B2127)
    static let same = Color(0x14804A)
    static let other = Color(0xF08A24)
}
