import EventLog
import Foundation
import SwiftProtobuf

extension ProtoLegacyValue {
    init(_ cell: LegacyCell) {
        self.init()
        switch cell {
        case .null: null = true
        case .integer(let value): integer = value
        case .real(let value): real = value
        case .text(let bytes): text = Data(bytes)
        case .blob(let bytes): blob = Data(bytes)
        }
    }
}

extension LegacyCell {
    init(_ proto: ProtoLegacyValue) {
        switch proto.kind {
        case .integer(let value): self = .integer(value)
        case .real(let value): self = .real(value)
        case .text(let data): self = .text([UInt8](data))
        case .blob(let data): self = .blob([UInt8](data))
        case .null, nil: self = .null
        }
    }
}

extension ProtoLegacyColumn {
    init(_ column: LegacyColumn) {
        self.init()
        name = column.name
        value = ProtoLegacyValue(column.cell)
    }
}

extension LegacyColumn {
    init(_ proto: ProtoLegacyColumn) {
        self.init(name: proto.name, cell: LegacyCell(proto.value))
    }
}

extension ProtoLegacyRowName {
    init(_ name: LegacyRowName) {
        self.init()
        table = name.table
        if let namespace = name.namespace { rawNamespace = ProtoLegacyValue(namespace) }
        rawKey = ProtoLegacyValue(name.key)
    }
}

extension LegacyRowName {
    init(_ proto: ProtoLegacyRowName) {
        self.init(
            table: proto.table, namespace: proto.hasRawNamespace ? LegacyCell(proto.rawNamespace) : nil,
            key: LegacyCell(proto.rawKey))
    }
}

extension ProtoLegacyRowImported {
    init(_ event: LegacyRowImport) {
        self.init()
        let row = event.row
        format = row.format.rawValue
        table = row.table
        sourceSha256 = Data(event.sourceSHA256)
        lineage = Data(event.lineage)
        mappingVersion = Int64(event.mappingVersion)
        if let namespace = event.namespace { self.namespace = namespace }
        rawKey = ProtoLegacyValue(row.key)
        if let namespace = row.namespace { rawNamespace = ProtoLegacyValue(namespace) }
        if row.value != .null { rawValue = ProtoLegacyValue(row.value) }
        if let expires = row.expires { rawExpires = ProtoLegacyValue(expires) }
        columns = row.columns.map { ProtoLegacyColumn($0) }
        links = row.links.map { link in .with { $0.columns = link.map { ProtoLegacyColumn($0) } } }
        knownNamespaces = event.knownNamespaces
        if let namespace = event.tableNamespace { tableNamespace = namespace }
        if let name = event.former { former = ProtoLegacyRowName(name) }
        keepExpired = event.keepExpired
        importedAt = event.importedAt.milliseconds
        truncatedAtBytes = Int64(event.truncatedAtBytes ?? 0)
        if let keys = row.missingTargets { missingTargets = .with { $0.keys = keys } }
        isBesideUpgraded = row.isBesideUpgraded
        isUnchanged = event.isUnchanged
        if let checkedOut = event.checkedOut { self.checkedOut = ProtoLegacyCheckedOut(checkedOut) }
    }
}

extension ProtoLegacyCheckedOut {
    init(_ row: LegacyCheckedOut) {
        self.init()
        namespace = row.memory.namespace
        key = row.memory.key
        memory = row.memoryID
        contentVersion = row.contentVersion
        kept = LegacyCheckedOut.Part.allCases.filter(row.kept.contains).map(\.rawValue)
    }
}

extension LegacyCheckedOut {
    init(_ proto: ProtoLegacyCheckedOut) {
        self.init(
            memory: MemoryKey(namespace: proto.namespace, key: proto.key), memoryID: proto.memory,
            contentVersion: proto.contentVersion, kept: Set(proto.kept.compactMap { Part(rawValue: $0) }))
    }
}

extension LegacyRowImport {
    init(_ proto: ProtoLegacyRowImported) {
        var row = LegacyRow(
            format: LegacyFormat(rawValue: proto.format) ?? .keyv, table: proto.table, key: LegacyCell(proto.rawKey),
            namespace: proto.hasRawNamespace ? LegacyCell(proto.rawNamespace) : nil,
            expires: proto.hasRawExpires ? LegacyCell(proto.rawExpires) : nil,
            value: proto.hasRawValue ? LegacyCell(proto.rawValue) : .null,
            columns: proto.columns.map { LegacyColumn($0) },
            links: proto.links.map { link in link.columns.map { LegacyColumn($0) } },
            missingTargets: proto.hasMissingTargets ? proto.missingTargets.keys : nil)
        row.isBesideUpgraded = proto.isBesideUpgraded
        self.init(
            row: row, sourceSHA256: [UInt8](proto.sourceSha256), lineage: [UInt8](proto.lineage),
            mappingVersion: Int(clamping: proto.mappingVersion), namespace: proto.hasNamespace ? proto.namespace : nil,
            knownNamespaces: proto.knownNamespaces,
            tableNamespace: proto.hasTableNamespace ? proto.tableNamespace : nil,
            former: proto.hasFormer ? LegacyRowName(proto.former) : nil, keepExpired: proto.keepExpired,
            importedAt: Timestamp(milliseconds: proto.importedAt),
            truncatedAtBytes: proto.truncatedAtBytes > 0 ? Int(proto.truncatedAtBytes) : nil)
        isUnchanged = proto.isUnchanged
        checkedOut = proto.hasCheckedOut ? LegacyCheckedOut(proto.checkedOut) : nil
    }
}

extension ProtoLegacyImportStarted {
    init(_ start: LegacyImportStart) {
        self.init()
        path = start.path
        sourceSha256 = Data(start.sourceSHA256)
        lineage = Data(start.lineage)
        format = start.format
        table = start.table
        sizeBytes = start.sizeBytes
        mappingVersion = Int64(start.mappingVersion)
        unitedLineages = start.unitedLineages.map { Data($0) }
        isContinuedByHand = start.isContinuedByHand
    }
}

extension LegacyImportStart {
    init(_ proto: ProtoLegacyImportStarted) {
        self.init(
            path: proto.path, sourceSHA256: [UInt8](proto.sourceSha256), lineage: [UInt8](proto.lineage),
            format: proto.format, table: proto.table, sizeBytes: proto.sizeBytes,
            mappingVersion: Int(clamping: proto.mappingVersion),
            unitedLineages: proto.unitedLineages.map { [UInt8]($0) }, isContinuedByHand: proto.isContinuedByHand)
    }
}
