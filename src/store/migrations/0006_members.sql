-- An organization's own roles: named subsets of what an Admin of a workspace may.
CREATE TABLE custom_role (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  name text NOT NULL,
  description text,
  permissions text[] NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text,
  updated_at timestamptz
);
CREATE UNIQUE INDEX custom_role_name ON custom_role (organization_id, lower(name));
SELECT protect_table('custom_role');

-- A membership has one of the four roles or a custom one, and what its role's template or an administrator set.
ALTER TABLE workspace_member ALTER COLUMN workspace_role DROP NOT NULL;
ALTER TABLE workspace_member ADD COLUMN custom_role_id uuid REFERENCES custom_role (id);
ALTER TABLE workspace_member ADD CHECK ((workspace_role IS NULL) <> (custom_role_id IS NULL));
ALTER TABLE workspace_member ADD COLUMN spending_limit_nano bigint CHECK (spending_limit_nano >= 0);
ALTER TABLE workspace_member ADD COLUMN limit_reset text CHECK (limit_reset IN ('daily', 'weekly', 'monthly'));
ALTER TABLE workspace_member ADD COLUMN key_creation boolean NOT NULL DEFAULT true;
ALTER TABLE workspace_member ADD COLUMN key_rate_limit_rpm integer CHECK (key_rate_limit_rpm >= 0);
CREATE INDEX workspace_member_custom_role ON workspace_member (custom_role_id) WHERE custom_role_id IS NOT NULL;

-- What comes with a role: applied when somebody gets it. role is one of the four or the id of a custom one.
CREATE TABLE role_template (
  organization_id text NOT NULL REFERENCES organization (id),
  role text NOT NULL,
  key_creation boolean NOT NULL DEFAULT true,
  spending_limit_nano bigint CHECK (spending_limit_nano >= 0),
  limit_reset text CHECK (limit_reset IN ('daily', 'weekly', 'monthly')),
  key_rate_limit_rpm integer CHECK (key_rate_limit_rpm >= 0),
  guardrail_id uuid,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, role)
);
SELECT protect_table('role_template');
