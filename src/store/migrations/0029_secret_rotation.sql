-- The key of the audit log's chain, made once and wrapped by a key from the installation's secret: the secret may change, the
-- chain may not. Null until the first start that knows of it, when it is what derived from the secret before.
ALTER TABLE installation ADD COLUMN audit_key text;

-- While the secret is being rotated also the data key as the secret before wrapped it, for processes that know only that one.
ALTER TABLE sealing_key ADD COLUMN previous_wrapped_key text;
