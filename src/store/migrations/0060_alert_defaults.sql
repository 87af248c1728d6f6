-- Whether an organization was given the rules that each begins with; what it has made of them since is its own affair.
ALTER TABLE organization ADD COLUMN has_alert_rules boolean NOT NULL DEFAULT false;
-- How much a rule has told lately.
CREATE INDEX alert_rule_age ON alert (rule_id, created_at);
