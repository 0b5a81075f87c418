-- Books of batches that nobody has heard of for long: the whole of what the orchestrator knows of each. JSON is text, so that
-- SQLite and Postgres read the same file.

CREATE TABLE archived_books (
  batch_id TEXT PRIMARY KEY,
  -- Microseconds since 1970, as all revisions; the newest one stands.
  revision BIGINT NOT NULL,
  book TEXT NOT NULL
);
