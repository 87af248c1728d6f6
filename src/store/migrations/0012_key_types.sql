-- What a key may, beside what it may spend. NULL permissions are those of its type; NULL lists restrict nothing.
ALTER TABLE api_key DROP CONSTRAINT api_key_type_check;
ALTER TABLE api_key ADD CONSTRAINT api_key_type_check
  CHECK (type IN ('standard', 'scoped', 'team', 'read_only', 'ephemeral', 'management'));
ALTER TABLE api_key ADD COLUMN permissions text[];
ALTER TABLE api_key ADD COLUMN allowed_models text[];
ALTER TABLE api_key ADD COLUMN allowed_ips text[];
ALTER TABLE api_key ADD COLUMN project_id uuid;
ALTER TABLE api_key ADD COLUMN hidden boolean NOT NULL DEFAULT false;
ALTER TABLE api_key ADD COLUMN read_only boolean NOT NULL DEFAULT false;

-- Who in a workspace may make keys, as far as their role lets them at all.
ALTER TABLE workspace ADD COLUMN key_creation text NOT NULL DEFAULT 'everyone'
  CHECK (key_creation IN ('everyone', 'developers', 'admins', 'nobody'));
ALTER TABLE workspace ADD COLUMN allowed_ips text[];
ALTER TABLE workspace ADD COLUMN allowed_origins text[];
ALTER TABLE workspace ADD COLUMN plugin_defaults jsonb;
