-- What content filters found in a request: which filter, what was done about it and how often, never the text.
ALTER TABLE generation ADD COLUMN findings jsonb;
