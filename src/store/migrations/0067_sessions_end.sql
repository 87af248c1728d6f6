-- A session that somebody ended stays for a while, expired, so that its browser can be told why.
ALTER TABLE session ADD COLUMN end_reason text
  CHECK (end_reason IN ('role', 'removed', 'password', 'second_factor', 'by_owner'));

-- Ends the sessions in which a person works in the organization, but the one that is kept: a session that has chosen none
-- works in the first that its user joined. Takes the place of the one that knew no reason.
DROP FUNCTION end_sessions(text, text);
CREATE FUNCTION end_sessions(person text, organization text, kept text, why text, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS
$$ UPDATE session SET expires_at = at, end_reason = why
   WHERE user_id = person AND expires_at > at AND id IS DISTINCT FROM kept
     AND coalesce(active_organization_id, (
       SELECT organization_id FROM organization_member WHERE user_id = person ORDER BY created_at, organization_id LIMIT 1
     )) = organization $$;
REVOKE ALL ON FUNCTION end_sessions(text, text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_sessions(text, text, text, text, timestamptz) TO switchyard_app;

-- A key that a client got by OAuth carries what its approver gave it, and ends when they lose some of that. A code is good
-- for the client it was made for.
ALTER TABLE api_key ADD COLUMN is_of_client boolean NOT NULL DEFAULT false;
ALTER TABLE auth_code ADD COLUMN client_hash text;
