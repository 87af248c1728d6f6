-- What a workspace may spend in each window. At most one an interval.
CREATE TABLE workspace_budget (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  interval text NOT NULL CHECK (interval IN ('daily', 'weekly', 'monthly', 'lifetime')),
  limit_nano bigint NOT NULL CHECK (limit_nano > 0),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (workspace_id, interval)
);
SELECT protect_table('workspace_budget');
