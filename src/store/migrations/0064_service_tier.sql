-- The tier that a provider says it has served a request in, `default` for the usual one; null where it didn't say, and before this.
ALTER TABLE generation ADD COLUMN service_tier text;
