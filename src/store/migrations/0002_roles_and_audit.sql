-- Row-level security: management transactions run as this role, which sees one organization and the workspaces the actor
-- has to do with. Owners of tables pass policies by, hence a role of its own. Roles belong to the whole server, so another
-- database may make it at the same moment.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'switchyard_app') THEN
    CREATE ROLE switchyard_app NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role switchyard_app is missing and this user may not create it; run once as an administrator: CREATE ROLE switchyard_app NOLOGIN; GRANT switchyard_app TO %', current_user;
END
$$;
DO $$
BEGIN
  IF NOT pg_has_role(current_user, 'switchyard_app', 'MEMBER') THEN
    EXECUTE format('GRANT switchyard_app TO %I', current_user);
  END IF;
EXCEPTION
  WHEN OTHERS THEN
    IF NOT pg_has_role(current_user, 'switchyard_app', 'MEMBER') THEN
      RAISE EXCEPTION 'this user may not act as switchyard_app; run once as an administrator: GRANT switchyard_app TO %', current_user;
    END IF;
END
$$;
DO $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO switchyard_app', current_schema());
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO switchyard_app', current_schema());
  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO switchyard_app', current_schema());
END
$$;

CREATE FUNCTION app_organization() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT current_setting('switchyard.organization', true) $$;

-- `*` is every workspace; else their ids, separated by commas. A row of no workspace belongs to the whole organization.
CREATE FUNCTION app_sees_workspace(workspace uuid) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT current_setting('switchyard.workspaces', true) = '*'
       OR workspace::text = ANY (string_to_array(current_setting('switchyard.workspaces', true), ',')) $$;

-- Fences a table that has organization_id, and workspace_id where its rows belong to workspaces.
CREATE FUNCTION protect_table(fenced regclass, by_workspace boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  rule text := 'organization_id = app_organization()';
BEGIN
  IF by_workspace AND EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = fenced AND attname = 'workspace_id' AND NOT attisdropped
  ) THEN
    rule := rule || ' AND app_sees_workspace(workspace_id)';
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', fenced);
  EXECUTE format('CREATE POLICY tenant ON %s TO switchyard_app USING (%s)', fenced, rule);
END
$$;

SELECT protect_table('organization_head');
SELECT protect_table('change');
SELECT protect_table('organization_member');
SELECT protect_table('api_key');
SELECT protect_table('ledger_entry');
SELECT protect_table('generation');
SELECT protect_table('activity');

ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON organization TO switchyard_app USING (id = app_organization());

ALTER TABLE workspace ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON workspace TO switchyard_app
  USING (organization_id = app_organization() AND app_sees_workspace(id));

-- Through the policy on workspace.
ALTER TABLE workspace_member ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON workspace_member TO switchyard_app
  USING (EXISTS (SELECT FROM workspace WHERE workspace.id = workspace_member.workspace_id));

-- A person may be in several organizations; a new one is in none yet.
ALTER TABLE user_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON user_account TO switchyard_app
  USING (EXISTS (SELECT FROM organization_member WHERE organization_member.user_id = user_account.id));
CREATE POLICY newcomer ON user_account FOR INSERT TO switchyard_app WITH CHECK (true);

ALTER TABLE counter ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON counter TO switchyard_app USING (
  CASE scope_kind
    WHEN 'organization' THEN scope_id = app_organization()
    WHEN 'workspace' THEN EXISTS (SELECT FROM workspace WHERE workspace.id = scope_id::uuid)
    WHEN 'key' THEN EXISTS (SELECT FROM api_key WHERE api_key.id = scope_id::bigint)
    ELSE false
  END
);

-- Of no organization: not for the role at all, or only to look at.
REVOKE ALL ON installation, setup_token FROM switchyard_app;
REVOKE INSERT, UPDATE, DELETE ON price_book FROM switchyard_app;

-- What a member may in a workspace. The wire's role follows from it: admin is admin, the others are member.
ALTER TABLE workspace_member ADD COLUMN workspace_role text
  CHECK (workspace_role IN ('admin', 'developer', 'viewer', 'billing_manager'));
UPDATE workspace_member SET workspace_role = CASE role WHEN 'admin' THEN 'admin' ELSE 'developer' END;
ALTER TABLE workspace_member ALTER COLUMN workspace_role SET NOT NULL;
ALTER TABLE workspace_member DROP COLUMN role;
CREATE INDEX workspace_member_user ON workspace_member (user_id);

-- Each row carries a keyed hash of itself and of the hash before it; the head says how many there are and what the last one is.
ALTER TABLE organization_head ADD COLUMN audit_sequence bigint NOT NULL DEFAULT 0;
ALTER TABLE organization_head ADD COLUMN audit_hash text NOT NULL DEFAULT '';

-- before and after keep their text as it was hashed, hence json and not jsonb.
CREATE TABLE audit_log (
  organization_id text NOT NULL REFERENCES organization (id),
  sequence bigint NOT NULL,
  id uuid NOT NULL UNIQUE,
  created_at timestamptz NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('session', 'management_key', 'key', 'bootstrap', 'system', 'scim')),
  actor_id text,
  user_id text,
  surface text NOT NULL,
  ip text,
  user_agent text,
  request_id text,
  action text NOT NULL,
  resource_type text NOT NULL,
  resource_id text NOT NULL,
  workspace_id uuid,
  before json,
  after json,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (organization_id, sequence)
);
CREATE INDEX audit_log_workspace ON audit_log (workspace_id, sequence DESC);
CREATE INDEX audit_log_resource ON audit_log (organization_id, resource_type, resource_id, sequence DESC);
SELECT protect_table('audit_log');
-- What is written may belong to a workspace that the writer doesn't see any more.
CREATE POLICY writer ON audit_log FOR INSERT TO switchyard_app WITH CHECK (organization_id = app_organization());

CREATE FUNCTION forbid_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION forbid_audit_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_audit_change();

-- What is to be done outside after a transaction: mail, webhooks, delivered secrets. Written with the change it belongs to;
-- a job carries it out, again and again until it succeeds or is given up. payload is sealed.
CREATE TABLE outbox (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid,
  kind text NOT NULL,
  payload text NOT NULL,
  created_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  last_error text,
  done_at timestamptz,
  dead_at timestamptz
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE done_at IS NULL AND dead_at IS NULL;
SELECT protect_table('outbox');
