-- Requests of a key that may run at a time; null for as many as there are.
ALTER TABLE api_key ADD COLUMN concurrency_limit integer CHECK (concurrency_limit > 0);
