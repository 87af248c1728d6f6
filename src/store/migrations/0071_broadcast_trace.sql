-- What a request says of itself to those who look at traces: ids, names, and keys of the caller's own.
ALTER TABLE broadcast_delivery ADD COLUMN trace jsonb;
