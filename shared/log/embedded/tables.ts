import type { Database } from 'bun:sqlite'

/** The tables of the embedded log; applied at each start. */
export const createTables = (db: Database): void => {
  db.exec(`
    CREATE TABLE IF NOT EXISTS topics (
      name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, retention_ms INTEGER NOT NULL,
      max_message_bytes INTEGER NOT NULL, compacted INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS ends (
      topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS records (
      topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
      key BLOB, value BLOB, headers TEXT NOT NULL, timestamp INTEGER NOT NULL,
      PRIMARY KEY (topic, partition, offset)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS committed (
      consumer_group TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
      PRIMARY KEY (consumer_group, topic, partition)
    ) STRICT, WITHOUT ROWID;
  `)
}
