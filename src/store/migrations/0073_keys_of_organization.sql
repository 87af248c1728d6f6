-- For looking for keys by name in all workspaces, newest first.
CREATE INDEX api_key_organization ON api_key (organization_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
