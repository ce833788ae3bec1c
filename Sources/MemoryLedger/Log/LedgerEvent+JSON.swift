public import EventLog

extension LedgerEvent {
    /// The event's body: the fields of its message in `Schemas/proto`.
    package var json: JSONValue {
        switch self {
        case .signingKeyRotated(let rotation):
            [
                "old_verifier_key": .string(rotation.oldKey), "new_verifier_key": .string(rotation.newKey),
                "note": .string(rotation.note),
            ]
        case .epochStarted(let start): start.json
        case .subjectsProtected(let namespace): ["namespace": .string(namespace)]
        case .subjectErased(let erased): erased.json
        }
    }
}

extension ErasedSubjects {
    fileprivate var json: JSONValue {
        [
            "subjects": .array(subjects.map(\.json)), "reason": .string(reason), "selection": .string(selection),
            "part": JSONValue(part), "parts": JSONValue(parts), "events": JSONValue(events),
        ]
    }
}

extension ErasedSubject {
    /// The memory's namespace and key; nil for a stream that is not a memory's.
    public var memory: MemoryKey? { MemoryStream.memory(stream) }

    package var json: JSONValue {
        var object: JSONObject = [
            "stream": .string(stream.rawValue), "keys": .array(keys.map { JSONValue($0) }),
            "is_current": .bool(isCurrent),
        ]
        if let user { object.append("user", .string(user)) }
        return .object(object)
    }
}

extension EpochStart {
    /// What was replaced is left out where there was nothing, as it is of a recorded event from before.
    fileprivate var json: JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            ("number", JSONValue(number)), ("epoch_id", .string(epochID)), ("origin", .string(origin)),
            ("checkpoint", JSONValue(optional: checkpoint)), ("restored_origin", .string(restoredOrigin)),
            ("restored_size", JSONValue(restoredSize)), ("restored_root", .string(restoredRoot.description)),
        ]
        if let replaced {
            members += [
                ("replaced_origin", .string(replaced.origin)), ("replaced_size", JSONValue(replaced.size)),
                ("replaced_root", .string(replaced.root.description)),
            ]
            if let checkpoint = replaced.checkpoint { members.append(("replaced_checkpoint", .string(checkpoint))) }
        }
        return .object(JSONObject(members.map { JSONObject.Member(name: $0.name, value: $0.value) }))
    }
}
