-- Every scope that a charge counts in has its rows, limit or not, so that a limit set later finds what was spent before it.
-- pool: what was charged to one side of the ledger (organization:<id> or workspace:<id>), lifetime only. member: <workspace
-- id>/<user id>. organization_member: <organization id>/<user id>. A guardrail's budget counts in the scope it is assigned
-- to: key, member, organization_member, or workspace for a default one.
ALTER TABLE counter DROP CONSTRAINT counter_scope_kind_check;
ALTER TABLE counter ADD CONSTRAINT counter_scope_kind_check
  CHECK (scope_kind IN ('organization', 'pool', 'workspace', 'project', 'member', 'organization_member', 'key'));

-- leased_nano: what replicas may still spend of it without asking again. ceiling_nano: what no grant may pass; null where
-- nothing limits. It follows the limit up at once, and down only as leases come back.
ALTER TABLE counter ADD COLUMN leased_nano bigint NOT NULL DEFAULT 0 CHECK (leased_nano >= 0);
ALTER TABLE counter ADD COLUMN ceiling_nano bigint CHECK (ceiling_nano >= 0);
ALTER TABLE counter ADD CONSTRAINT counter_within_ceiling CHECK (settled_nano + leased_nano <= ceiling_nano);

DROP POLICY tenant ON counter;
CREATE POLICY tenant ON counter TO switchyard_app USING (
  CASE scope_kind
    WHEN 'organization' THEN scope_id = app_organization()
    WHEN 'organization_member' THEN split_part(scope_id, '/', 1) = app_organization()
    WHEN 'workspace' THEN EXISTS (SELECT FROM workspace WHERE workspace.id = scope_id::uuid)
    WHEN 'member' THEN EXISTS (SELECT FROM workspace WHERE workspace.id = split_part(scope_id, '/', 1)::uuid)
    WHEN 'project' THEN EXISTS (SELECT FROM project WHERE project.id = scope_id::uuid)
    WHEN 'key' THEN EXISTS (SELECT FROM api_key WHERE api_key.id = scope_id::bigint)
    WHEN 'pool' THEN CASE split_part(scope_id, ':', 1)
      WHEN 'workspace' THEN EXISTS (SELECT FROM workspace WHERE workspace.id = split_part(scope_id, ':', 2)::uuid)
      ELSE scope_id = 'organization:' || app_organization()
    END
    ELSE false
  END
);

-- What an inference was charged to beside its key and workspace. counted_on is the day, in UTC, in whose windows it counts:
-- that of its admission. byok_nano is its list price where it ran on the customer's own credential.
ALTER TABLE generation ADD COLUMN project_id uuid;
ALTER TABLE generation ADD COLUMN credit_pool text NOT NULL DEFAULT 'shared' CHECK (credit_pool IN ('shared', 'dedicated'));
ALTER TABLE generation ADD COLUMN counted_on date;
ALTER TABLE generation ADD COLUMN byok_nano bigint NOT NULL DEFAULT 0 CHECK (byok_nano >= 0);

INSERT INTO counter (scope_kind, scope_id, kind, interval, window_start, settled_nano)
SELECT 'pool', debit_account, 'credit', 'lifetime', '1970-01-01', sum(amount_nano)
FROM ledger_entry WHERE kind = 'charge' GROUP BY debit_account;

INSERT INTO counter (scope_kind, scope_id, kind, interval, window_start, settled_nano)
SELECT scope_kind, scope_id, 'credit', interval, window_start, sum(usage_nano)
FROM activity
  CROSS JOIN LATERAL (VALUES ('member', workspace_id || '/' || user_id),
    ('organization_member', organization_id || '/' || user_id)) AS scope (scope_kind, scope_id)
  CROSS JOIN LATERAL (VALUES ('daily', date), ('weekly', date_trunc('week', date::timestamp)::date),
    ('monthly', date_trunc('month', date::timestamp)::date), ('lifetime', '1970-01-01'))
    AS spend_window (interval, window_start)
WHERE user_id <> ''
GROUP BY scope_kind, scope_id, interval, window_start;
