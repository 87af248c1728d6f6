-- Who people are and how they sign in, in the shape that better-auth expects under our names: users are user_account. They
-- belong to no organization, since a person may be in several, so management transactions don't see them at all.
ALTER TABLE user_account ADD COLUMN name text NOT NULL DEFAULT '';
ALTER TABLE user_account ADD COLUMN email_verified boolean NOT NULL DEFAULT false;
ALTER TABLE user_account ADD COLUMN image text;
ALTER TABLE user_account ADD COLUMN updated_at timestamptz;

-- active_organization_id is the organization that the session works in; without one it is the first the user joined.
CREATE TABLE session (
  id text PRIMARY KEY,
  token text NOT NULL UNIQUE,
  user_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
  active_organization_id text REFERENCES organization (id),
  expires_at timestamptz NOT NULL,
  ip_address text,
  user_agent text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- One way in which a user signs in: a password, or their identity at another provider.
CREATE TABLE sign_in_method (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
  provider_id text NOT NULL,
  provider_user_id text NOT NULL,
  password_hash text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (provider_id, provider_user_id)
);
CREATE INDEX sign_in_method_user ON sign_in_method (user_id);

-- What a link or a code that was sent somewhere stands for.
CREATE TABLE verification (
  id text PRIMARY KEY,
  identifier text NOT NULL,
  value text NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX verification_identifier ON verification (identifier);

REVOKE ALL ON session, sign_in_method, verification FROM switchyard_app;
