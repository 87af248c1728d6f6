-- Where alerts are sent. Of a workspace or, with null, of the organization itself; user_id: somebody's own.
CREATE TABLE alert_channel (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid REFERENCES workspace (id),
  user_id text,
  type text NOT NULL CHECK (type IN ('email', 'slack', 'webhook')),
  name text NOT NULL,
  enabled boolean NOT NULL,
  -- As it may be shown; the whole is sealed, and gone once the row is deleted.
  destination text NOT NULL,
  sealed_target text,
  -- Failed attempts since the last one that succeeded, and when the first of them was.
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  last_error text,
  last_delivered_at timestamptz,
  disabled_reason text,
  created_at timestamptz NOT NULL,
  created_by text,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
CREATE INDEX alert_channel_organization ON alert_channel (organization_id, workspace_id) WHERE deleted_at IS NULL;
SELECT protect_table('alert_channel');

-- What is watched and who is told. With user_id only what is that member's.
CREATE TABLE alert_rule (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid REFERENCES workspace (id),
  user_id text,
  name text NOT NULL,
  enabled boolean NOT NULL,
  condition jsonb NOT NULL,
  recipients text[] NOT NULL,
  channel_ids uuid[] NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
CREATE INDEX alert_rule_organization ON alert_rule (organization_id, workspace_id) WHERE deleted_at IS NULL;
SELECT protect_table('alert_rule');

-- What was told. occurrence is what may happen once alone of a rule and subject: a threshold, with the window or the limit
-- that it is of. Whichever replica writes it first tells it; no other does.
CREATE TABLE alert (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid,
  user_id text,
  rule_id uuid NOT NULL REFERENCES alert_rule (id),
  kind text NOT NULL,
  subject_kind text NOT NULL CHECK (subject_kind IN ('organization', 'workspace', 'project', 'member', 'key')),
  -- Of a key its number, which a rotation leaves as it is.
  subject_id text NOT NULL,
  subject_name text NOT NULL,
  occurrence text NOT NULL,
  message text NOT NULL,
  details jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  resolved_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  UNIQUE (rule_id, subject_kind, subject_id, occurrence)
);
CREATE INDEX alert_age ON alert (created_at);
CREATE INDEX alert_organization ON alert (organization_id, created_at DESC, id DESC);
CREATE INDEX alert_unresolved ON alert (rule_id) WHERE kind = 'low_balance' AND resolved_at IS NULL;
SELECT protect_table('alert');
