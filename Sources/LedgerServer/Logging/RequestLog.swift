import Logging

/// The id of the request that a task works on. Everything that is logged in it bears the id, also what
/// a library logs.
enum RequestLog {
    @TaskLocal static var id: RequestNumbers.ID?

    static let metadata = Logger.MetadataProvider {
        guard let id else { return [:] }
        return ["request": "\(id)"]
    }
}
