import EventLog
import LedgerOperations
import MemoryLedger

/// The HTTP API of the old program: its paths, statuses, messages and orders of checks.
///
///     let routes = CompatibleRoutes(CompatibleService(ledger, sessions: sessions))
///     let answer = await routes.answer(ServiceRequest("POST", "/login", body: body, by: caller))
///
/// What it does not know is answered with 404 and an empty body.
public struct CompatibleRoutes: Sendable {
    private let service: CompatibleService

    public init(_ service: CompatibleService) {
        self.service = service
    }

    public func answer(_ request: ServiceRequest) async -> ServiceAnswer {
        guard let route = CompatiblePath(path: request.path), request.method == route.method else {
            return ServiceAnswer(status: 404)
        }
        if route.isOfSecondVersion {
            if service.version == .one { return ServiceAnswer(status: 404) }
            return route == .bulk ? await bulk(request) : await search(route, request)
        }
        do {
            guard let body = Self.json(request.body) else {
                throw Stop(400, route == .add ? "JSON parsed error" : "invalid json")
            }
            let reply = try await reply(route, body, request.caller)
            return await LongWork.run(if: reply.isLong) { Self.answer(200, reply.document()) }
        } catch let stop as Stop {
            return Self.answer(stop.status, ["success": false, "message": stop.message])
        } catch {
            let named = (error as? AccessDeniedError)?.naming(route.rawValue) ?? error
            var failure = CompatibleFailure(named, in: service.ledger)
            // Only this route of the old program says so by its status.
            if route == .add, failure.status == 200 { failure.status = 400 }
            return Self.answer(failure.status, ["success": false, "message": .string(failure.message)])
        }
    }

    /// Ends a request.
    private struct Stop: Error {
        let status: Int
        let message: JSONValue

        init(_ status: Int, _ message: JSONValue) {
            self.status = status
            self.message = message
        }
    }

    /// What a route answers if all goes well.
    private struct Reply {
        /// To be made and written off the event loop.
        var isLong = false
        var document: () -> JSONValue

        init(_ document: JSONValue) { self.document = { document } }

        init(_ found: LinkedMemory) {
            isLong = LongWork.isNeeded(for: found.content)
            document = { ["success": true, "data": found.json] }
        }
    }

    private func reply(_ route: CompatiblePath, _ body: JSONValue, _ caller: Caller) async throws -> Reply {
        switch route {
        case .login:
            let login: JSONValue
            do { login = try CompatibleSchemas.login.validated(body) } catch {
                throw Stop(400, .string(JavaScriptText.indented(error.json)))
            }
            let session = try service.openSession(namespace: login.text("namespace"), by: caller)
            return Reply(["success": true, "data": .string(session)])
        case .add:
            let add = try valid(body, CompatibleSchemas.add(service.version))
            let value = add["value"]?.memoryChange(besideIt: add["links"]) ?? MemoryChange()
            try await service.add(
                add.text("key"), value.applied(to: MemoryContent()), in: .session(add.text("session")), by: caller)
            return Reply(["success": true])
        case .get:
            let get = try valid(body, CompatibleSchemas.get(service.version))
            let found = try await service.get(
                get.text("key"), sortLinks: get["sortLinks"]?.bool, in: .session(get.text("session")), by: caller)
            return Reply(found)
        case .update:
            let update = try valid(body, CompatibleSchemas.update(service.version))
            let change = update["value"]?.memoryChange(besideIt: update["links"]) ?? MemoryChange()
            let key = try await service.update(
                update.text("key"), change, in: .session(update.text("session")), by: caller)
            return Reply(["success": true, "data": ["key": .string(key)]])
        case .rename:
            let rename = try valid(body, CompatibleSchemas.rename)
            let (old, new) = (rename.text("old_key"), rename.text("new_key"))
            try await service.rename(old, to: new, in: .session(rename.text("session")), by: caller)
            return Reply(["success": true, "data": ["old_key": .string(old), "new_key": .string(new)]])
        case .bulk, .search, .fulltext: throw Stop(400, "invalid json")
        }
    }

    /// Their messages come with statuses that no other route has.
    private func search(_ route: CompatiblePath, _ request: ServiceRequest) async -> ServiceAnswer {
        do {
            let members = route == .search ? CompatibleSchemas.search : CompatibleSchemas.fulltext
            let given = QueryText.values(of: members.map(\.name), in: request.query)
            let asked = try valid(.object(given), .object(members))
            if route == .fulltext, asked.hasNoKeywords {
                throw Stop(400, .string(CompatibleRefusal.noKeywords.message))
            }
            let id = asked.text("session")
            let place = id.isEmpty ? nil : CompatibleService.Place.session(id)
            let found = try await service.search(asked.compatibleSearch, in: place, by: request.caller)
            return await LongWork.run(if: true) { Self.answer(200, ["success": true, "data": found.document()]) }
        } catch let stop as Stop {
            return Self.answer(stop.status, ["success": false, "message": stop.message])
        } catch {
            let named = (error as? AccessDeniedError)?.naming(route.rawValue) ?? error
            var failure = CompatibleFailure(named, in: service.ledger)
            if failure.status == 200 {
                failure.status = error as? CompatibleRefusal == .invalidSession ? 401 : 500
            }
            return Self.answer(failure.status, ["success": false, "message": .string(failure.message)])
        }
    }

    /// The same.
    private func bulk(_ request: ServiceRequest) async -> ServiceAnswer {
        do {
            guard let key = CompatiblePath.key(inBulk: request.path).flatMap({ QueryText.pathPart($0) }) else {
                throw Stop(400, "invalid memory key")
            }
            let asked = QueryText.values(of: CompatibleSchemas.bulk.map(\.name), in: request.query)
            let bounds = try valid(.object(asked), .object(CompatibleSchemas.bulk)).bulkBounds
            let read = try await service.bulk(key, bounds, by: request.caller)
            return await LongWork.run(if: true) { Self.answer(200, ["success": true, "data": read.document()]) }
        } catch let stop as Stop {
            return Self.answer(stop.status, ["success": false, "message": stop.message])
        } catch {
            let named = (error as? AccessDeniedError)?.naming(CompatiblePath.bulk.rawValue) ?? error
            var failure = CompatibleFailure(named, in: service.ledger)
            if failure.status == 200 { failure.status = 404 }
            return Self.answer(failure.status, ["success": false, "message": .string(failure.message)])
        }
    }

    private func valid(_ body: JSONValue, _ schema: ValueSchema) throws -> JSONValue {
        do { return try schema.validated(body) } catch { throw Stop(400, error.json) }
    }

    // MARK: Bytes

    /// What JavaScript reads of a body: a byte order mark does not count, and half a surrogate pair is no fault.
    private static func json(_ body: [UInt8]) -> JSONValue? {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let bytes = body.starts(with: mark) ? Array(body.dropFirst(mark.count)) : body
        return try? JSONParser.parseRepairing(bytes).0
    }

    private static func answer(_ status: Int, _ value: JSONValue) -> ServiceAnswer {
        ServiceAnswer(
            status: status, headers: ["content-type": "application/json;charset=utf-8"],
            body: JavaScriptText.compact(value))
    }
}
