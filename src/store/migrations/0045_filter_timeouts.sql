-- What becomes of a request whose content filters didn't finish in time.
ALTER TABLE guardrail ADD COLUMN on_filter_timeout text NOT NULL DEFAULT 'block' CHECK (on_filter_timeout IN ('block', 'allow'));
