-- Who named a target of key delivery: it gets secrets as long as they may have them. Null: the organization itself.
ALTER TABLE api_key ADD COLUMN deliver_set_by text;
-- The last target that was ended because of that: {type, destination, ended_at, reason}.
ALTER TABLE api_key ADD COLUMN ended_deliver jsonb;
ALTER TABLE key_delivery ADD COLUMN set_by text;
-- Why it failed, where no attempt did.
ALTER TABLE key_delivery ADD COLUMN failure text;
