-- The registers from which all the rest follows: with them an archived batch merges with what is heard of it later. Rows
-- written before have none; no state had an expiry then, so state still has what they lack, and they are written anew.

ALTER TABLE archived_batches ADD COLUMN registers TEXT;
ALTER TABLE archived_essays ADD COLUMN registers TEXT;
