-- What a directory service may present; only the SHA-256 of the secret is kept.
CREATE TABLE scim_token (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  name text NOT NULL,
  label text NOT NULL,
  token_hash text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL,
  created_by text
);
SELECT protect_table('scim_token');

-- A person as the directory knows them. Who is not active has no seat in the organization; organization_role is the one they
-- get back.
CREATE TABLE scim_user (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  user_id text NOT NULL REFERENCES user_account (id),
  user_name text NOT NULL,
  external_id text,
  email text NOT NULL,
  given_name text,
  family_name text,
  display_name text,
  active boolean NOT NULL,
  organization_role text NOT NULL CHECK (organization_role IN ('org:admin', 'org:member')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX scim_user_name ON scim_user (organization_id, lower(user_name));
CREATE UNIQUE INDEX scim_user_person ON scim_user (organization_id, user_id);
SELECT protect_table('scim_user');

CREATE TABLE scim_group (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  display_name text NOT NULL,
  external_id text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX scim_group_name ON scim_group (organization_id, lower(display_name));
SELECT protect_table('scim_group');

CREATE TABLE scim_group_member (
  organization_id text NOT NULL REFERENCES organization (id),
  scim_group_id uuid NOT NULL REFERENCES scim_group (id) ON DELETE CASCADE,
  scim_user_id uuid NOT NULL REFERENCES scim_user (id) ON DELETE CASCADE,
  PRIMARY KEY (scim_group_id, scim_user_id)
);
CREATE INDEX scim_group_member_user ON scim_group_member (scim_user_id);
SELECT protect_table('scim_group_member');

-- Who is in the group has the role in the workspace.
CREATE TABLE scim_group_mapping (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  scim_group_id uuid NOT NULL REFERENCES scim_group (id) ON DELETE CASCADE,
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  role text NOT NULL CHECK (role IN ('admin', 'member')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (scim_group_id, workspace_id)
);
SELECT protect_table('scim_group_mapping');

CREATE TABLE scim_sync_job (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  synced_groups integer NOT NULL,
  created_at timestamptz NOT NULL
);
SELECT protect_table('scim_sync_job');

-- scim_role is what mappings grant at the moment; own_role what was given by hand before, null where there was nothing.
ALTER TABLE workspace_member ADD COLUMN scim_role text CHECK (scim_role IN ('admin', 'developer'));
ALTER TABLE workspace_member ADD COLUMN own_role jsonb;

-- What the directory of one organization must know beyond it: whether somebody with this address exists, and whether a person
-- is in other organizations, too.
CREATE FUNCTION find_person_by_email(address text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS
$$ SELECT id FROM user_account WHERE lower(email) = lower(address) $$;

CREATE FUNCTION is_person_elsewhere(person text, organization text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS
$$ SELECT EXISTS (SELECT FROM organization_member WHERE user_id = person AND organization_id <> organization) $$;

-- Ends the sessions of a person in an organization: those that chose it, and all of them when it was the only one.
CREATE FUNCTION end_sessions(person text, organization text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS
$$ DELETE FROM session WHERE user_id = person
     AND (active_organization_id = organization OR NOT is_person_elsewhere(person, organization)) $$;

REVOKE ALL ON FUNCTION find_person_by_email(text), is_person_elsewhere(text, text), end_sessions(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_person_by_email(text), is_person_elsewhere(text, text), end_sessions(text, text)
  TO switchyard_app;
