import EventLog
import LedgerStorage
public import MemoryLedger

/// Which block: by its label in the context of a holder.
public struct BlockReference: Hashable, Sendable {
    public var namespace: String
    public var holder: BlockHolder
    public var label: String

    public init(_ label: String, of holder: BlockHolder, in namespace: String = MemoryKey.defaultNamespace) {
        (self.label, self.holder, self.namespace) = (label, holder, namespace)
    }
}

/// A change of a block's text.
public enum BlockChange: Hashable, Sendable {
    /// It says this instead; the block is made if there is none.
    case set(String)
    /// One line more.
    case append(String)
    /// A piece that is there once becomes another.
    case replace(String, with: String)
    /// Before a line, from 1; one behind the last: at the end.
    case insert(String, line: Int)
    /// What it said before the last edit that was not undone.
    case undo
    /// What was undone last.
    case redo
    /// What it said at a version.
    case restore(version: Int64)
}

extension AgentContext {
    /// Changes what a block says.
    ///
    /// - Parameters:
    ///   - tokens: of the whole new text, as the model counts them; nil: they are estimated.
    ///   - expected: the version that the change was made for; nil: any.
    ///   - user: whose edit it is, besides the session's user: their erasure takes it, if the namespace is protected.
    /// - Throws: `AgentContextError` with `noBlock`, `sessionEnded`, `blockIsReadOnly`, `blockIsFull`, `blockConflict`,
    ///   `textNotFound`, `textAmbiguous`, `nothingToUndo`, `nothingToRedo` or `noVersion`;
    ///   `MemoryLedgerError.invalidArgument`; what appending throws.
    public func change(
        _ reference: BlockReference, _ change: BlockChange, tokens: Int? = nil, expecting expected: Int64? = nil,
        for user: String? = nil
    ) async throws -> BlockState {
        try check(change, tokens)
        if let user { try check(name: user, "The user") }
        let isProtected = try protects(reference.namespace) == true
        return try await commit(reference) { found, tables in
            let editors = try users(of: reference, and: user, tables)
            guard let found else {
                guard case .set(let text) = change else {
                    throw AgentContextError.noBlock(reference.label, reference.holder)
                }
                if let expected, expected != 0 { throw conflict(nil, expected, given: text) }
                let new = try new(reference, text, tokens, tables)
                guard isProtected, !editors.isEmpty, let holder = new.holders.first else {
                    return [DecidedBlockEvent(.created(new), for: editors)]
                }
                let placement = BlockPlacement(new.label, limit: new.settings.limit, holder)
                return [
                    DecidedBlockEvent(.placed(placement)),
                    DecidedBlockEvent(.edited(BlockEdit(.set, new.value)), for: editors),
                ]
            }
            if let expected, expected != found.version {
                throw conflict(found, expected, given: try? edited(found, change, tokens, tables)?.text)
            }
            try checkWritable(found)
            guard let value = try edited(found, change, tokens, tables) else { return [] }
            let said = try usersOfText(in: found, after: change, value, tables)
            let event = try event(found, change, value, tables)
            let users = UserNames.joined(said, editors)
            // To say again what was said makes it no text of one's own.
            guard case .reverted = event else { return [DecidedBlockEvent(event, for: users)] }
            return [DecidedBlockEvent(event, for: users, sayingTextOf: said)]
        }
    }

    /// Those whose edit it is: the session's user, and the one that was named.
    private func users(
        of reference: BlockReference, and user: String?, _ tables: SQLiteConnection
    ) throws -> [String] {
        let named = user.map { [$0] } ?? []
        guard case .session(let id) = reference.holder else { return named }
        let session = try SessionRows.get(MemoryKey(namespace: reference.namespace, key: id), tables)
        return UserNames.joined(session.users, named)
    }

    /// Those whose text a changed one may hold. One that is set is held to be another one.
    private func usersOfText(
        in found: BlockState, after change: BlockChange, _ value: CountedText, _ tables: SQLiteConnection
    ) throws -> [String] {
        switch change {
        case .append, .replace, .insert: return found.users
        case .set: return value.text.utf8.elementsEqual(found.block.value.text.utf8) ? found.users : []
        case .undo, .redo, .restore:
            let version = try reversion(found, change, tables).version
            return try BlockRows.version(version, of: found, tables)?.users ?? []
        }
    }

