-- A database of the later native tables (format kv-memory-2): no namespaces, links in memory_links only, and a link
-- whose memory was lost.
BEGIN;
CREATE TABLE memories(
    key TEXT PRIMARY KEY, summary TEXT NOT NULL, text TEXT NOT NULL, meta TEXT, created_at INTEGER NOT NULL, score REAL);
CREATE TABLE memory_links(
    id INTEGER PRIMARY KEY AUTOINCREMENT, from_key TEXT NOT NULL, to_key TEXT NOT NULL, link_type TEXT NOT NULL,
    term TEXT, weight REAL DEFAULT 0.5, created_at INTEGER NOT NULL, access_count INTEGER DEFAULT 0,
    last_accessed_at INTEGER, UNIQUE(from_key, to_key, link_type));
CREATE TABLE kv_cache(key TEXT PRIMARY KEY, value TEXT, expires INTEGER);
INSERT INTO memories VALUES
('a', 's', 't', '{"id":"a","created_at":1769000000123,"last_accessed_at":1769000000456,"access_count":9,"status":"active","score":71.5,"version":2,"state_changes":[{"from":"cold","to":"active"}]}', 1769000000123, 71.5),
('with:colon', 's', '中文🧠', NULL, 1769000001, NULL),
('c', 's', 't', '{}', 1769000002000, 0);
INSERT INTO memory_links(from_key, to_key, link_type, term, weight, created_at, access_count, last_accessed_at) VALUES
('a', 'with:colon', 'design', 'x', 0.25, 1769000000123, 3, 1769000000999),
('a', 'nowhere', 'supersedes', NULL, NULL, 1769000000124, 0, NULL),
('c', 'a', 'bug', 'heavy', 'very', 1769000000125, 0, NULL),
('lost', 'a', 'bug', 'z', 1.0, 1769000000126, 0, NULL);
INSERT INTO kv_cache VALUES ('session', '{"value":1}', NULL);
COMMIT;
