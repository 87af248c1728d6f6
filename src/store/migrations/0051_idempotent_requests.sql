-- Requests with an Idempotency-Key, and for a day what they were answered with. The id is a hash of the workspace, the key, the
-- endpoint and the header.
CREATE TABLE idempotent_request (
  id text PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL,
  body_hash text NOT NULL,
  generation_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'kept', 'not_kept')),
  -- Until when one that runs is taken for alive, by the clock of the database.
  lease_until timestamptz NOT NULL,
  -- Sealed.
  answer text,
  created_at timestamptz NOT NULL,
  CHECK ((state = 'kept') = (answer IS NOT NULL))
);
CREATE INDEX idempotent_request_age ON idempotent_request (created_at);
SELECT protect_table('idempotent_request');
