-- Why requests were let in or refused. What was in force together is kept once, under a hash of it, and named by `rules` of the
-- decisions; null in rows from before this is: not known.
CREATE TABLE rules_in_force (
  organization_id text NOT NULL REFERENCES organization (id),
  id text NOT NULL,
  rules jsonb NOT NULL,
  PRIMARY KEY (organization_id, id)
);
SELECT protect_table('rules_in_force', false);

ALTER TABLE refused_request ADD COLUMN decision jsonb;
ALTER TABLE generation ADD COLUMN decision jsonb;
ALTER TABLE generation ADD COLUMN held_nano bigint;
-- What the price of a request is made of, beside the counts that are there.
ALTER TABLE generation ADD COLUMN tokens_cache_write integer;
ALTER TABLE generation ADD COLUMN tokens_audio integer;
ALTER TABLE generation ADD COLUMN images integer;
