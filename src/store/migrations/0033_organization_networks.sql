-- The networks that requests of the organization may come from, whatever its workspaces and keys allow. Null is everywhere.
ALTER TABLE organization_policy ADD COLUMN allowed_ips text[];
