-- Payments by card. The provider keeps the card; here are its name there and what people tell it by.
ALTER TABLE payment_method DROP CONSTRAINT payment_method_provider_check;
ALTER TABLE payment_method ADD CONSTRAINT payment_method_provider_check CHECK (provider IN ('manual', 'stripe'));
ALTER TABLE payment_method ADD COLUMN status text NOT NULL DEFAULT 'active' CHECK (status IN ('pending', 'active', 'failed'));
ALTER TABLE payment_method ADD COLUMN setup_url text;
ALTER TABLE payment_method ADD COLUMN card_reference text;
ALTER TABLE payment_method ADD COLUMN card_customer text;
ALTER TABLE payment_method ADD COLUMN card_brand text;
ALTER TABLE payment_method ADD COLUMN card_last4 text;
ALTER TABLE payment_method ADD COLUMN card_exp_month integer;
ALTER TABLE payment_method ADD COLUMN card_exp_year integer;
ALTER TABLE payment_method ADD CHECK (provider <> 'stripe' OR status <> 'active' OR card_reference IS NOT NULL);

ALTER TABLE credit_movement ADD COLUMN provider text NOT NULL DEFAULT 'manual' CHECK (provider IN ('manual', 'stripe'));
ALTER TABLE credit_movement ADD COLUMN checkout_url text;
ALTER TABLE credit_movement ADD COLUMN failure text;
ALTER TABLE credit_movement ADD COLUMN refunded_nano bigint NOT NULL DEFAULT 0 CHECK (refunded_nano >= 0);
ALTER TABLE credit_movement DROP CONSTRAINT credit_movement_status_check;
ALTER TABLE credit_movement ADD CONSTRAINT credit_movement_status_check CHECK (status IN ('pending', 'completed', 'failed'));

-- What a provider has told, so that nothing is done twice however often it is told.
CREATE TABLE payment_event (
  organization_id text NOT NULL REFERENCES organization (id),
  id text NOT NULL,
  kind text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id)
);
SELECT protect_table('payment_event');

-- Refunds and disputes of a purchase. What is both taken back and returned is as if it had not been, whichever is told first.
CREATE TABLE payment_reversal (
  organization_id text NOT NULL REFERENCES organization (id),
  purchase_id uuid NOT NULL REFERENCES credit_movement (id),
  reference text NOT NULL,
  cause text NOT NULL CHECK (cause IN ('refund', 'dispute')),
  amount_nano bigint NOT NULL CHECK (amount_nano > 0),
  is_returned boolean NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, reference)
);
SELECT protect_table('payment_reversal');
