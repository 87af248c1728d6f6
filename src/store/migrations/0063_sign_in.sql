-- What signing in needs beside sessions and passwords. Like those it belongs to people, who may be in several organizations,
-- so management transactions don't see it.
ALTER TABLE user_account ADD COLUMN two_factor_enabled boolean NOT NULL DEFAULT false;

-- A second factor: the seed of its codes and the codes for when it is lost, both encrypted.
CREATE TABLE two_factor (
  id text PRIMARY KEY,
  user_id text NOT NULL UNIQUE REFERENCES user_account (id) ON DELETE CASCADE,
  secret text NOT NULL,
  backup_codes text NOT NULL,
  verified boolean NOT NULL DEFAULT false,
  failed_verification_count integer NOT NULL DEFAULT 0,
  locked_until timestamptz
);

-- id is the credential's, base64url; counter what its device last said it had counted.
CREATE TABLE passkey (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
  name text NOT NULL,
  public_key text NOT NULL,
  counter bigint NOT NULL,
  transports text[] NOT NULL,
  is_synced boolean NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz
);
CREATE INDEX passkey_by_user ON passkey (user_id);

-- A browser that is signed in with a read-only key, for as long as that key is good: key_hash is of the secret it showed.
CREATE TABLE key_session (
  id text PRIMARY KEY,
  token text NOT NULL UNIQUE,
  key_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX key_session_by_expiry ON key_session (expires_at);

-- How often something was tried since window_start: scope is a hashed login name or a network.
CREATE TABLE sign_in_try (
  scope text PRIMARY KEY,
  window_start timestamptz NOT NULL,
  tries integer NOT NULL
);
CREATE INDEX sign_in_try_by_age ON sign_in_try (window_start);

REVOKE ALL ON two_factor, passkey, key_session, sign_in_try FROM switchyard_app;
