-- What providers say that their answers cost, beside what is charged for them: on the installation's credentials and on customers' own.
-- Nothing was said before.
ALTER TABLE activity
  ADD COLUMN reported_nano bigint NOT NULL DEFAULT 0,
  ADD COLUMN byok_reported_nano bigint NOT NULL DEFAULT 0;
ALTER TABLE activity_by_workspace
  ADD COLUMN reported_nano bigint NOT NULL DEFAULT 0,
  ADD COLUMN byok_reported_nano bigint NOT NULL DEFAULT 0;
ALTER TABLE activity_total
  ADD COLUMN reported_nano bigint NOT NULL DEFAULT 0,
  ADD COLUMN byok_reported_nano bigint NOT NULL DEFAULT 0;
