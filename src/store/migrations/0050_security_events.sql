-- What happened around keys that somebody should look at: counted by key, network and minute, so that an attack fills nothing.
CREATE TABLE security_event (
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid,
  key_id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('forbidden_address', 'dead_key', 'foreign_origin')),
  -- The network of the address, /24 or /56; '' where the address isn't known.
  network text NOT NULL,
  minute timestamptz NOT NULL,
  -- One of those that it counts.
  ip text,
  origin text,
  count bigint NOT NULL CHECK (count > 0),
  PRIMARY KEY (key_id, kind, network, minute)
);
CREATE INDEX security_event_age ON security_event (minute);
CREATE INDEX security_event_organization ON security_event (organization_id, minute DESC);
SELECT protect_table('security_event');
