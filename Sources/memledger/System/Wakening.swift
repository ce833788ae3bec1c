import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Wakes the threads that wait for input when the process is told to end, so that they need not look now and then.
enum Wakening {
    /// The ends of a pipe into which a byte is written once, and from which none is read; nil if there is no room for
    /// one.
    private static let pipe: (read: Int32, write: Int32)? = {
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
            guard Glibc.pipe(&ends) == 0 else { return nil }
        #elseif canImport(Musl)
            guard Musl.pipe(&ends) == 0 else { return nil }
        #else
            guard Darwin.pipe(&ends) == 0 else { return nil }
        #endif
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }()

    private static let isWoken = Atomic(false)

    /// What has something to read from the first call of `wake` on.
    static var descriptor: Int32? { pipe?.read }

    static var hasCome: Bool { isWoken.load(ordering: .acquiring) }

    /// To be called when what the threads ask would tell them to stop.
    static func wake() {
        guard !isWoken.exchange(true, ordering: .acquiringAndReleasing), let pipe else { return }
        _ = withUnsafeBytes(of: UInt8(1)) { write(pipe.write, $0.baseAddress, 1) }
    }
}
