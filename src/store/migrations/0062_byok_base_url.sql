-- Where a credential is good, if that is not where the provider itself is.
ALTER TABLE byok_key ADD COLUMN base_url text;
