-- What is set for a queue. NULL is no limit; periods are milliseconds.
CREATE TABLE queue (
    name                text    NOT NULL PRIMARY KEY,
    version             bigint  NOT NULL,
    paused              boolean NOT NULL,
    max_concurrency     integer,
    rate_limit          integer,
    rate_period         bigint,
    key_max_concurrency integer,
    key_rate_limit      integer,
    key_rate_period     bigint
);

-- A schedule belongs to a partition, whose groups write it together with the tasks that it makes. The collation makes ids sort by code point.
CREATE TABLE schedule (
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    part       integer          NOT NULL,
    definition text             NOT NULL, -- JSON
    created_at timestamptz      NOT NULL,
    next_at    timestamptz,               -- NULL when it does not fire any more
    last_at    timestamptz,
    last_task  uuid
);

CREATE INDEX schedule_part ON schedule (part);
