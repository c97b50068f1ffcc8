-- The versions of an application in their order, cut into blocks whose sizes are kept: a page in the middle of a long list
-- is found without counting up to it. A block begins at (created_at, id); the first one begins before every version.
CREATE TABLE version_blocks (
    app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id),
    created_at BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    drafts BIGINT NOT NULL,
    published BIGINT NOT NULL,
    PRIMARY KEY (app_id, created_at, id)
);
