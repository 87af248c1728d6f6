-- What each workspace used of each model in each month (UTC), and how much of that is on invoices. Charges that come late add
-- to a month that was invoiced already: the difference goes on the next invoice, so invoices and what is owed make the ledger.
CREATE TABLE monthly_usage (
  organization_id text NOT NULL REFERENCES organization (id),
  month date NOT NULL,
  workspace_id uuid NOT NULL,
  model text NOT NULL,
  usage_nano bigint NOT NULL,
  requests bigint NOT NULL,
  prompt_tokens bigint NOT NULL,
  completion_tokens bigint NOT NULL,
  invoiced_nano bigint NOT NULL DEFAULT 0,
  invoiced_requests bigint NOT NULL DEFAULT 0,
  invoiced_prompt_tokens bigint NOT NULL DEFAULT 0,
  invoiced_completion_tokens bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (organization_id, month, workspace_id, model),
  CHECK (extract(day FROM month) = 1),
  CHECK (invoiced_nano BETWEEN 0 AND usage_nano)
);
CREATE INDEX monthly_usage_owed ON monthly_usage (organization_id, month) WHERE usage_nano > invoiced_nano;
SELECT protect_table('monthly_usage');
INSERT INTO monthly_usage (organization_id, month, workspace_id, model, usage_nano, requests, prompt_tokens, completion_tokens)
SELECT organization_id, date_trunc('month', date::timestamp)::date, workspace_id, model, sum(usage_nano), sum(requests),
  sum(prompt_tokens), sum(completion_tokens)
FROM activity GROUP BY 1, 2, 3, 4;

-- One per month at most, numbered from 1 without gaps: writers of an organization come one after the other.
CREATE TABLE invoice (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  number integer NOT NULL CHECK (number > 0),
  period date NOT NULL CHECK (extract(day FROM period) = 1),
  total_nano bigint NOT NULL CHECK (total_nano > 0),
  issued_at timestamptz NOT NULL,
  UNIQUE (organization_id, number),
  UNIQUE (organization_id, period)
);
SELECT protect_table('invoice', false);

-- The name of the workspace is the one it had then.
CREATE TABLE invoice_line (
  organization_id text NOT NULL REFERENCES organization (id),
  invoice_id uuid NOT NULL REFERENCES invoice (id),
  position integer NOT NULL CHECK (position > 0),
  workspace_id uuid NOT NULL,
  workspace_name text NOT NULL,
  model text NOT NULL,
  month date NOT NULL,
  amount_nano bigint NOT NULL CHECK (amount_nano > 0),
  requests bigint NOT NULL,
  prompt_tokens bigint NOT NULL,
  completion_tokens bigint NOT NULL,
  PRIMARY KEY (invoice_id, position)
);
CREATE INDEX invoice_line_workspace ON invoice_line (workspace_id, invoice_id);
SELECT protect_table('invoice_line');

CREATE FUNCTION forbid_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an issued invoice never changes';
END
$$;
CREATE TRIGGER invoice_fixed BEFORE UPDATE OR DELETE ON invoice
  FOR EACH ROW EXECUTE FUNCTION forbid_invoice_change();
CREATE TRIGGER invoice_no_truncate BEFORE TRUNCATE ON invoice
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_invoice_change();
CREATE TRIGGER invoice_line_fixed BEFORE UPDATE OR DELETE ON invoice_line
  FOR EACH ROW EXECUTE FUNCTION forbid_invoice_change();
CREATE TRIGGER invoice_line_no_truncate BEFORE TRUNCATE ON invoice_line
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_invoice_change();

-- An invoice is as much as its lines, so no line can join one that was issued.
CREATE FUNCTION require_invoice_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT invoice_id FROM written) AS touched JOIN invoice ON invoice.id = touched.invoice_id
    WHERE invoice.total_nano IS DISTINCT FROM
      (SELECT sum(amount_nano) FROM invoice_line WHERE invoice_line.invoice_id = invoice.id)
  ) THEN
    RAISE EXCEPTION 'an issued invoice never changes';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER invoice_line_sum AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION require_invoice_sum();
