-- Whether what is kept of prompts is what content filters have left of them, and not what was asked.
ALTER TABLE workspace ADD COLUMN is_io_logging_redacted boolean NOT NULL DEFAULT false;
