-- Since when the present secret of a key is known to strangers: it must never work again.
ALTER TABLE api_key ADD COLUMN leaked_at timestamptz;
ALTER TABLE api_key ADD CONSTRAINT api_key_leaked_is_disabled CHECK (leaked_at IS NULL OR disabled);
