-- Inferences of known keys that were refused before they began. They cost nothing and are kept for days only.
CREATE TABLE refused_request (
  id text PRIMARY KEY,
  created_at timestamptz NOT NULL,
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid,
  key_id bigint NOT NULL,
  user_id text,
  status integer NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  model text,
  streamed boolean,
  origin text NOT NULL DEFAULT '',
  http_referer text,
  app_title text,
  user_agent text,
  ip text,
  session_id text,
  external_user text
);
CREATE INDEX refused_request_age ON refused_request (created_at);
CREATE INDEX refused_request_organization ON refused_request (organization_id, created_at DESC, id DESC);
CREATE INDEX refused_request_workspace ON refused_request (workspace_id, created_at DESC, id DESC);
CREATE INDEX refused_request_key ON refused_request (key_id, created_at DESC, id DESC);
CREATE INDEX refused_request_user ON refused_request (user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
SELECT protect_table('refused_request');

-- The newest requests that belong to a session, for the list of sessions.
CREATE INDEX generation_of_sessions ON generation (organization_id, created_at DESC, id DESC) WHERE session_id IS NOT NULL;
-- Those that didn't end well are few among many.
CREATE INDEX generation_outcome ON generation (organization_id, outcome, created_at DESC, id DESC) WHERE outcome <> 'done';
