-- What an application may be given a key for: one code, good once and for ten minutes. Only its SHA-256 is kept.
CREATE TABLE auth_code (
  code_hash text PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  creator_user_id text,
  callback_url text NOT NULL,
  code_challenge text,
  code_challenge_method text CHECK (code_challenge_method IN ('S256', 'plain')),
  key_label text NOT NULL,
  limit_nano bigint CHECK (limit_nano >= 0),
  limit_reset text CHECK (limit_reset IN ('daily', 'weekly', 'monthly')),
  key_expires_at timestamptz,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CHECK ((code_challenge IS NULL) = (code_challenge_method IS NULL))
);
SELECT protect_table('auth_code');
