-- A secret that a key had is nobody's again, whichever organization or workspace asks: only that it was one is told.
CREATE FUNCTION is_retired_secret(secret_hash text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS
$$ SELECT EXISTS (SELECT FROM retired_secret WHERE hash = secret_hash) $$;

REVOKE ALL ON FUNCTION is_retired_secret(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_retired_secret(text) TO switchyard_app;
