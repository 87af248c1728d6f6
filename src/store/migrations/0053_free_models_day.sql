-- How often the keys of an organization may call models that cost nothing on a UTC day.
ALTER TABLE organization_policy ADD COLUMN free_models_rpd integer CHECK (free_models_rpd > 0);
ALTER TABLE organization_policy ADD COLUMN free_models_rpd_purchased integer CHECK (free_models_rpd_purchased > 0);
