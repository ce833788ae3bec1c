-- The projection `context_proposals`: proposals, what they are about, and of whom they are demanded. Owner:
-- Sources/AgentContext. Times are milliseconds since 1970.

CREATE TABLE proposals (
    position INTEGER PRIMARY KEY,      -- of the ProposalDrafted event that made it
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,              -- open, accepted or rejected
    proposer TEXT,                     -- the actor who made it
    created_at INTEGER NOT NULL,
    ruled_by TEXT,                     -- the actor who accepted or rejected it
    ruled_at INTEGER,
    ruling INTEGER,                    -- the position of the event that says so
    reason TEXT,                       -- of a rejection
    version INTEGER NOT NULL,          -- how many parts it has
    description TEXT NOT NULL,
    base INTEGER NOT NULL,             -- what was read to make it stood so at this position
    username TEXT,                     -- whose it is
    session_id TEXT,                   -- that it was made in
    reads INTEGER NOT NULL,            -- how many things it was made from
    changes INTEGER NOT NULL,          -- how many operations it has
    UNIQUE (namespace, name)
);

CREATE INDEX idx_proposals_list ON proposals (namespace, position);
CREATE INDEX idx_proposals_status ON proposals (namespace, status, position);

CREATE TABLE proposal_parts (
    proposal INTEGER NOT NULL,         -- proposals.position
    number INTEGER NOT NULL,           -- the position of its ProposalDrafted event
    content TEXT NOT NULL,             -- the event's JSON
    PRIMARY KEY (proposal, number)
) WITHOUT ROWID;

CREATE TABLE proposal_subjects (       -- what it reads or changes
    stream TEXT NOT NULL,
    proposal INTEGER NOT NULL,         -- proposals.position
    PRIMARY KEY (stream, proposal)
) WITHOUT ROWID;

CREATE TABLE proposal_sources (        -- what memories would be derived from
    stream TEXT NOT NULL,
    proposal INTEGER NOT NULL,         -- proposals.position
    PRIMARY KEY (stream, proposal)
) WITHOUT ROWID;

CREATE TABLE proposal_users (          -- whose it is, and whom its changes are protected for or come from
    username TEXT NOT NULL,
    proposal INTEGER NOT NULL,         -- proposals.position
    PRIMARY KEY (username, proposal)
) WITHOUT ROWID;

CREATE INDEX idx_proposal_users ON proposal_users (proposal);

CREATE INDEX idx_proposal_subjects ON proposal_subjects (proposal);
CREATE INDEX idx_proposal_sources ON proposal_sources (proposal);

CREATE TABLE proposal_demands (        -- actors who may only propose
    namespace TEXT NOT NULL,
    actor TEXT NOT NULL,
    demanded_by TEXT,
    position INTEGER NOT NULL,         -- of the ProposalsDemanded event
    demanded_at INTEGER NOT NULL,
    PRIMARY KEY (namespace, actor)
) WITHOUT ROWID;
