-- Where new secrets of a key go, and when it gets the next one by itself.
ALTER TABLE api_key ADD COLUMN rotate_every_days integer CHECK (rotate_every_days BETWEEN 1 AND 365);
ALTER TABLE api_key ADD COLUMN next_rotation_at timestamptz;
ALTER TABLE api_key ADD COLUMN deliver_type text CHECK (deliver_type IN ('webhook', 'vault_kv2', 'aws_secrets_manager'));
ALTER TABLE api_key ADD COLUMN deliver_destination text;
ALTER TABLE api_key ADD COLUMN sealed_deliver text;
ALTER TABLE api_key ADD CONSTRAINT api_key_rotates_with_delivery
  CHECK ((rotate_every_days IS NULL) = (next_rotation_at IS NULL) AND (rotate_every_days IS NULL OR sealed_deliver IS NOT NULL));
CREATE INDEX api_key_rotation_due ON api_key (next_rotation_at) WHERE next_rotation_at IS NOT NULL;

-- New secrets that were sent instead of shown. `id` is that of the outbox, where attempts are counted.
CREATE TABLE key_delivery (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid REFERENCES workspace (id),
  key_id bigint NOT NULL REFERENCES api_key (id),
  hash text NOT NULL,
  type text NOT NULL,
  destination text NOT NULL,
  overlap_seconds integer NOT NULL CHECK (overlap_seconds >= 0),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed', 'superseded')),
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  CHECK ((status = 'pending') = (ended_at IS NULL))
);
CREATE INDEX key_delivery_key ON key_delivery (key_id, created_at DESC);
SELECT protect_table('key_delivery');

-- The delivery of the secret after this one: as long as that is not there, this one stays good.
ALTER TABLE retired_secret ADD COLUMN delivery_id uuid REFERENCES key_delivery (id);
