/// The tables of layout 4, column by column as the old program makes them: it goes on with those that it finds.
enum KVMemory2Tables {
    static let tables = """
        CREATE TABLE memories (
            key TEXT PRIMARY KEY,
            summary TEXT NOT NULL,
            text TEXT NOT NULL,
            meta TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            score REAL
        );
        CREATE TABLE memory_links (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            from_key TEXT NOT NULL,
            to_key TEXT NOT NULL,
            link_type TEXT DEFAULT 'association',
            term TEXT NOT NULL DEFAULT '',
            weight REAL DEFAULT 0.5,
            created_at INTEGER NOT NULL,
            access_count INTEGER DEFAULT 0,
            last_accessed_at INTEGER,
            UNIQUE (from_key, to_key, link_type),
            FOREIGN KEY (from_key) REFERENCES memories (key) ON DELETE CASCADE,
            FOREIGN KEY (to_key) REFERENCES memories (key) ON DELETE CASCADE
        );
        CREATE TABLE kv_cache (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER
        );
        """

    /// What is made when the rows are there. The triggers that keep the index up the old program adds by itself.
    static let completion = """
        CREATE INDEX idx_memories_created_at ON memories (created_at);
        CREATE INDEX idx_memory_links_from_key ON memory_links (from_key);
        CREATE INDEX idx_memory_links_to_key ON memory_links (to_key);
        CREATE INDEX idx_memory_links_link_type ON memory_links (link_type);
        CREATE VIRTUAL TABLE memories_fts USING fts5 (
            key, summary, text, content = 'memories', content_rowid = 'rowid'
        );
        INSERT INTO memories_fts (memories_fts) VALUES ('rebuild');
        """
}
