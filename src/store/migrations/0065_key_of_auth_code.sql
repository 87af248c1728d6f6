-- What the key of a code may: an app's key calls models; that of a client that administers, too, has what its approver gave.
ALTER TABLE auth_code ADD COLUMN key_type text NOT NULL DEFAULT 'standard' CHECK (key_type IN ('standard', 'scoped'));
ALTER TABLE auth_code ADD COLUMN key_permissions text[];
