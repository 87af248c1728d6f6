-- What a provider of ranks counts its work in, as charged; null for all that isn't paid for so, and before this.
ALTER TABLE generation ADD COLUMN search_units integer;
