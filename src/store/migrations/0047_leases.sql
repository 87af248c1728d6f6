-- Money of counters that replicas may spend without asking.
-- limit_nano: as replicas read it last, at limit_version of the change feed. is_scarce: near its limit.
ALTER TABLE counter ADD COLUMN limit_nano bigint CHECK (limit_nano >= 0);
ALTER TABLE counter ADD COLUMN limit_version bigint NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN is_scarce boolean NOT NULL DEFAULT false;

-- A place that processes follow each other in, each with a generation of its own. journal names the record of what the
-- place has spent, as long as nothing in it can have been lost. Of the whole installation: no organization sees it.
CREATE TABLE replica (
  id text PRIMARY KEY,
  generation integer NOT NULL CHECK (generation > 0),
  process text NOT NULL,
  journal text NOT NULL,
  seen_at timestamptz NOT NULL
);
ALTER TABLE replica ENABLE ROW LEVEL SECURITY;

-- counter.leased_nano is the sum of granted_nano - charged_nano of the open and unconfirmed leases on it. unconfirmed: nobody
-- who could know says what was spent. released: given back by an administrator. ended: kept so that a late message about it
-- makes no new one.
CREATE TABLE lease (
  id text PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  scope_kind text NOT NULL,
  scope_id text NOT NULL,
  kind text NOT NULL,
  interval text NOT NULL,
  window_start date NOT NULL,
  replica_id text NOT NULL REFERENCES replica (id),
  generation integer NOT NULL,
  journal text NOT NULL,
  granted_nano bigint NOT NULL CHECK (granted_nano >= 0),
  charged_nano bigint NOT NULL DEFAULT 0 CHECK (charged_nano BETWEEN 0 AND granted_nano),
  state text NOT NULL CHECK (state IN ('open', 'unconfirmed', 'released', 'ended')),
  changed_at timestamptz NOT NULL
);
CREATE INDEX lease_not_ended ON lease (replica_id, generation) WHERE state <> 'ended';
CREATE INDEX lease_ended ON lease (changed_at) WHERE state = 'ended';
CREATE INDEX lease_unconfirmed ON lease (organization_id) WHERE state = 'unconfirmed';
SELECT protect_table('lease');
