import Foundation

/// Work that must not slow others down, on a thread of its own: the system gives it what time no other thread wants.
package enum LowPriority {
    #if os(Linux)
        private static let niceness: Int32 = 19
        /// PRIO_PROCESS, whose type differs from one C library to the other.
        private static let byProcess: Int32 = 0
    #endif

    /// Runs the body on such a thread, without keeping the caller's.
    package static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                #if os(Linux)
                    // A thread's own: Linux counts priorities by thread. Failing leaves it as it is.
                    setpriority(byProcess, 0, niceness)
                #endif
                continuation.resume(with: Result { try body() })
            }
            thread.qualityOfService = .background
            thread.start()
        }
    }
}
