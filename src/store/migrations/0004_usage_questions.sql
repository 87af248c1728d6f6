-- What analytics, the request log and activity are answered from.

-- Keyset pages: newest first by creation, then id, over the whole organization, a workspace, a key, a member or a session.
DROP INDEX generation_workspace;
CREATE INDEX generation_organization ON generation (organization_id, created_at DESC, id DESC);
CREATE INDEX generation_workspace ON generation (workspace_id, created_at DESC, id DESC);
CREATE INDEX generation_key ON generation (key_id, created_at DESC, id DESC);
CREATE INDEX generation_user ON generation (user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX generation_session ON generation (organization_id, session_id, created_at DESC, id DESC)
  WHERE session_id IS NOT NULL;

ALTER TABLE activity ADD COLUMN cached_tokens bigint NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN failed_requests bigint NOT NULL DEFAULT 0;
CREATE INDEX activity_workspace ON activity (workspace_id, date);
CREATE INDEX activity_key ON activity (key_id, date);
CREATE INDEX activity_user ON activity (user_id, date) WHERE user_id <> '';
