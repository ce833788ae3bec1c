import AgentContext
import ArgumentParser
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct Protect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Encrypt what a namespace's memories hold, so that they can be erased.",
        discussion: """
            From now on, in every process, and for good: each memory's events are encrypted with a key of its own, which \
            the master key wraps. Without the master key the namespace can be neither read nor written, and if it is lost, \
            the events stay encrypted. Keys of memories, event types, times and actors stay readable; so do the events \
            from before, which can never be erased. The ledger's tables hold the memories in plain until they are erased, \
            and so do its backups and checkouts, for ever: who has the file needs no key to read these. A namespace that \
            is protected already stays as it is. Without NAMESPACE it shows what is protected.

            In a protected namespace each user has data keys of their own: all that is said in a user's session, and what \
            names the user otherwise (`block append --user`, `archive insert --user`), is encrypted with these, in blocks \
            and archives that users share, too. `erase --user` destroys them. --sessions protects every namespace that has \
            users (if there are none, mem), and every other one from its first user on, in whichever process: \
            `config set session.protected 0` ends that for namespaces to come.

            The master key is read from --master-key-file, from the file that MEMLEDGER_MASTER_KEY_FILE names, or from \
            MEMLEDGER_MASTER_KEY. --new-master-key makes one, in a file that only you can read: keep it where it is \
            not backed up together with the ledger. --rotate-master-key changes it: FILE holds the new one, or is made.

            JSON: {"namespaces": [{"namespace", "position"}], "protected", "data_keys_rewrapped"}; "protected" is the \
            namespace if it was protected now, and the last the number of keys that were rotated, each null where it was \
            not asked for. With --sessions also "protected_now", a list of names.

              memledger protect people --new-master-key ~/keys/ledger.key
              memledger protect people --master-key-file ~/keys/ledger.key
              memledger protect --sessions --new-master-key ~/keys/ledger.key
              memledger protect --rotate-master-key ~/keys/next.key --master-key-file ~/keys/ledger.key
            """)

    @Argument(help: "The namespace.") var namespace: String?
    @Flag(help: "Every namespace that has users, and others from their first user on.") var sessions = false
    @Option(help: ArgumentHelp("Make the master key in this new file, and use it.", valueName: "file"))
    var newMasterKey: String?
    @Option(help: ArgumentHelp("Go on with the master key in this file.", valueName: "file"))
    var rotateMasterKey: String?
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if sessions, namespace != nil {
            throw ValidationError("--sessions takes every namespace that has users; leave out NAMESPACE.")
        }
        if newMasterKey != nil, namespace == nil, !sessions {
            throw ValidationError("--new-master-key goes with the first NAMESPACE; later ones use the same key.")
        }
        if rotateMasterKey != nil, namespace != nil || newMasterKey != nil || sessions {
            throw ValidationError("--rotate-master-key stands alone; protect the namespace before or afterwards.")
        }
    }

    func run() async throws {
        if namespace == nil, rotateMasterKey == nil, !sessions { return try await show() }
        for path in [newMasterKey, rotateMasterKey] {
            if let path { try global.protectedFiles().check(newMasterKey: path) }
        }
        var global = global
        if let first = namespace ?? (sessions ? MemoryKey.defaultNamespace : nil) { try await check(first) }
        if let newMasterKey {
            try MasterKey.make(at: newMasterKey)
            global.masterKey.file = newMasterKey
        }
        var next: MasterKey?
        if let rotateMasterKey { next = try await nextKey(in: rotateMasterKey) }
        let access: LedgerFileOptions.Access = next == nil ? .create : .readWrite
        let result = try await global.withLedger(access) { ledger in
            let attribution = writing.attribution(actor)
            let now = sessions ? try await AgentContext(ledger, by: attribution).protectSessions() : nil
            var result =
                if let namespace { try await ledger.run(ProtectNamespace(namespace), by: attribution) } else {
                    try await ledger.run(ListProtectedNamespaces(), by: attribution)
                }
            result.protectedNow = now
            if let next { result.rewrappedKeys = try await ledger.rotateMasterKey(to: next) }
            return result
        }
        try global.show(result.document()) { show(result, &$0) }
    }

    private func show(_ result: ProtectedNamespaces, _ page: inout Page) {
        if let namespace, result.protected == nil {
            page.line("Namespace \(namespace) is already protected; nothing changed.")
        }
        if let now = result.protectedNow, now.isEmpty {
            page.line("Every namespace that has users is already protected.")
        }
        for namespace in result.protectedNow ?? [result.protected].compactMap(\.self) {
            page.line("Namespace \(namespace) is encrypted from now on.", .green)
        }
        if result.protectedNow != nil {
            page.line("Other namespaces are encrypted from their first user on.", .green)
        }
        if let newMasterKey {
            page.line("The master key is in \(newMasterKey): without it nothing of this can be read.", .yellow)
        }
        if let rewrapped = result.rewrappedKeys, let rotateMasterKey {
            page.line(
                "Rewrapped \(Figures.count(rewrapped, "data key", "data keys")) with \(rotateMasterKey).", .green)
            page.line("Copies made before are still opened by the former master key.", .dim)
        }
    }

    /// Refuses, before a ledger or a key is made, what could not be protected.
    private func check(_ namespace: String) async throws {
        // Where there is no ledger, it is protected in memory first.
        guard global.hasLedger else {
            if let newMasterKey { try checkIsFree(newMasterKey) }
            let key = newMasterKey == nil ? nil : try MasterKey(bytes: SystemRandomSource().bytes(MasterKey.byteCount))
            try await global.rehearse(masterKey: key) { try await $0.protect(namespace) }
            return
        }
        try MemoryLimits.standard.check(MemoryKey(namespace: namespace, key: "k"))
        guard newMasterKey != nil else { return }
        // A second key would be of no use to a ledger that has one.
        let hasOne = try await global.withLedger(.readOnly) { try !$0.protectedNamespaces().isEmpty }
        if hasOne { throw CommandError("The ledger has a master key already; use it, or --rotate-master-key.") }
    }

    private func checkIsFree(_ path: String) throws {
        try System.checkFolder(of: path)
        if System.isRegularFile(path) != nil { throw MasterKey.isThere(path) }
    }

    /// The key to go on with, made where there is none, once it is known that there is something to rotate.
    private func nextKey(in file: String) async throws -> MasterKey {
        try await global.withLedger(.readOnly) { try $0.log.inFile.checkMasterKey() }
        return System.hasContent(file) ? try MasterKey(file: file) : try MasterKey.make(at: file)
    }

    private func show() async throws {
        let listed = try await global.withLedger(.readOnly) {
            try await $0.run(ListProtectedNamespaces(), by: actor.attribution)
        }
        let found = listed.namespaces
        try global.show(listed.document()) { page in
            var table = Table([.init("NAMESPACE", paint: .bold), .init("ENCRYPTED SINCE POSITION", right: true)])
            for (namespace, position) in found { table.add([namespace, Figures.grouped(position)]) }
            page.table(table)
            if found.isEmpty { page.line("Nothing is protected.", .dim) }
        }
    }
}
