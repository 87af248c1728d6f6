-- Where keys that a rule watches were called from: the network of the address, /24 or /56, or the country. Kept for as long as
-- it goes on, from the day that such a rule is there.
CREATE TABLE key_network (
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL,
  key_id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('network', 'country')),
  place text NOT NULL,
  -- The first address.
  ip text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  -- To the day.
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (key_id, kind, place)
);
CREATE INDEX key_network_first ON key_network (organization_id, first_seen_at);
CREATE INDEX key_network_age ON key_network (last_seen_at);
SELECT protect_table('key_network');
