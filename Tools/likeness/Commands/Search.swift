import ArgumentParser
import Evaluation
import IndexCatalog
import IndexDefinitions
import JSON
import SearchService
import VectorCore

/// Finds the nearest points.
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds the points that are nearest to an image, a point or a vector.",
        discussion: """
            The best published index answers, or the store's vectors are scanned exactly where \
            there is none. A point that is searched for is left out of its own results. A file \
            of vectors asks one query a row.

            A filter leaves only points whose payloads fulfil it, and there are always as many \
            results as match, up to -k. A search up to a distance is exact, and gives all \
            results unless -k says how many.

            Example:
              likeness search pictures --image cat.jpg -k 5 --contact-sheet likes.jpg
              likeness search pictures --id 42 --exact --json
              likeness search pictures --id 42 --recall 0.99
              likeness search pictures --id 42 --within 0.2 \
                --filter '{"must": {"key": "label", "match": {"value": "cat"}}}'
              likeness search pictures --id 42 -k 4 --group-by label --group-size 2
            """)

    @Argument(help: "The collection.")
    var collection: String

    @OptionGroup(title: "Query (one of)") var query: QueryOptions

    @Option(help: "The vector field; needed where the collection has several.")
    var vector: String?

    @Option(
        name: .customShort("k"),
        help: ArgumentHelp(
            "How many results, or groups (default: 10; all with --within).", valueName: "n"),
        transform: Value.positive)
    var k: Int?

    @OptionGroup(title: "Which results") var scope: ScopeOptions

    @Option(help: "Answer by the published index of this kind.")
    var kind: IndexKind?

    @Flag(name: .customLong("exact"), help: "Answer exactly.")
    var isExact = false

    @Option(
        help: "The metric: \(DistanceMetric.names) (default: the field's).", transform: Value.metric
    )
    var metric: DistanceMetric?

    @Option(
        help: ArgumentHelp(
            "How hard to look: \(Self.settings).", valueName: "name=value"))
    var setting: NamedValue?

    @Option(
        help: ArgumentHelp(
            "The share of the true nearest to find; the index knows what that takes.",
            valueName: "share"),
        transform: Value.recall)
    var recall: Double?

    @Option(
        help: ArgumentHelp(
            "Draw the query and its results as a JPEG image.", valueName: "out.jpg"),
        completion: .file(extensions: ["jpg", "jpeg"]))
    var contactSheet: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if isExact, kind != nil {
            throw ValidationError("--exact and --kind contradict each other; give one of them.")
        }
        if contactSheet != nil, scope.groupBy != nil {
            throw ValidationError("A contact sheet shows one row of results; leave out --group-by.")
        }
        if let setting { try check(setting) }
        if recall != nil, try isExact || definition?.isExact ?? false {
            let others = IndexCatalog.definitions.filter { !$0.isExact }.map(\.kind.rawValue)
            throw ValidationError(
                "--recall is an option of searches by \(others.joined(separator: ", ")).")
        }
        guard scope.within == nil || (recall == nil && setting == nil) else {
            throw ValidationError(
                "--within finds all that lie so near; leave out --recall and \(flag(setting)).")
        }
        guard recall == nil || setting == nil else {
            throw ValidationError(
                "--recall and \(flag(setting)) contradict each other; give one of them.")
        }
    }

    /// The settings of all kinds that have one, with what they do.
    private static var settings: String {
        IndexCatalog.definitions.compactMap { definition in
            definition.setting.map {
                "--\(KindFlags.flag($0.name)) <n> of \(definition.kind), \($0.help)"
            }
        }.joined(separator: "; ")
    }

    private func flag(_ setting: NamedValue?) -> String {
        setting.map { "--\(KindFlags.flag($0.name))" } ?? "--setting"
    }

    private var definition: (any IndexDefinition)? {
        get throws { try kind.map { (kind) throws in try IndexCatalog.definition(of: kind) } }
    }

    /// Checks that a setting is one of the kind, or of some kind where none is named.
    private func check(_ setting: NamedValue) throws {
        let owners = IndexCatalog.definitions.filter { $0.setting?.name == setting.name }
        guard !owners.isEmpty else {
            throw ValidationError("There is no setting \(setting.name); there is \(Self.settings).")
        }
        guard !isExact, kind == nil || owners.contains(where: { $0.kind == kind }) else {
            let names = owners.map(\.kind.rawValue).joined(separator: ", ")
            throw ValidationError("\(flag(setting)) is an option of searches by \(names).")
        }
        do {
            _ = try Value.positive(setting.value)
        } catch let error as ValidationError {
            throw ValidationError("\(flag(setting)): \(error.message)")
        }
    }

    private var effort: SearchEffort {
        if let recall { return .recall(recall) }
        return setting.flatMap { Int($0.value) }.map { .setting($0) } ?? .usual
    }

    func run() throws {
        let scope = try scope.read()
        let engine = try store.open(.readOnly)
        if let contactSheet {
            try engine.checkOutput(
                contactSheet, asking: [query.image, query.vectorFile].compactMap { $0 })
        }
        let mode: SearchMode =
            isExact ? .exact : kind.map { .kind($0) } ?? .automatic
        let isUnlimited = scope.within != nil && scope.grouping == nil
        let response = try engine.search(
            SearchRequest(
                collection: collection, vector: vector, query: query.chosen,
                k: k ?? (isUnlimited ? 1_000_000_000 : 10), mode: mode, metric: metric,
                effort: effort, scope: scope))
        for warning in response.warnings { Console.warn(warning) }
        if let contactSheet {
            try draw(response, by: engine, to: contactSheet)
        }
        if output.isJSON {
            try Console.print(response.json(contactSheet: contactSheet))
        } else {
            try Console.print(text(response))
        }
        if !response.warnings.isEmpty { throw ExitCode.partial }
    }

    private func draw(
        _ response: SearchResponse, by engine: Engine, to path: String
    ) throws(ServiceError) {
        guard response.answers.count == 1, let answer = response.answers.first else {
            throw ServiceError(
                .invalidRequest,
                "A contact sheet shows one query, and there are \(response.answers.count); leave "
                    + "--contact-sheet out or give a file of one vector.")
        }
        let sheet = try engine.contactSheet(for: answer, of: response, in: collection)
        try FileOutput.write(sheet, toFile: path)
    }

    private func text(_ response: SearchResponse) -> String {
        var lines: [String] = []
        for answer in response.answers {
            if response.answers.count > 1 { lines.append("\(TerminalText.shown(answer.query)):") }
            for group in answer.groups ?? [] {
                let value = group.value.stringValue ?? group.value.text()
                lines.append(TerminalText.shown(value) + ":")
                lines.append(table(group.hits))
            }
            if answer.groups == nil, !answer.hits.isEmpty { lines.append(table(answer.hits)) }
            if answer.groups?.isEmpty ?? answer.hits.isEmpty { lines.append("no results") }
        }
        var times = ["\(duration(response.searchSeconds)) to search"]
        if response.openSeconds > 0 { times.append("\(duration(response.openSeconds)) to open") }
        if query.image != nil {
            times.append("\(duration(response.extractionSeconds)) to extract features")
        }
        lines.append(
            "\(response.kind) over \(response.vector) (\(response.metric)): "
                + times.joined(separator: ", "))
        return lines.joined(separator: "\n")
    }

    /// The results as a table, with the columns that their payloads can fill.
    private func table(_ hits: [SearchHit]) -> String {
        let payloadColumns = ["path", "label"].filter { key in
            hits.contains { $0.payload[key]?.stringValue != nil }
        }
        return likeness.table(
            [.number("rank"), .number("distance"), .text("id")] + payloadColumns.map { .text($0) },
            hits.map { hit in
                [String(hit.rank), distanceText(hit.distance), hit.id]
                    + payloadColumns.map { hit.payload[$0]?.stringValue ?? "" }
            })
    }
}

/// What is searched for, in one of three ways.
struct QueryOptions: ParsableArguments {
    @Option(help: "An image, JPEG or PNG.", completion: .file(extensions: ["jpg", "jpeg", "png"]))
    var image: String?

    @Option(help: "A point of the collection.")
    var id: String?

    @Option(
        help: ArgumentHelp("A file of vectors, such as .npy or .fvecs.", valueName: "file"),
        completion: .file())
    var vectorFile: String?

    func validate() throws {
        if [image, id, vectorFile].compactMap({ $0 }).count != 1 {
            throw ValidationError("Give one of --image, --id and --vector-file.")
        }
    }

    /// The one that was given.
    var chosen: SearchQuery {
        if let image {
            .image(image)
        } else if let id {
            .id(id)
        } else {
            .vectorFile(vectorFile ?? "")
        }
    }
}
