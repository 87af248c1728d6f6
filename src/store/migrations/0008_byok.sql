-- Credentials that customers bring for providers. The secret is sealed; deleting a row wipes it.
CREATE TABLE byok_key (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid REFERENCES workspace (id),
  provider text NOT NULL,
  name text,
  label text NOT NULL,
  sealed_key text,
  disabled boolean NOT NULL DEFAULT false,
  is_fallback boolean NOT NULL DEFAULT false,
  is_required boolean NOT NULL DEFAULT false,
  is_byok_only boolean NOT NULL DEFAULT false,
  declared_zdr boolean,
  sort_order integer NOT NULL,
  allowed_models text[],
  allowed_user_ids text[],
  -- Ids and not hashes, so that a rotated key stays allowed.
  allowed_key_ids bigint[],
  created_at timestamptz NOT NULL,
  created_by text,
  updated_at timestamptz,
  deleted_at timestamptz,
  CHECK ((deleted_at IS NULL) = (sealed_key IS NOT NULL)),
  CHECK (NOT (is_fallback AND (is_required OR is_byok_only)))
);
CREATE INDEX byok_key_workspace ON byok_key (organization_id, workspace_id, provider, sort_order) WHERE deleted_at IS NULL;
SELECT protect_table('byok_key');
