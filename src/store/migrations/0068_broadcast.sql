-- What is yet to be sent to destinations, a row for each generation and destination, written with the generation. Sent, a row goes;
-- given up, it stays as a dead letter.
CREATE TABLE broadcast_delivery (
  destination_id uuid NOT NULL REFERENCES observability_destination (id),
  generation_id text NOT NULL,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  -- Whether prompt and answer come after it.
  awaits_content boolean NOT NULL,
  dead_at timestamptz,
  dead_reason text,
  PRIMARY KEY (destination_id, generation_id)
);
CREATE INDEX broadcast_delivery_waiting ON broadcast_delivery (destination_id, ended_at, generation_id) WHERE dead_at IS NULL;
CREATE INDEX broadcast_delivery_dead ON broadcast_delivery (destination_id, dead_at, generation_id) WHERE dead_at IS NOT NULL;
CREATE INDEX broadcast_delivery_generation ON broadcast_delivery (generation_id);
SELECT protect_table('broadcast_delivery');

-- Prompts and answers on their way, sealed; null where they may not be kept. They go with the last delivery that waits for them.
CREATE TABLE broadcast_content (
  generation_id text PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  content text,
  created_at timestamptz NOT NULL
);
CREATE INDEX broadcast_content_created ON broadcast_content (created_at);
SELECT protect_table('broadcast_content');

-- How sending to a destination fares. Whoever holds the lease sends.
CREATE TABLE broadcast_state (
  destination_id uuid PRIMARY KEY REFERENCES observability_destination (id),
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  delivered bigint NOT NULL DEFAULT 0,
  dropped bigint NOT NULL DEFAULT 0,
  last_delivered_at timestamptz,
  failing_since timestamptz,
  last_error text,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  lease_id uuid,
  leased_until timestamptz
);
SELECT protect_table('broadcast_state');
INSERT INTO broadcast_state (destination_id, organization_id, workspace_id)
SELECT id, organization_id, workspace_id FROM observability_destination WHERE deleted_at IS NULL;

-- A number from 0 up to 1: of a session at a destination always the same.
CREATE FUNCTION broadcast_share(destination uuid, session text) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT ('x' || left(encode(sha256(convert_to(destination::text || '/' || session, 'UTF8')), 'hex'), 8))::bit(32)::bigint / 4294967296.0
$$;
