-- The data key that an organization's secrets are sealed with, itself sealed with a key that derives from the installation's
-- secret and is stored nowhere. Renewing the latter rewrites this table only.
CREATE TABLE sealing_key (
  organization_id text PRIMARY KEY REFERENCES organization (id),
  wrapped_key text NOT NULL,
  created_at timestamptz NOT NULL,
  rewrapped_at timestamptz
);
SELECT protect_table('sealing_key');
