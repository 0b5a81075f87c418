-- The registers from which all the rest follows: with them an archived batch merges with what is heard of it later. Rows
-- written before have none: they are read as if they had what follows from the rest, and are written anew by the next change.

ALTER TABLE archived_batches ADD COLUMN registers TEXT;
ALTER TABLE archived_essays ADD COLUMN registers TEXT;
