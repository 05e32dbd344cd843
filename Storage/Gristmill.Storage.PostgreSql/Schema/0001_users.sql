CREATE TABLE users (
    id         bigint  NOT NULL PRIMARY KEY,
    name       text    NOT NULL,
    email      text    NOT NULL,
    created_at bigint  NOT NULL,
    active     boolean NOT NULL,
    version    bigint  NOT NULL
);

-- Versions of all users come from one sequence, which never goes back: so no version of an id comes twice.
CREATE SEQUENCE user_version;

-- No id below next_id is handed out again.
CREATE TABLE user_ids (
    one     boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    next_id bigint  NOT NULL
);

INSERT INTO user_ids (next_id) VALUES (1);
