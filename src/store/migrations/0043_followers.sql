-- The processes that follow the changes of this database. Each was in contact at `heard_at`, by this database's clock, and acts
-- on nothing that is older than the time-out of the installation from then on.
CREATE TABLE follower (
  id uuid PRIMARY KEY,
  heard_at timestamptz NOT NULL
);

-- The last change of an organization that each of them acts on.
CREATE TABLE follower_version (
  organization_id text NOT NULL REFERENCES organization (id),
  follower_id uuid NOT NULL REFERENCES follower (id) ON DELETE CASCADE,
  version bigint NOT NULL,
  PRIMARY KEY (organization_id, follower_id)
);
SELECT protect_table('follower_version', false);
CREATE INDEX follower_version_follower ON follower_version (follower_id);

-- Changes are kept for a day: whoever has been away for longer reads everything again.
CREATE INDEX change_age ON change (created_at);