    private func check(_ change: BlockChange, _ tokens: Int?) throws {
        switch change {
        case .set(let text), .append(let text), .insert(let text, _):
            try check(text, "A block", bytes: ContextLimits.contentBytes, tokens: tokens)
        case .replace(let old, let new):
            guard !old.isEmpty else {
                throw MemoryLedgerError(.invalidArgument, "What is to be replaced is empty; give a piece of the block.")
            }
            try check(new, "A block", bytes: ContextLimits.contentBytes, tokens: tokens)
        case .undo, .redo, .restore: break
        }
    }

    private func new(
        _ reference: BlockReference, _ text: String, _ tokens: Int?, _ tables: SQLiteConnection
    ) throws -> Block {
        let settings = BlockSettings(limit: Int(try Configuration.value(of: .blockLimit, tables)))
        try check(text, fits: settings.limit, reference.label)
        return Block(
            label: reference.label, value: counted(text, tokens), settings: settings,
            holders: [try BlockRows.home(of: reference, tables)])
    }

    /// What a block says after a change; nil: as before.
    private func edited(
        _ found: BlockState, _ change: BlockChange, _ tokens: Int?, _ tables: SQLiteConnection
    ) throws -> CountedText? {
        let old = found.block.value.text
        let text: String
        switch change {
        case .set(let new): text = new
        case .append(let line): text = BlockText.appending(line, to: old)
        case .replace(let piece, let new): text = try BlockText.replacing(piece, with: new, in: old)
        case .insert(let lines, let line): text = try BlockText.inserting(lines, at: line, in: old)
        case .undo, .redo, .restore: return try reversion(found, change, tables).value
        }
        let isSame = text.utf8.elementsEqual(old.utf8)
        guard !isSame || tokens.map({ $0 != found.block.value.tokens }) == true else { return nil }
        try check(text, fits: found.block.settings.limit, found.block.label)
        return counted(text, tokens)
    }

    private func event(
        _ found: BlockState, _ change: BlockChange, _ value: CountedText, _ tables: SQLiteConnection
    ) throws -> BlockEvent {
        switch change {
        case .set: .edited(BlockEdit(.set, value))
        case .append: .edited(BlockEdit(.append, value))
        case .replace: .edited(BlockEdit(.replace, value))
        case .insert: .edited(BlockEdit(.insert, value))
        case .undo, .redo, .restore: .reverted(try reversion(found, change, tables))
        }
    }

    private func reversion(
        _ found: BlockState, _ change: BlockChange, _ tables: SQLiteConnection
    ) throws -> BlockReversion {
        let present = try BlockRows.version(found.version, of: found, tables)
        let content = try present.flatMap { try BlockRows.version($0.content, of: found, tables) }
        let label = found.block.label
        let (kind, number): (BlockReversion.Kind, Int64)
        switch change {
        case .redo:
            guard let content, let redone = try BlockRows.redone(content.number, of: found, tables) else {
                throw AgentContextError(.nothingToRedo, "Nothing of block \(label) was undone.")
            }
            (kind, number) = (.redo, redone)
        case .restore(let version):
            guard let named = try BlockRows.version(version, of: found, tables) else {
                throw AgentContextError(
                    .noVersion, "Block \(label) has no version \(version); `block history` shows those it has.")
            }
            (kind, number) = (.restore, named.content)
        default:
            guard let content, content.parent > 0 else {
                throw AgentContextError(.nothingToUndo, "Block \(label) says what it said first.")
            }
            (kind, number) = (.undo, content.parent)
        }
        guard let target = try BlockRows.version(number, of: found, tables) else {
            throw AgentContextError(.noVersion, "Block \(label) has no version \(number).")
        }
        return BlockReversion(kind, version: number, target.value)
    }

    // MARK: What is around the text

    /// Sets what holds for a block.
    ///
    /// - Throws: `AgentContextError` with `noBlock` or `blockIsFull`; `MemoryLedgerError.invalidArgument`.
    public func configure(
        _ reference: BlockReference, limit: Int? = nil, description: String? = nil, isReadOnly: Bool? = nil,
        for user: String? = nil
    ) async throws -> BlockState {
        if let limit { try ConfigurationKey.blockLimit.check(Int64(limit)) }
        if let description { try check(description, "A description", bytes: ContextLimits.contentBytes) }
        if let user { try check(name: user, "The user") }
        return try await commit(reference) { found, tables in
            let found = try Self.present(found, reference)
            var settings = found.block.settings
            if let limit { settings.limit = limit }
            if let description { settings.description = description }
            if let isReadOnly { settings.isReadOnly = isReadOnly }
            try check(found.block.value.text, fits: settings.limit, found.block.label)
            guard settings != found.block.settings else { return [] }
            return [DecidedBlockEvent(.configured(settings), for: try users(of: reference, and: user, tables))]
        }
    }

