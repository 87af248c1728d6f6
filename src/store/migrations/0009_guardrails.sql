-- Named sets of restrictions. A null column says nothing about its matter. The default guardrail of a workspace has an id
-- that follows from the workspace's, and exists from the first change to it on.
CREATE TABLE guardrail (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  is_default boolean NOT NULL DEFAULT false,
  name text NOT NULL,
  description text,
  allowed_models text[],
  ignored_models text[],
  allowed_providers text[],
  ignored_providers text[],
  limit_nano bigint CHECK (limit_nano >= 0),
  reset_interval text CHECK (reset_interval IN ('daily', 'weekly', 'monthly')),
  include_byok_in_budgets boolean NOT NULL DEFAULT false,
  enforce_zdr boolean,
  enforce_zdr_anthropic boolean,
  enforce_zdr_openai boolean,
  enforce_zdr_google boolean,
  enforce_zdr_xai boolean,
  enforce_zdr_other boolean,
  enable_free_model_publication boolean,
  enable_free_model_training boolean,
  enable_paid_model_training boolean,
  content_filters jsonb,
  content_filter_builtins jsonb,
  allowed_data_regions text[],
  created_at timestamptz NOT NULL,
  created_by text,
  updated_at timestamptz
);
CREATE INDEX guardrail_workspace ON guardrail (workspace_id, created_at, id);
CREATE UNIQUE INDEX guardrail_default ON guardrail (workspace_id) WHERE is_default;
SELECT protect_table('guardrail');

-- A key has at most one. The id of the key stays when its secret is rotated.
CREATE TABLE guardrail_key_assignment (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  guardrail_id uuid NOT NULL REFERENCES guardrail (id) ON DELETE CASCADE,
  key_id bigint NOT NULL UNIQUE REFERENCES api_key (id),
  assigned_by text,
  created_at timestamptz NOT NULL
);
CREATE INDEX guardrail_key_assignment_guardrail ON guardrail_key_assignment (guardrail_id, created_at, id);
CREATE INDEX guardrail_key_assignment_organization ON guardrail_key_assignment (organization_id, created_at, id);
SELECT protect_table('guardrail_key_assignment');

-- workspace_id is the guardrail's. What an administrator of the organization assigns holds wherever the member works; what
-- an Admin of the workspace assigns holds there and nowhere else. Of each kind a member has at most one in its place.
CREATE TABLE guardrail_member_assignment (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  guardrail_id uuid NOT NULL REFERENCES guardrail (id) ON DELETE CASCADE,
  user_id text NOT NULL REFERENCES user_account (id),
  is_organization_wide boolean NOT NULL,
  assigned_by text,
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX guardrail_member_everywhere ON guardrail_member_assignment (organization_id, user_id)
  WHERE is_organization_wide;
CREATE UNIQUE INDEX guardrail_member_in_workspace ON guardrail_member_assignment (workspace_id, user_id)
  WHERE NOT is_organization_wide;
CREATE INDEX guardrail_member_assignment_guardrail ON guardrail_member_assignment (guardrail_id, created_at, id);
CREATE INDEX guardrail_member_assignment_organization ON guardrail_member_assignment (organization_id, created_at, id);
SELECT protect_table('guardrail_member_assignment');
