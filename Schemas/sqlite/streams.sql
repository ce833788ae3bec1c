-- The index over streams, up to the last segment; from format 4 on (PRAGMA user_version). Owner:
-- Sources/SQLiteEventLog/Index. A segment writes names of new streams only, and heads by number.

CREATE TABLE stream_names (
    name TEXT PRIMARY KEY,
    stream_id INTEGER NOT NULL         -- the position of the stream's first event
) WITHOUT ROWID;

CREATE TABLE stream_heads (            -- of the streams that have more than their first event
    stream_id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,          -- of the stream's last event up to the last segment
    position INTEGER NOT NULL          -- of that event
);

CREATE VIEW streams AS                 -- as the table was that earlier formats have
SELECT stream_names.name, stream_names.stream_id, coalesce(stream_heads.version, 1) AS version,
    coalesce(stream_heads.position, stream_names.stream_id) AS position
FROM stream_names LEFT JOIN stream_heads ON stream_heads.stream_id = stream_names.stream_id;