    /// - Throws: `AgentContextError` with `noBlock`, `blockIsReadOnly` or `blockExists`.
    public func rename(
        _ reference: BlockReference, to label: String, for user: String? = nil
    ) async throws -> BlockState {
        try check(name: label, "The block")
        if let user { try check(name: user, "The user") }
        return try await commit(reference) { found, tables in
            let found = try Self.present(found, reference)
            try checkWritable(found)
            guard !label.utf8.elementsEqual(found.block.label.utf8) else { return [] }
            for holder in found.block.holders { try Self.checkFree(label, holder, reference.namespace, tables) }
            return [DecidedBlockEvent(.renamed(label), for: try users(of: reference, and: user, tables))]
        }
    }

    /// Puts a block into the context of another holder, too. All edit the same one.
    ///
    /// - Throws: `AgentContextError` with `noBlock` or `blockExists`.
    public func share(_ reference: BlockReference, with holder: BlockHolder) async throws -> BlockState {
        try check(name: holder.name, "The holder")
        return try await commit(reference) { found, tables in
            let found = try Self.present(found, reference)
            guard !found.block.holders.contains(holder) else { return [] }
            try Self.checkFree(found.block.label, holder, reference.namespace, tables)
            return [DecidedBlockEvent(.shared(holder))]
        }
    }

    /// Takes a block out of a holder's context. It stays in those of others.
    ///
    /// - Throws: `AgentContextError.noBlock`; `MemoryLedgerError.invalidArgument` for the only holder.
    public func unshare(_ reference: BlockReference) async throws {
        _ = try await commit(reference) { found, _ in
            let found = try Self.present(found, reference)
            guard found.block.holders.contains(reference.holder) else {
                let others = found.block.holders.map(\.words).joined(separator: ", ")
                throw MemoryLedgerError(
                    .invalidArgument,
                    "Block \(reference.label) is not held by \(reference.holder.words) itself, but by \(others); take it "
                        + "out of that context.")
            }
            guard found.block.holders.count > 1 else {
                throw MemoryLedgerError(
                    .invalidArgument, "No other context has block \(reference.label); delete it instead.")
            }
            return [DecidedBlockEvent(.unshared(reference.holder))]
        }
    }

    /// Deletes a block from all contexts that have it. An undo of the event brings it back.
    ///
    /// - Throws: `AgentContextError` with `noBlock` or `blockIsReadOnly`.
    public func delete(_ reference: BlockReference) async throws {
        _ = try await commit(reference, isLeaving: true) { found, _ in
            try checkWritable(Self.present(found, reference))
            return [DecidedBlockEvent(.deleted)]
        }
    }

    // MARK: Committing

    /// - Parameter isLeaving: it is gone afterwards.
    private func commit(
        _ reference: BlockReference, isLeaving: Bool = false,
        _ decide: (BlockState?, SQLiteConnection) throws -> [DecidedBlockEvent]
    ) async throws -> BlockState {
        try check(name: reference.label, "The block")
        let (namespace, now) = (reference.namespace, now)
        let isProtected = try protects(namespace) == true
        for _ in 0..<Self.maximumAttempts {
            // Its stream is known by its id, which only the tables tell.
            let id = try await ledger.readContext(namespace) { try Self.id(of: reference, $0) }
            var isAnother = false
            var after: BlockState?
            let stream = BlocksModule.family.stream(namespace, id)
            try await ledger.commit(to: [stream], by: attribution) { tables in
                // Others renamed or made one in between.
                isAnother = try !Self.id(of: reference, tables).utf8.elementsEqual(id.utf8)
                guard !isAnother else { return [] }
                if case .session(let session) = reference.holder {
                    // One that has ended keeps what it had.
                    _ = try SessionRows.open(MemoryKey(namespace: namespace, key: session), at: now, tables)
                }
                let found = try BlockRows.find(id, namespace, tables)
                let decided = try decide(found, tables)
                let key = MemoryKey(namespace: namespace, key: id)
                after = BlockState.applying(decided.map(\.event), to: found, key, at: now)
                if let last = decided.last, last.event.saysSomething { after?.users = isProtected ? last.authors : [] }
                return decided.map { StreamChange(stream, [$0.event], for: $0.users) }
            }
            if isAnother { continue }
            if let after { return after }
            if isLeaving { return BlockState(gone: reference, id: id) }
            throw AgentContextError.noBlock(reference.label, reference.holder)
        }
        throw MemoryLedgerError(
            .contention,
            "Others made or renamed a block \(reference.label) \(Self.maximumAttempts) times in between; try again.")
    }

