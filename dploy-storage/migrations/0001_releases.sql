-- Both databases run this text. Times are microseconds since 1970 (UTC), truth values 0 or 1, lists JSON. Text that is
-- compared by its bytes says so; SQLite, which always does, is given the text without those words.

CREATE TABLE applications (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    kinds TEXT,
    namespaces TEXT,
    drafts BIGINT NOT NULL DEFAULT 0,
    published BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX applications_by_age ON applications (created_at, id);

CREATE TABLE versions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id),
    version TEXT COLLATE "C" NOT NULL,
    git_sha TEXT NOT NULL,
    git_branch TEXT NOT NULL,
    git_tag TEXT,
    git_committer TEXT,
    build_number TEXT,
    made_at BIGINT NOT NULL,
    exact_size BIGINT,
    exact_sha256 TEXT,
    drafted_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    published_at BIGINT,
    archive_size BIGINT,
    archive_sha256 TEXT,
    files TEXT,
    resources TEXT,
    rejection TEXT,
    rejected_by TEXT,
    rejected_at BIGINT,
    UNIQUE (app_id, version)
);
CREATE INDEX versions_by_age ON versions (app_id, created_at, id);
CREATE INDEX versions_published_by_age ON versions (app_id, created_at, id) WHERE published_at IS NOT NULL;
CREATE INDEX versions_drafts_by_age ON versions (app_id, created_at, id) WHERE published_at IS NULL;
CREATE INDEX versions_drafts_by_expiry ON versions (drafted_at, id) WHERE published_at IS NULL;

CREATE TABLE targets (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    repository TEXT,
    branch TEXT,
    folder TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE policies (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id),
    name TEXT COLLATE "C" NOT NULL,
    branch TEXT,
    tag TEXT,
    exclude TEXT NOT NULL,
    target TEXT COLLATE "C" NOT NULL REFERENCES targets (name),
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (app_id, name)
);
CREATE INDEX policies_by_target ON policies (target);

-- One row, which every transaction that queues a deployment changes: sequences are given in the order of commits.
CREATE TABLE deployment_sequence (
    last BIGINT NOT NULL
);
INSERT INTO deployment_sequence (last) VALUES (0);

-- open_target is the target as long as the deployment is not final: what keeps the target from being removed.
CREATE TABLE deployments (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    app_id TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    open_target TEXT COLLATE "C" REFERENCES targets (name),
    trigger_kind TEXT NOT NULL,
    promoted_from TEXT,
    policy_id TEXT,
    policy_name TEXT,
    actor TEXT NOT NULL,
    triggered_by TEXT,
    replaces TEXT,
    state TEXT COLLATE "C" NOT NULL,
    reason TEXT,
    commit_id TEXT,
    attempts BIGINT NOT NULL,
    not_before BIGINT,
    queued_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    FOREIGN KEY (app_id, version) REFERENCES versions (app_id, version)
);
CREATE INDEX deployments_by_version ON deployments (app_id, version, sequence);
CREATE INDEX deployments_by_app ON deployments (app_id, sequence);
CREATE INDEX deployments_by_target ON deployments (target, sequence);
CREATE INDEX deployments_by_state ON deployments (state, sequence);
CREATE INDEX deployments_open ON deployments (open_target, sequence) WHERE open_target IS NOT NULL;

CREATE TABLE app_targets (
    app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id),
    target TEXT COLLATE "C" NOT NULL REFERENCES targets (name),
    deployment_id TEXT COLLATE "C" REFERENCES deployments (id),
    sequence BIGINT,
    version TEXT,
    commit_id TEXT,
    deployed_at BIGINT,
    hold TEXT,
    held_by TEXT,
    held_at BIGINT,
    hold_deployment TEXT,
    PRIMARY KEY (app_id, target)
);
CREATE INDEX app_targets_by_target ON app_targets (target);

CREATE TABLE leases (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    prefix TEXT COLLATE "C" NOT NULL,
    salt TEXT NOT NULL,
    digest TEXT NOT NULL,
    applications TEXT,
    actions TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX api_keys_in_use ON api_keys (name) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_by_prefix ON api_keys (prefix);
CREATE INDEX api_keys_by_age ON api_keys (created_at, id);

CREATE TABLE audit_events (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    object TEXT NOT NULL,
    app TEXT COLLATE "C",
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    request TEXT,
    address TEXT
);
CREATE INDEX audit_events_by_age ON audit_events (at, id);
CREATE INDEX audit_events_by_app ON audit_events (app, at, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor, at, id);
