-- Where a provider of an organization's own processes data; global is anywhere.
ALTER TABLE custom_provider ADD COLUMN data_region text NOT NULL DEFAULT 'global' CHECK (data_region IN ('global', 'europe', 'us'));
