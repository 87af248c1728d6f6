-- How a workspace is paid for: from the organization's balance, of which it may keep a part for itself, or from its own pool.
ALTER TABLE workspace ADD COLUMN require_project boolean NOT NULL DEFAULT false;
ALTER TABLE workspace ADD COLUMN credit_pool text NOT NULL DEFAULT 'shared' CHECK (credit_pool IN ('shared', 'dedicated'));
ALTER TABLE workspace ADD COLUMN reserved_nano bigint NOT NULL DEFAULT 0 CHECK (reserved_nano >= 0);

-- One more account: workspace:<id>, the balance of a dedicated pool.
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_kind_check;
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_kind_check
  CHECK (kind IN ('grant', 'purchase', 'charge', 'refund', 'adjustment', 'transfer'));

-- What somebody did with credits by hand. Once completed, one ledger entry has its id.
CREATE TABLE credit_movement (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid REFERENCES workspace (id),
  kind text NOT NULL CHECK (kind IN ('grant', 'purchase', 'transfer')),
  direction text CHECK (direction IN ('to_workspace', 'to_organization')),
  amount_nano bigint NOT NULL CHECK (amount_nano > 0),
  status text NOT NULL CHECK (status IN ('pending', 'completed')),
  reference text,
  note text,
  created_at timestamptz NOT NULL,
  created_by text,
  completed_at timestamptz,
  CHECK ((kind = 'transfer') = (direction IS NOT NULL)),
  CHECK ((status = 'completed') = (completed_at IS NOT NULL))
);
CREATE UNIQUE INDEX credit_movement_reference ON credit_movement
  (organization_id, kind, coalesce(workspace_id, '00000000-0000-0000-0000-000000000000'::uuid), reference);
CREATE INDEX credit_movement_list ON credit_movement (organization_id, kind, created_at DESC, id DESC);
SELECT protect_table('credit_movement');
