-- What alert rules look for every few seconds, where it is rare among much else.
CREATE INDEX api_key_expiry ON api_key (expires_at) WHERE deleted_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX refused_request_unknown_model ON refused_request (created_at) WHERE code = 'invalid_model';
CREATE INDEX generation_uncharged ON generation (created_at) WHERE uncharged_nano > 0;
