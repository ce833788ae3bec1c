import EventLog
import EventLogTesting
import LedgerOperations
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// Goal: every operation of the catalogue is what it declares, by name and JSON as by its Swift value.
/// Method: over the whole catalogue; examples of calls, of which every operation must have one.
@Suite struct OperationCatalogueTests {
    static let names = OperationCatalogue.builtIn.map { $0.name }

    @Test func everyOperationIsDeclaredWell() throws {
        let catalogue = try OperationCatalogue(OperationCatalogue.builtIn)
        #expect(catalogue.operations.map { $0.name } == Self.names && Set(Self.names).count == Self.names.count)
        for operation in catalogue.operations {
            #expect(operation.summary.hasSuffix(".") && operation.summary.count < 120, "\(operation.name)")
            for parameter in operation.parameters { #expect(parameter.help.hasSuffix("."), "\(parameter.name)") }
            #expect(OperationErrorCode.common.isDisjoint(with: operation.errors), "\(operation.name)")
            #expect(Set(operation.errors).count == operation.errors.count, "\(operation.name)")
        }
        #expect(Set(OperationExample.all.map(\.name)) == Set(Self.names))
    }

    /// The parameter is refused if it has a value of no type that there is, so `init(json:)` reads it.
    @Test(arguments: names) func everyParameterIsRead(name: String) throws {
        let operation = try #require(OperationCatalogue.standard[name])
        let example = try #require(OperationExample.all.first { $0.name == name })
        for parameter in operation.parameters {
            var json = example.json
            json[parameter.name] = nil
            let isComplete = (try? operation.init(json: json)) != nil
            // Some need one of several.
            if parameter.isRequired { #expect(!isComplete, "\(name) does without \(parameter.name)") }
            json[parameter.name] = ["wrong": true]
            let error = #expect(throws: OperationArgumentError.self) { try operation.init(json: json) }
            #expect(error?.argument == parameter.name && error?.description.contains("object") == true)
        }
        var json = example.json
        json["no_such_argument"] = 1
        let error = #expect(throws: OperationArgumentError.self) { try operation.init(json: json) }
        #expect(error?.argument == "no_such_argument")
    }

    /// What it declares to read appends nothing, so one ledger answers both calls.
    @Test(arguments: OperationExample.all) func aCallByJSONIsTheTypedCall(example: OperationExample) async throws {
        let (typed, read) = try example.values()
        #expect(typed == read)
        let operation = try #require(OperationCatalogue.standard[example.name])
        let first = try await OperationExample.ledger()
        let count = try await first.recordedEvents().count
        let second = operation.access == .reads ? first : try await OperationExample.ledger()
        let attribution = Attribution(actor: "caller", correlationID: "call")
        let expected = try await example.callTyped(in: OperationRequest(first, by: attribution))
        let document = try await example.call(in: OperationRequest(second, by: attribution))
        #expect(document.description == expected.description)
        let events = try await first.recordedEvents()
        #expect(try await second.recordedEvents() == events)
        if operation.access == .reads { #expect(events.count == count) }
        #expect((document.object?.members.map(\.name) == ["code"]) == example.fails)
        if example.fails {
            let code = OperationErrorCode(rawValue: document["code"]?.string ?? "")
            #expect(OperationErrorCode.common.contains(code) || operation.errors.contains(code), "\(code)")
        }
        await first.close()
        await second.close()
    }

    /// What a check of rights goes by.
    @Test func aCallSaysWhichNamespacesItReaches() throws {
        for example in OperationExample.all {
            let operation = try #require(OperationCatalogue.standard[example.name])
            if operation.scope == .ledger { #expect(example.namespaces == nil, "\(example)") }
            let namespace = operation.parameters.first { $0.name == "namespace" }
            guard operation.scope == .namespace, namespace != nil else { continue }
            if let given = example.json["namespace"]?.string {
                #expect(example.namespaces?.contains(given) == true, "\(example)")
            } else {
                // Without one it is the default, or it may be any.
                #expect(example.namespaces.map { $0.allSatisfy { $0 == "mem" } } ?? true, "\(example)")
            }
        }
        let others = try #require(OperationExample.all.first { $0.json["derived_from"]?.array?.count == 2 })
        #expect(others.namespaces == ["n", "n", "other"])
    }

    /// Where reads are events, those that an operation declares are there, and no others.
    @Test(arguments: OperationExample.all) func readsAreWrittenDownAsDeclared(example: OperationExample) async throws {
        let operation = try #require(OperationCatalogue.standard[example.name])
        let ledger = try await OperationExample.ledger()
        let me = Attribution(actor: "auditor")
        try await ledger.setPolicy(LedgerPolicyChange(auditsReads: true), by: me)
        let head = Position(try await ledger.recordedEvents().count)
        _ = try await example.call(in: OperationRequest(ledger, by: me))
        let reads = try await ledger.recordedEvents(after: head).filter { $0.type == "MemoriesRead" }
        let words = try reads.map { try $0.json()["data"]?["operation"]?.string }
        #expect(Set(words) == (operation.audit.map { [$0.rawValue] } ?? []))
        #expect(reads.allSatisfy { $0.attribution.actor == "auditor" })
        await ledger.close()
    }

    @Test func aModuleAddsItsOwn() async throws {
        let catalogue = try OperationCatalogue(OperationCatalogue.builtIn + [CountKeys.self])
        let ledger = try await OperationExample.ledger()
        let document = try await catalogue.call(
            "test.count_keys", ["namespace": "mem"], in: OperationRequest(ledger))
        #expect(document == ["count": 3])
        #expect(catalogue["test.count_keys"] != nil && OperationCatalogue.standard["test.count_keys"] == nil)
        let error = await #expect(throws: UnknownOperationError.self) {
            try await catalogue.call("test.none", in: OperationRequest(ledger))
        }
        #expect(error.flatMap { OperationErrorCode(of: $0) } == .unknownOperation)
        await ledger.close()
    }

    @Test func whatIsDeclaredBadlyIsRefused() {
        let bad: [(any LedgerOperation.Type, String)] = [
            (Misnamed.self, "is no operation's name"), (Homeless.self, "no parameter `namespace`"),
            (Repeating.self, "occurs twice"), (CountKeys.self, "Two operations"),
        ]
        for (operation, reason) in bad {
            let error = #expect(throws: OperationCatalogueError.self) {
                _ = try OperationCatalogue([CountKeys.self, operation])
            }
            #expect(error?.description.contains(reason) == true, "\(operation): \(String(describing: error))")
        }
    }
}

/// What a module outside may bring.
private struct CountKeys: LedgerOperation {
    var namespace: String

    struct Result: OperationResult {
        var count: Int
        func document() -> JSONValue { ["count": JSONValue(count)] }
    }

    static let namespaceParameter = Parameter("namespace", .string, "The namespace.")
    static let name = "test.count_keys"
    static let summary = "Count keys."
    static let parameters: [any OperationParameter] = [namespaceParameter]
    static let access = OperationAccess.reads
    static let scope = OperationScope.namespace
    static let errors: [OperationErrorCode] = []

    var namespaces: [String]? { [namespace] }

    init(_ arguments: OperationArguments) throws { namespace = try arguments[Self.namespaceParameter] }

    func run(in request: OperationRequest) async throws -> Result {
        Result(count: try await request.ledger.list(MemoryQuery(namespace: namespace)).memories.count)
    }
}

private protocol Bad: LedgerOperation {}

extension Bad {
    static var summary: String { "Is bad." }
    static var parameters: [any OperationParameter] { [] }
    static var access: OperationAccess { .reads }
    static var scope: OperationScope { .ledger }
    static var errors: [OperationErrorCode] { [] }
    var namespaces: [String]? { nil }
    func run(in request: OperationRequest) async throws -> LedgerDigest { try await request.ledger.digest() }
}

private struct Misnamed: Bad {
    static let name = "Test.misnamed"
    init(_ arguments: OperationArguments) {}
}

private struct Homeless: Bad {
    static let name = "test.homeless"
    static let scope = OperationScope.namespace
    init(_ arguments: OperationArguments) {}
}

private struct Repeating: Bad {
    static let name = "test.repeating"
    static let parameters: [any OperationParameter] = [
        Parameter("a", .string, "A."), Parameter("a", .boolean, "A."),
    ]
    init(_ arguments: OperationArguments) {}
}
