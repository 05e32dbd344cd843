-- The number of committed groups: what the writer reads when a COMMIT answers with an error.
CREATE TABLE writer (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
) STRICT;

INSERT INTO writer (one, seq) VALUES (1, 0);

CREATE TABLE user (
    id         INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    active     INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;

-- next_id: no id below it is handed out again. deleted_version: the highest version that any deleted user had; new users start
-- above it, so that no version of an id comes twice.
CREATE TABLE user_sequence (
    one             INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    next_id         INTEGER NOT NULL,
    deleted_version INTEGER NOT NULL
) STRICT;

INSERT INTO user_sequence (one, next_id, deleted_version) VALUES (1, 1, 0);