    private static let maximumAttempts = 32

    /// Of the block that is called so, or of the one that is to be made: one that no block ever had, the same for all
    /// who make it at once.
    private static func id(of reference: BlockReference, _ tables: SQLiteConnection) throws -> String {
        if let found = try BlockRows.find(reference, tables) { return found.id }
        let home = try BlockRows.home(of: reference, tables)
        let first = "\(home.kind.rawValue)/\(home.name)/\(reference.label)"
        let row = try tables.statement("SELECT 1 FROM blocks WHERE namespace = ? AND id = ?")
        var number = 1
        while true {
            let id = number == 1 ? first : "\(first)~\(number)"
            row.bind(1, reference.namespace)
            row.bind(2, id)
            defer { row.reset() }
            guard try row.step() else { return id }
            number += 1
        }
    }

    private static func present(_ found: BlockState?, _ reference: BlockReference) throws -> BlockState {
        guard let found else { throw AgentContextError.noBlock(reference.label, reference.holder) }
        return found
    }

    private static func checkFree(
        _ label: String, _ holder: BlockHolder, _ namespace: String, _ tables: SQLiteConnection
    ) throws {
        guard try BlockRows.find(BlockReference(label, of: holder, in: namespace), tables) != nil else { return }
        throw AgentContextError(
            .blockExists, "There is a block \(label) in the context of \(holder.words) already; choose another label.")
    }

    private func checkWritable(_ found: BlockState) throws {
        guard found.block.settings.isReadOnly else { return }
        throw AgentContextError(
            .blockIsReadOnly,
            "Block \(found.block.label) is read-only; `block configure --writable` lets it be changed.")
    }

    private func check(_ text: String, fits limit: Int, _ label: String) throws {
        let characters = text.unicodeScalars.count
        guard characters > limit else { return }
        throw AgentContextError(
            .blockIsFull,
            "Block \(label) would have \(characters) characters, and may have \(limit); shorten it, or raise its limit.",
            ["characters": JSONValue(characters), "limit": JSONValue(limit)])
    }

    private func conflict(_ found: BlockState?, _ expected: Int64, given: String?) -> AgentContextError {
        AgentContextError(
            .blockConflict,
            found.map {
                "Block \($0.block.label) is at version \($0.version), not \(expected); read it again and retry."
            } ?? "There is no such block, and version \(expected) was expected; give 0, or none.",
            [
                "expected": JSONValue(expected), "found": JSONValue(found?.version ?? 0),
                "value": found.map { .string($0.block.value.text) } ?? .null,
                "given": given.map { .string($0) } ?? .null,
            ])
    }
}

/// An event of a block, and whom it is protected for. What a user says is; where a block is, and that it is gone, is
/// not, so that others keep it.
private struct DecidedBlockEvent {
    var event: BlockEvent
    var users: [String]
    /// Whose text it says.
    var authors: [String]

    init(_ event: BlockEvent, for users: [String] = [], sayingTextOf authors: [String]? = nil) {
        (self.event, self.users) = (event, users)
        self.authors = (authors ?? users).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension BlockEvent {
    /// It makes a version.
    fileprivate var saysSomething: Bool {
        switch self {
        case .created, .edited, .reverted: true
        case .placed, .configured, .renamed, .shared, .unshared, .deleted: false
        }
    }
}

extension BlockState {
    /// What events make of a block; nil: it is gone.
    fileprivate static func applying(
        _ events: [BlockEvent], to found: BlockState?, _ key: MemoryKey, at now: Timestamp
    ) -> BlockState? {
        guard !events.isEmpty else { return found }
        guard let block = events.reduce(found?.block, { Block.applying($1, to: $0) }) else { return nil }
        let changes = events.count(where: \.saysSomething)
        return BlockState(
            id: key.key, namespace: key.namespace, block: block, version: (found?.version ?? 0) + Int64(changes),
            createdAt: found?.createdAt ?? now, updatedAt: now, users: found?.users ?? [])
    }

    /// One that its holder has no more.
    fileprivate init(gone reference: BlockReference, id: String) {
        self.init(
            id: id, namespace: reference.namespace, block: Block(label: reference.label, holders: []), version: 0,
            createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))
    }
}
