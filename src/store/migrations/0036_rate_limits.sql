-- Requests a minute by type of key, where a workspace or an organization differs from the defaults: {"standard": 100, "team": 0}.
ALTER TABLE workspace ADD COLUMN rate_limits jsonb CHECK (jsonb_typeof(rate_limits) = 'object');
ALTER TABLE organization_policy ADD COLUMN rate_limits jsonb CHECK (jsonb_typeof(rate_limits) = 'object');
