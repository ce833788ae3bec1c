public import EventLog
import LedgerStorage
import MemoryLedger

/// Reads users, roles and agents from the tables.
enum People {
    static func has(user: String, _ namespace: String, _ tables: SQLiteConnection) throws -> Bool {
        try exists("SELECT 1 FROM users WHERE namespace = ? AND username = ?", namespace, user, tables)
    }

    static func has(agent: String, _ namespace: String, _ tables: SQLiteConnection) throws -> Bool {
        try exists("SELECT 1 FROM agents WHERE namespace = ? AND name = ?", namespace, agent, tables)
    }

    private static func exists(
        _ sql: String, _ namespace: String, _ name: String, _ tables: SQLiteConnection
    ) throws -> Bool {
        let find = try tables.statement(sql)
        find.bind(1, namespace)
        find.bind(2, name)
        defer { find.reset() }
        return try find.step()
    }

    static func role(_ name: String, _ namespace: String, _ tables: SQLiteConnection) throws -> ListedRole? {
        try roles(namespace, from: name, limit: 1, tables).first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// In the order of their names.
    static func roles(
        _ namespace: String, from name: String, limit: Int, _ tables: SQLiteConnection
    ) throws -> [ListedRole] {
        let row = try tables.statement(
            """
            SELECT name, system_prompt, tokens, is_estimated, settings, created_at, updated_at FROM roles
            WHERE namespace = ? AND name >= ? ORDER BY name LIMIT ?
            """)
        row.bind(1, namespace)
        row.bind(2, name)
        row.bind(3, limit)
        defer { row.reset() }
        var roles: [ListedRole] = []
        while try row.step() {
            let prompt = CountedText(row.text(1), tokens: row.int(2), isEstimated: row.int(3) != 0)
            roles.append(
                ListedRole(
                    name: row.text(0),
                    role: AgentRole(systemPrompt: prompt, settings: try JSONObject(parsing: row.text(4))),
                    createdAt: Timestamp(milliseconds: row.int64(5)), updatedAt: Timestamp(milliseconds: row.int64(6))))
        }
        return roles
    }

    static func agents(
        _ namespace: String, from name: String, limit: Int, _ tables: SQLiteConnection
    ) throws -> [ListedAgent] {
        let row = try tables.statement(
            """
            SELECT name, description, settings, created_at, updated_at FROM agents
            WHERE namespace = ? AND name >= ? ORDER BY name LIMIT ?
            """)
        row.bind(1, namespace)
        row.bind(2, name)
        row.bind(3, limit)
        defer { row.reset() }
        var agents: [ListedAgent] = []
        while try row.step() {
            agents.append(
                ListedAgent(
                    name: row.text(0),
                    agent: Agent(description: row.text(1), settings: try JSONObject(parsing: row.text(2))),
                    createdAt: Timestamp(milliseconds: row.int64(3)), updatedAt: Timestamp(milliseconds: row.int64(4))))
        }
        return agents
    }

    static func agent(_ name: String, _ namespace: String, _ tables: SQLiteConnection) throws -> ListedAgent? {
        try agents(namespace, from: name, limit: 1, tables).first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    static func user(_ name: String, _ namespace: String, _ tables: SQLiteConnection) throws -> ListedUser? {
        try users(namespace, from: name, limit: 1, tables).first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// Those that have users, in order.
    static func namespaces(_ tables: SQLiteConnection) throws -> [String] {
        // From each to the next by the index, whatever the number of users.
        let next = try tables.statement("SELECT min(namespace) FROM users WHERE namespace > ?")
        var namespaces: [String] = []
        while true {
            next.bind(1, namespaces.last ?? "")
            defer { next.reset() }
            guard try next.step(), let namespace = next.optionalText(0) else { return namespaces }
            namespaces.append(namespace)
        }
    }

    static func users(
        _ namespace: String, from name: String, limit: Int, _ tables: SQLiteConnection
    ) throws -> [ListedUser] {
        let row = try tables.statement(
            """
            SELECT username, created_at FROM users WHERE namespace = ? AND username >= ? ORDER BY username LIMIT ?
            """)
        row.bind(1, namespace)
        row.bind(2, name)
        row.bind(3, limit)
        defer { row.reset() }
        var users: [ListedUser] = []
        while try row.step() {
            users.append(ListedUser(name: row.text(0), createdAt: Timestamp(milliseconds: row.int64(1))))
        }
        return users
    }
}

/// A user as a list has them.
public struct ListedUser: Hashable, Sendable {
    public var name: String
    public var createdAt: Timestamp
}

/// A role as a list has it.
public struct ListedRole: Hashable, Sendable {
    public var name: String
    public var role: AgentRole
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
}

/// An agent as a list has it.
public struct ListedAgent: Hashable, Sendable {
    public var name: String
    public var agent: Agent
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
}

extension JSONObject {
    /// Of a column; empty for what is no object.
    init(parsing text: String) throws { self = try JSONParser.parse(Array(text.utf8)).object ?? [:] }
}

/// A page of a list, in the order of names.
public struct NamedPage<Entry: Sendable & Hashable>: Hashable, Sendable {
    public var entries: [Entry]
    /// The name that the next page begins with; nil: this is the last one.
    public var next: String?
}
