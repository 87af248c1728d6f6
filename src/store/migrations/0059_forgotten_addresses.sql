-- The address goes before the network does.
ALTER TABLE key_network ALTER COLUMN ip DROP NOT NULL;
