CREATE INDEX refused_request_session ON refused_request (organization_id, session_id, created_at DESC, id DESC)
  WHERE session_id IS NOT NULL;
