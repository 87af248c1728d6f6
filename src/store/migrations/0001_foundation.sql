-- Money is bigint nano-dollars, times are timestamptz, ids come from the application unless said otherwise.
-- Only features of PostgreSQL 15: the embedded database is newer, the customer's may not be.

CREATE TABLE installation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL,
  secret_fingerprint text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE organization (
  id text PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL
);

-- One row per organization carries the version of its last change: taking it locks out other changes until commit, so
-- commit order is version order and no replica can skip a change.
CREATE TABLE organization_head (
  organization_id text PRIMARY KEY REFERENCES organization (id),
  version bigint NOT NULL DEFAULT 0
);

CREATE TABLE change (
  organization_id text NOT NULL REFERENCES organization (id),
  version bigint NOT NULL,
  kind text NOT NULL,
  id text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, version, kind, id)
);

CREATE TABLE user_account (
  id text PRIMARY KEY,
  email text NOT NULL,
  first_name text,
  last_name text,
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX user_account_email ON user_account (lower(email));

CREATE TABLE organization_member (
  organization_id text NOT NULL REFERENCES organization (id),
  user_id text NOT NULL REFERENCES user_account (id),
  role text NOT NULL CHECK (role IN ('org:admin', 'org:member')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, user_id)
);

CREATE TABLE workspace (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  slug text NOT NULL,
  name text NOT NULL,
  description text,
  is_default boolean NOT NULL DEFAULT false,
  default_text_model text,
  default_image_model text,
  default_provider_sort text,
  io_logging_api_key_ids bigint[],
  io_logging_sampling_rate double precision NOT NULL DEFAULT 1,
  is_data_discount_logging_enabled boolean NOT NULL DEFAULT true,
  is_observability_broadcast_enabled boolean NOT NULL DEFAULT false,
  is_observability_io_logging_enabled boolean NOT NULL DEFAULT false,
  include_byok_in_budgets boolean NOT NULL DEFAULT false,
  disabled_server_tools text[],
  created_at timestamptz NOT NULL,
  created_by text,
  updated_at timestamptz,
  deleted_at timestamptz
);
CREATE UNIQUE INDEX workspace_slug ON workspace (organization_id, slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX workspace_default ON workspace (organization_id) WHERE is_default AND deleted_at IS NULL;

CREATE TABLE workspace_member (
  id uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  user_id text NOT NULL REFERENCES user_account (id),
  role text NOT NULL CHECK (role IN ('admin', 'member')),
  created_at timestamptz NOT NULL,
  UNIQUE (workspace_id, user_id)
);

-- hash is the SHA-256 of the whole secret in lowercase hex; the secret itself is stored nowhere.
CREATE TABLE api_key (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash text NOT NULL UNIQUE CHECK (hash ~ '^[0-9a-f]{64}$'),
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid REFERENCES workspace (id),
  type text NOT NULL CHECK (type IN ('standard', 'management')),
  name text NOT NULL,
  label text NOT NULL,
  disabled boolean NOT NULL DEFAULT false,
  limit_nano bigint CHECK (limit_nano >= 0),
  limit_reset text CHECK (limit_reset IN ('daily', 'weekly', 'monthly')),
  include_byok_in_limit boolean NOT NULL DEFAULT false,
  rate_limit_rpm integer CHECK (rate_limit_rpm >= 0),
  expires_at timestamptz,
  creator_user_id text,
  external_user text,
  is_bootstrap boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  updated_at timestamptz,
  deleted_at timestamptz,
  CHECK ((type = 'management') = (workspace_id IS NULL))
);
CREATE INDEX api_key_workspace ON api_key (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

-- What was spent by one scope in one window. Windows are computed; a new window is a new row.
CREATE TABLE counter (
  scope_kind text NOT NULL CHECK (scope_kind IN ('organization', 'workspace', 'key')),
  scope_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('credit', 'byok')),
  interval text NOT NULL CHECK (interval IN ('daily', 'weekly', 'monthly', 'lifetime')),
  window_start date NOT NULL,
  settled_nano bigint NOT NULL DEFAULT 0 CHECK (settled_nano >= 0),
  PRIMARY KEY (scope_kind, scope_id, kind, interval, window_start)
);

-- Double entry: each row moves amount_nano from one account to another, so debits equal credits by construction.
-- Accounts: organization:<id> (its balance), revenue:<id> (what it used), funding:<id> (where its credits came from).
CREATE TABLE ledger_entry (
  id text PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  kind text NOT NULL CHECK (kind IN ('grant', 'purchase', 'charge', 'refund', 'adjustment')),
  debit_account text NOT NULL,
  credit_account text NOT NULL,
  amount_nano bigint NOT NULL CHECK (amount_nano > 0),
  generation_id text,
  note text,
  created_at timestamptz NOT NULL,
  CHECK (debit_account <> credit_account)
);
CREATE INDEX ledger_entry_debit ON ledger_entry (debit_account, created_at);
CREATE INDEX ledger_entry_credit ON ledger_entry (credit_account, created_at);

CREATE FUNCTION forbid_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only';
END
$$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
  FOR EACH ROW EXECUTE FUNCTION forbid_ledger_change();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_ledger_change();

-- The prices in force, by the hash of their content. A charge names the version it was rated with.
CREATE TABLE price_book (
  version text PRIMARY KEY,
  prices jsonb NOT NULL,
  created_at timestamptz NOT NULL
);

-- One row per inference. created_at is the second in the id, so that an id alone finds its partition.
CREATE TABLE generation (
  id text NOT NULL,
  created_at timestamptz NOT NULL,
  request_id text NOT NULL,
  organization_id text NOT NULL,
  workspace_id uuid NOT NULL,
  key_id bigint NOT NULL,
  user_id text,
  api_type text NOT NULL,
  model text NOT NULL,
  endpoint_id text NOT NULL,
  provider_name text NOT NULL,
  upstream_id text,
  streamed boolean NOT NULL,
  cancelled boolean NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('done', 'upstream_error', 'cancelled', 'crash_padding')),
  finish_reason text,
  native_finish_reason text,
  tokens_prompt integer NOT NULL,
  tokens_completion integer NOT NULL,
  tokens_reasoning integer NOT NULL,
  tokens_cached integer NOT NULL,
  usage_estimated boolean NOT NULL,
  usage_raw jsonb,
  cost_nano bigint NOT NULL CHECK (cost_nano >= 0),
  prompt_cost_nano bigint NOT NULL DEFAULT 0,
  uncharged_nano bigint NOT NULL DEFAULT 0 CHECK (uncharged_nano >= 0),
  upstream_cost_nano bigint,
  price_version text NOT NULL,
  latency_ms integer,
  generation_time_ms integer,
  attempts jsonb NOT NULL,
  origin text NOT NULL DEFAULT '',
  http_referer text,
  app_title text,
  user_agent text,
  ip text,
  session_id text,
  external_user text,
  replica_id text NOT NULL,
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE generation_default PARTITION OF generation DEFAULT;
CREATE INDEX generation_workspace ON generation (workspace_id, created_at DESC);

-- Roll-up for activity and analytics: one row per day and combination. '' stands for "none" so that it can be a key.
CREATE TABLE activity (
  organization_id text NOT NULL,
  date date NOT NULL,
  model text NOT NULL,
  endpoint_id text NOT NULL,
  provider_name text NOT NULL,
  key_id bigint NOT NULL,
  user_id text NOT NULL,
  workspace_id uuid NOT NULL,
  project_id text NOT NULL,
  app text NOT NULL,
  usage_nano bigint NOT NULL,
  byok_usage_nano bigint NOT NULL,
  requests bigint NOT NULL,
  prompt_tokens bigint NOT NULL,
  completion_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  PRIMARY KEY (organization_id, date, model, endpoint_id, provider_name, key_id, user_id, workspace_id, project_id, app)
);

-- The one-time set-up token of the first start; only its SHA-256 is kept.
CREATE TABLE setup_token (
  token_hash text PRIMARY KEY,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
