import Foundation
import Testing

/// Goal: every link of every document leads somewhere. Method: files, headings, articles and public symbols are looked
/// up; and the looking is tried on a document whose links lead nowhere.
@Suite struct DocumentLinkTests {
    /// What links lead to.
    struct Places {
        /// Every document, by its path.
        var documents: [String: Document]
        var exists: (String) -> Bool
        /// Names of what is public, by target.
        var symbols: [String: Set<String>]
    }

    private static func places() throws -> Places {
        let documents = try Document.all()
        var symbols: [String: Set<String>] = [:]
        for target in Set(documents.compactMap { $0.catalogue?.split(separator: "/")[1] }) {
            let names = try RepositoryRulesTests.sources(["Sources/\(target)"]).flatMap { name, lines in
                DocumentationTests.declarations(lines, in: name).map(\.name) + Self.requirements(lines)
            }
            symbols[String(target)] = Set(names).union([String(target)])
        }
        return Places(
            documents: Dictionary(uniqueKeysWithValues: documents.map { ($0.path, $0) }),
            exists: { path in
                FileManager.default.fileExists(atPath: RepositoryRulesTests.root.appendingPathComponent(path).path)
            }, symbols: symbols)
    }

    /// What a protocol asks for is public without saying so.
    private static func requirements(_ lines: [Substring]) -> [String] {
        lines.compactMap { $0.firstMatch(of: /^ {4}(?:static )?(?:func|var) (\w+)/).map { String($0.1) } }
    }

    /// Sentences about links that lead nowhere.
    static func findings(_ document: Document, _ places: Places) -> [String] {
        var found: [String] = []
        for (number, line) in document.prose {
            let place = "\(document.path):\(number)"
            for match in line.matches(of: /\]\(([^)\s]+)\)/) {
                if let why = wrong(String(match.1), from: document, places) { found.append("\(place): \(why)") }
            }
            guard let catalogue = document.catalogue else { continue }
            for match in line.matches(of: /<doc:([^>]+)>/) where !isArticle(String(match.1), in: catalogue, places) {
                found.append("\(place): there is no article \(match.1)")
            }
            let symbols = places.symbols[String(catalogue.split(separator: "/")[1])] ?? []
            for match in line.matches(of: /(`+)([^`]+)(`+)/) where match.1 == "``" && match.3 == "``" {
                let name = match.2
                let parts = name.split(separator: "/").map { $0.prefix { $0.isLetter || $0.isNumber || $0 == "_" } }
                for part in parts where !symbols.contains(String(part)) {
                    found.append("\(place): \(part) of \(name) is not public here")
                }
            }
        }
        return found
    }

    private static func isArticle(_ name: String, in catalogue: String, _ places: Places) -> Bool {
        places.documents["\(catalogue)/\(name).md"] != nil
    }

    private static func wrong(_ target: String, from document: Document, _ places: Places) -> String? {
        if target.hasPrefix("https://") { return nil }
        if target.hasPrefix("doc:") {
            guard let catalogue = document.catalogue else { return "\(target) is for articles only" }
            return isArticle(String(target.dropFirst(4)), in: catalogue, places) ? nil : "there is no \(target)"
        }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        var path = document.path
        if !parts[0].isEmpty {
            let folder = document.path.split(separator: "/").dropLast().joined(separator: "/")
            var steps = folder.split(separator: "/")
            for step in parts[0].split(separator: "/") {
                if step == ".." { _ = steps.popLast() } else { steps.append(step) }
            }
            path = steps.joined(separator: "/")
            if !places.exists(path) { return "there is no \(path)" }
        }
        guard parts.count == 2 else { return nil }
        return places.documents[path]?.anchors.contains(String(parts[1])) == true ? nil : "no heading is \(target)"
    }

    // MARK: Rules

    @Test func everyLinkLeadsSomewhere() throws {
        let places = try Self.places()
        #expect(places.documents.count > 30)
        for path in places.documents.keys.sorted() {
            guard let document = places.documents[path] else { continue }
            let found = Self.findings(document, places)
            #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
        }
    }

    /// A reader who begins at the README comes to every article, and the catalogue's own page shows it.
    @Test func everyArticleIsLinked() throws {
        let documents = try Document.all()
        let readme = try Document("README.md").text
        var articles = 0
        for article in documents where article.catalogue != nil {
            guard let catalogue = article.catalogue else { continue }
            let page = String(catalogue.split(separator: "/")[1])
            guard article.name != page else { continue }
            articles += 1
            #expect(readme.contains("](\(article.path))"), "the README does not lead to \(article.path)")
            let overview = try Document("\(catalogue)/\(page).md").text
            #expect(overview.contains("- <doc:\(article.name)>"), "\(page).md does not list \(article.name)")
        }
        #expect(articles > 18)
    }

    /// A first screen and a first hour.
    @Test func theReadmeIsShort() throws {
        let lines = try Document("README.md").text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 200)
    }

    /// Each package of the manifest is told of, with what it is for.
    @Test func everyDependencyIsExplained() throws {
        let inside = try Document("Sources/MemoryLedger/MemoryLedger.docc/Inside.md").text
        let manifest = try String(
            contentsOf: RepositoryRulesTests.root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let packages = manifest.matches(of: /\.package\(url: "([^"]+)"/).map { String($0.1) }
        #expect(packages.count > 8)
        for package in packages { #expect(inside.contains("](\(package))"), "\(package)") }
    }

    // MARK: The looking itself

    @Test func deadLinksAreFound() {
        let page = Document(
            path: "Sources/Cups/Cups.docc/Page.md",
            text: """
                # Page
                [a](../DESIGN.md) [b](../NONE.md) [c](#page) [d](#nothing) [e](Other.md#two-words) [f](https://no.where)
                <doc:Other> <doc:None> [g](doc:Other) [h](doc:None) ``Cup`` ``Cup/drink()`` ``Glass`` `Glass`
                ```
                [not](a-link.md) ``Glass``
                ```
                """)
        let other = Document(path: "Sources/Cups/Cups.docc/Other.md", text: "# Other\n\n## Two words\n")
        let places = Self.placesOfCups(page, other)
        let expected = [
            "2: there is no Sources/Cups/NONE.md", "2: no heading is #nothing", "3: there is no doc:None",
            "3: there is no article None", "3: Glass of Glass is not public here",
        ]
        #expect(Self.findings(page, places) == expected.map { "\(page.path):\($0)" })
    }

    private static func placesOfCups(_ documents: Document...) -> Places {
        let paths = Set(documents.map(\.path) + ["Sources/Cups/DESIGN.md"])
        return Places(
            documents: Dictionary(uniqueKeysWithValues: documents.map { ($0.path, $0) }),
            exists: { paths.contains($0) }, symbols: ["Cups": ["Cup", "drink"]])
    }
}
