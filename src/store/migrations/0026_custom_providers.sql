-- Providers that an organization adds beside the file of the installation. The credential is sealed; deleting wipes it.
CREATE TABLE custom_provider (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  slug text NOT NULL,
  name text NOT NULL,
  dialect text NOT NULL,
  base_url text NOT NULL,
  key_label text,
  sealed_key text,
  may_train boolean NOT NULL,
  retains_prompts boolean NOT NULL,
  privacy_policy_url text,
  terms_of_service_url text,
  status_page_url text,
  -- The only workspaces that see it; NULL is all.
  workspace_ids uuid[],
  -- As on the wire, prices as decimal strings.
  models jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text,
  updated_at timestamptz,
  deleted_at timestamptz,
  CHECK ((key_label IS NULL) = (sealed_key IS NULL)),
  CHECK (deleted_at IS NULL OR sealed_key IS NULL)
);
CREATE UNIQUE INDEX custom_provider_slug ON custom_provider (organization_id, slug) WHERE deleted_at IS NULL;
SELECT protect_table('custom_provider', false);

-- What the second half of a price version stands for. Written where prices are put in force, read to rate a charge again.
CREATE TABLE custom_price_book (
  organization_id text NOT NULL REFERENCES organization (id),
  version text NOT NULL,
  prices jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, version)
);
SELECT protect_table('custom_price_book', false);
