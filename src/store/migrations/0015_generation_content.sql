-- What was asked and answered, where a workspace logs it: JSON, sealed. Nothing writes it yet.
CREATE TABLE generation_content (
  generation_id text PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL,
  content text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX generation_content_age ON generation_content (created_at);
SELECT protect_table('generation_content');

-- What somebody says about a generation; once in each category.
CREATE TABLE generation_feedback (
  generation_id text NOT NULL,
  author text NOT NULL,
  category text NOT NULL,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL,
  comment text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (generation_id, author, category)
);
SELECT protect_table('generation_feedback');
