import EventLog

/// Rows that a checkout of this ledger wrote, and that come back.
///
/// A row brings nothing if it is as it was written, or says what its memory says by now. It is taken over if its memory
/// is as it was checked out, or as this row brought it last. If both were changed, no one is right.
extension MemoryWriter {
    func verdict(
        on legacy: LegacyMemory, _ checkedOut: LegacyCheckedOut, _ event: LegacyRowImport, rowID: Int64
    ) throws -> Verdict {
        let state = try slot(legacy.id).state
        if let state, state.sourceRow == rowID {
            return .accepted(try merged(legacy, checkedOut, event, with: state), nil)
        }
        if checkedOut.isUnchanged { return .duplicate("It is as this ledger wrote it.", legacy.id) }
        guard let state else { return .refused(Self.collision(legacy.id)) }
        if try isTheSame(state, as: merged(legacy, checkedOut, event, with: state), event) {
            return .duplicate("The ledger has the same memory under its key.", legacy.id)
        }
        guard state.id == checkedOut.memoryID, state.contentVersion == checkedOut.contentVersion else {
            return .refused(Self.collision(legacy.id))
        }
        return .accepted(try merged(legacy, checkedOut, event, with: state), nil, replacing: state)
    }

    private static func collision(_ id: MemoryKey) -> String {
        "\(id.inWords) was changed, renamed or deleted in the ledger since this file was checked out, and its row was "
            + "changed in the file. Put together by hand what both say."
    }

    /// The row's memory, with those parts of the standing one that were not changed in the file, or that its layout has
    /// no place for.
    private func merged(
        _ legacy: LegacyMemory, _ checkedOut: LegacyCheckedOut, _ event: LegacyRowImport, with state: MemoryState
    ) throws -> LegacyMemory {
        let own = try content(of: state).unpacked()
        var merged = legacy
        for part in checkedOut.kept {
            switch part {
            case .domain: merged.content.domain = own.domain
            case .summary: merged.content.summary = own.summary
            case .text: merged.content.text = own.text
            case .type: merged.content.type = own.type
            case .keywords: merged.content.keywords = own.keywords
            case .links: merged.content.links = own.links
            case .extra: merged.content.extra = own.extra
            case .expires: merged.expiresAt = state.expiresAt.map { Timestamp(milliseconds: $0) }
            }
        }
        guard event.row.format == .kvMemory2 else { return merged }
        if !checkedOut.kept.contains(.links) {
            merged.content.links = try merged.content.links.map {
                try withoutNamespace($0, legacy.id.namespace)
            }
            merged.content.links += try linksWithoutPlace(own.links, in: legacy.id.namespace)
        }
        if !checkedOut.kept.contains(.extra) {
            for member in own.extra.members where merged.content.extra[member.name] == nil {
                merged.content.extra.append(member.name, member.value)
            }
        }
        return merged
    }

    /// The native layout has namespaces, but for the default one, in front of keys.
    private func withoutNamespace(_ link: MemoryLink, _ namespace: String) throws -> MemoryLink {
        guard let key = link.key, !namespace.hasSameBytes(as: MemoryKey.defaultNamespace) else { return link }
        let asWritten = MemoryKey(namespace: namespace, key: key)
        guard let plain = asWritten.withoutPrefix else { return link }
        // Of two memories that the row could be, the one without the name in its key has it.
        if try slot(plain).state == nil, try slot(asWritten).state != nil { return link }
        var link = link
        link.key = plain.key
        return link
    }

    /// Links that the native layout cannot hold: without a key, to a key that holds no memory, or beside another of
    /// their type to the same key.
    private func linksWithoutPlace(_ links: [MemoryLink], in namespace: String) throws -> [MemoryLink] {
        var lost: [MemoryLink] = []
        for (index, link) in links.enumerated() {
            guard let key = link.key else {
                lost.append(link)
                continue
            }
            let isSecond = links[..<index].contains {
                $0.key?.hasSameBytes(as: key) == true && $0.type.hasSameBytes(as: link.type)
            }
            let target = try MemoryKey(namespace: namespace, key: key).resolved { try slot($0).state != nil }
            if try isSecond || slot(target).state == nil { lost.append(link) }
        }
        return lost
    }
}
