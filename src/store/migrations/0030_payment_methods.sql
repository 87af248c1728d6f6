-- How purchases are paid: of a workspace, or of the organization where workspace_id is null. Nothing of a card is kept.
CREATE TABLE payment_method (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid REFERENCES workspace (id),
  provider text NOT NULL CHECK (provider IN ('manual')),
  name text NOT NULL,
  is_default boolean NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text,
  deleted_at timestamptz
);
CREATE INDEX payment_method_list ON payment_method (organization_id, created_at, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX payment_method_default ON payment_method
  (organization_id, coalesce(workspace_id, '00000000-0000-0000-0000-000000000000'::uuid))
  WHERE is_default AND deleted_at IS NULL;
SELECT protect_table('payment_method');

ALTER TABLE credit_movement ADD COLUMN payment_method_id uuid REFERENCES payment_method (id);
