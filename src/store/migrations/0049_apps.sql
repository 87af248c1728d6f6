-- An application is the origin of the referer and the title together. Days that are added up already keep their origins.
CREATE FUNCTION app_of(origin text, title text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN coalesce(title, '') = '' THEN origin ELSE origin || E'\n' || title END $$;

CREATE FUNCTION app_number(app text) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT ('x' || encode(substr(sha256(convert_to(app, 'UTF8')), 1, 4), 'hex'))::bit(32)::bigint & 2147483647 $$;
