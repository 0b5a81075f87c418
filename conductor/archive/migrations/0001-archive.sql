-- What outlives the state: one row a batch, its essays with their phase outcomes, and its runs. JSON is text, so that
-- SQLite and Postgres read the same file.

CREATE TABLE archived_batches (
  batch_id TEXT PRIMARY KEY,
  -- Microseconds since 1970, as all revisions; the newest one stands.
  revision BIGINT NOT NULL,
  facts_revision BIGINT NOT NULL,
  content TEXT NOT NULL,
  registration TEXT,
  tally TEXT NOT NULL,
  book TEXT
);

CREATE TABLE archived_essays (
  batch_id TEXT NOT NULL,
  -- Where it stands among the registered essays, from 0.
  position INTEGER NOT NULL,
  essay_id TEXT NOT NULL,
  text_storage_id TEXT,
  refused TEXT,
  signature TEXT NOT NULL,
  phases TEXT NOT NULL,
  PRIMARY KEY (batch_id, position)
);

CREATE TABLE archived_runs (
  batch_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  requested_pipeline TEXT NOT NULL,
  status TEXT NOT NULL,
  -- Milliseconds since 1970.
  started_at BIGINT NOT NULL,
  completed_at BIGINT,
  run TEXT NOT NULL,
  PRIMARY KEY (batch_id, run_id)
);
