-- Requests a minute to models that cost nothing, over all keys of the organization; null for no limit.
ALTER TABLE organization_policy ADD COLUMN free_models_rpm integer CHECK (free_models_rpm > 0);
