-- Initiatives inside a workspace that requests are tagged with. A deleted one keeps its row, because spend names it.
CREATE TABLE project (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  slug text NOT NULL,
  name text NOT NULL,
  description text,
  lead_user_ids text[] NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text,
  updated_at timestamptz,
  deleted_at timestamptz
);
CREATE UNIQUE INDEX project_slug ON project (workspace_id, slug) WHERE deleted_at IS NULL;
SELECT protect_table('project');

CREATE TABLE project_budget (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  project_id uuid NOT NULL REFERENCES project (id),
  interval text NOT NULL CHECK (interval IN ('daily', 'weekly', 'monthly', 'lifetime')),
  limit_nano bigint NOT NULL CHECK (limit_nano > 0),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (project_id, interval)
);
CREATE INDEX project_budget_workspace ON project_budget (workspace_id, interval);
SELECT protect_table('project_budget');

-- What a project spent in a window is a sum of days.
CREATE INDEX activity_project ON activity (workspace_id, project_id, date) WHERE project_id <> '';
