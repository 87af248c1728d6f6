-- Where traces of a workspace are sent. `config` is as it may be shown; what it hides is sealed in `secrets`.
CREATE TABLE observability_destination (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  type text NOT NULL,
  name text NOT NULL,
  enabled boolean NOT NULL,
  config jsonb NOT NULL,
  secrets text,
  privacy_mode boolean NOT NULL,
  sampling_rate double precision NOT NULL CHECK (sampling_rate > 0 AND sampling_rate <= 1),
  api_key_hashes text[],
  filter_rules jsonb,
  broadcast_generation_cost boolean NOT NULL,
  broadcast_generation_identity boolean NOT NULL,
  broadcast_generation_request_context boolean NOT NULL,
  regions text[] NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
CREATE INDEX observability_destination_workspace ON observability_destination (workspace_id, created_at, id)
  WHERE deleted_at IS NULL;
SELECT protect_table('observability_destination');
