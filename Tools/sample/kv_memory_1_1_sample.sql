-- A database of kv-memory 1.1.0 or 1.2.0 (format kv-memory-2): no namespaces, and the JSON in `links` is the truth.
-- memory_links has no terms, no links without a key, and none to a key that was missing when they were written.
BEGIN;
CREATE TABLE memories(
    key TEXT PRIMARY KEY, summary TEXT NOT NULL, text TEXT NOT NULL, meta TEXT NOT NULL, links TEXT NOT NULL,
    created_at INTEGER NOT NULL);
CREATE TABLE memory_links(
    id INTEGER PRIMARY KEY AUTOINCREMENT, from_key TEXT NOT NULL, to_key TEXT NOT NULL, link_type TEXT NOT NULL,
    weight REAL DEFAULT 0.5, created_at INTEGER NOT NULL, UNIQUE(from_key, to_key, link_type));
INSERT INTO memories VALUES
('a', 's', 't', '{"id":"a","created_at":1770700000123,"access_count":9,"status":"active"}',
    '[{"type":"design","key":"b","term":"why","weight":0.25},{"type":"bug","term":"no key","weight":1},{"type":"bug","key":"nowhere","term":"gone","weight":0.9},{"type":"design","key":"late","term":"came later","weight":0.5}]', 1770700000123),
('b', 's', 't', '{}', '[]', 1770700000124),
('late', '中文🧠', 't', '{}', '[{"type":"bug","key":"a","term":"it","weight":0.7,"note":"kept"}]', 1770700000125),
('null_links', 's', 't', '{}', 'null', 1770700000126),
('no_list', 's', 't', '{}', '[{"type":', 1770700000127);
INSERT INTO memory_links(from_key, to_key, link_type, weight, created_at) VALUES
('a', 'b', 'design', 0.25, 1770700000123), ('late', 'a', 'bug', 0.7, 1770700000125),
('null_links', 'a', 'design', 0.3, 1770700000126), ('no_list', 'b', 'design', 0.4, 1770700000127);
COMMIT;
