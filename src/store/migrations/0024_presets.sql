-- Named settings of requests, in versions. A deleted preset keeps its rows, because generations may name it.
CREATE TABLE preset (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  slug text NOT NULL,
  name text NOT NULL,
  description text,
  status text NOT NULL CHECK (status IN ('active', 'disabled', 'archived')),
  status_updated_at timestamptz,
  designated_version_id uuid,
  creator_user_id text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
CREATE UNIQUE INDEX preset_slug ON preset (workspace_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX preset_updated ON preset (organization_id, updated_at, id) WHERE deleted_at IS NULL;
SELECT protect_table('preset');

CREATE TABLE preset_version (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  preset_id uuid NOT NULL REFERENCES preset (id),
  version integer NOT NULL,
  system_prompt text,
  config jsonb NOT NULL,
  creator_id text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (preset_id, version)
);
SELECT protect_table('preset_version');
