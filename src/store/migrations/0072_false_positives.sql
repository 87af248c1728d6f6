-- Finds of content filters that somebody says were none. They go when the request goes that they are about.
CREATE TABLE false_positive (
  -- Id of the generation, or of the refused request.
  entry_id text NOT NULL,
  -- Its place among the findings of the request.
  finding integer NOT NULL CHECK (finding >= 0),
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid,
  refused boolean NOT NULL,
  -- When the request came.
  requested_at timestamptz NOT NULL,
  -- The user, or the hash of the key.
  marked_by text NOT NULL,
  marked_at timestamptz NOT NULL,
  comment text,
  PRIMARY KEY (entry_id, finding)
);
CREATE INDEX false_positive_age ON false_positive (requested_at);
CREATE INDEX false_positive_organization ON false_positive (organization_id, requested_at);
SELECT protect_table('false_positive');

CREATE INDEX generation_findings ON generation (organization_id, created_at DESC) WHERE findings IS NOT NULL;
CREATE INDEX refused_request_findings ON refused_request (organization_id, created_at DESC) WHERE decision -> 'findings' IS NOT NULL;
