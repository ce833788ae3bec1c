import Foundation

/// Carries out a plan: the environment for child processes, and what they did so far.
///
///     let plan = FaultPlan(folder: folder, at: 3, kind: .eio, operations: [.fdatasync], suffix: "-wal")
///     let faults = try FaultInjection(plan)
///     let end = try await TestChild(executable, arguments, environment: faults.environment).wait()
///     #expect(faults.hits == 1)
///
/// The plan can be changed while the processes run (`arm`).
package final class FaultInjection: Sendable {
    package let plan: FaultPlan
    /// What a child process needs beside its other variables.
    package let environment: [String: String]
    private let files: ScratchFolder
    private let control: FaultControl

    package init(_ plan: FaultPlan) throws {
        self.plan = plan
        files = try ScratchFolder()
        control = try FaultControl(path: files.path("control"))
        var environment = [
            "LD_PRELOAD": try FaultInterposer.library(), "FAULT_FOLDER": plan.folder,
            "FAULT_CONTROL": files.path("control"), "FAULT_TRACE": files.path("trace"),
        ]
        if !plan.operations.isEmpty {
            environment["FAULT_OPERATIONS"] = plan.operations.map(\.rawValue).sorted().joined(separator: ",")
        }
        if !plan.suffix.isEmpty { environment["FAULT_SUFFIX"] = plan.suffix }
        self.environment = environment
        try files.write("trace", "")
        if let at = plan.at { try arm(at: at, kind: plan.kind, sticky: plan.sticky) }
    }

    /// From now on this call is hit, counted from the first one. Calls of the past are not.
    package func arm(at: Int, kind: FaultKind, sticky: Bool = false) throws {
        // `at` last: what is hit then finds the rest in place.
        try control.set(.at, 0)
        try control.set(.action, kind.action)
        if case .error(let code) = kind { try control.set(.error, Int64(code)) }
        try control.set(.sticky, sticky ? 1 : 0)
        try control.set(.at, Int64(at))
    }

    /// From now on nothing is hit.
    package func disarm() throws { try control.set(.at, 0) }

    /// Calls so far.
    package var count: Int { get throws { Int(try control.get(.count)) } }

    /// Calls that were hit so far.
    package var hits: Int { get throws { Int(try control.get(.hits)) } }

    /// The calls so far, in the order of their lines; processes and threads may mix.
    package func trace() throws -> [FaultCall] {
        let folder = URL(fileURLWithPath: plan.folder).resolvingSymlinksInPath().path
        return try files.read("trace").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard words.count == 4, let number = Int(words[0]), let process = pid_t(words[1]) else { return nil }
            let path = words[3].hasPrefix(folder + "/") ? words[3].dropFirst(folder.count + 1) : words[3]
            return FaultCall(number: number, process: process, operation: String(words[2]), path: String(path))
        }
    }
}

extension FaultKind {
    /// `enum action` of the interposer.
    fileprivate var action: Int64 {
        switch self {
        case .error: 1
        case .short: 2
        case .killBefore: 3
        case .killAfter: 4
        case .stopBefore: 5
        case .stopAfter: 6
        }
    }
}
