-- An invitation stands for an e-mail address. Whoever holds its token, of which only the SHA-256 is kept, has that address.
CREATE TABLE invitation (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  email text NOT NULL,
  role text NOT NULL CHECK (role IN ('org:admin', 'org:member')),
  -- How many rows of invitation_workspace there are: an actor may see only some of them.
  workspace_count integer NOT NULL,
  token_hash text NOT NULL UNIQUE CHECK (token_hash ~ '^[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL,
  created_by text,
  sent_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  accepted_by text REFERENCES user_account (id),
  revoked_at timestamptz
);
CREATE INDEX invitation_email ON invitation (organization_id, lower(email));
CREATE INDEX invitation_newest ON invitation (organization_id, created_at DESC, id DESC);
SELECT protect_table('invitation');

-- The workspaces that come with it, each with one of the four roles or a custom one.
CREATE TABLE invitation_workspace (
  invitation_id uuid NOT NULL REFERENCES invitation (id),
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  workspace_role text CHECK (workspace_role IN ('admin', 'developer', 'viewer', 'billing_manager')),
  custom_role_id uuid,
  PRIMARY KEY (invitation_id, workspace_id),
  CHECK ((workspace_role IS NULL) <> (custom_role_id IS NULL))
);
CREATE INDEX invitation_workspace_place ON invitation_workspace (workspace_id);
SELECT protect_table('invitation_workspace');
