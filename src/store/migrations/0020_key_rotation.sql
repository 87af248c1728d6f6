-- Secrets that a key had before: good until `valid_until`, and never anybody's again.
CREATE TABLE retired_secret (
  hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid REFERENCES workspace (id),
  key_id bigint NOT NULL REFERENCES api_key (id),
  retired_at timestamptz NOT NULL,
  valid_until timestamptz NOT NULL
);
CREATE INDEX retired_secret_key ON retired_secret (key_id, valid_until);
SELECT protect_table('retired_secret');
