-- Questions about 31 days of everything shall not read single requests, nor the sums of every key.

-- How long answers took: sums over the requests of which it is known. Throughput counts the tokens of those that took time.
ALTER TABLE activity
  ADD COLUMN latency_ms bigint NOT NULL DEFAULT 0,
  ADD COLUMN latency_requests bigint NOT NULL DEFAULT 0,
  ADD COLUMN generation_time_ms bigint NOT NULL DEFAULT 0,
  ADD COLUMN generation_time_requests bigint NOT NULL DEFAULT 0,
  ADD COLUMN timed_completion_tokens bigint NOT NULL DEFAULT 0;
UPDATE activity SET latency_ms = timed.latency_ms, latency_requests = timed.latency_requests,
  generation_time_ms = timed.generation_time_ms, generation_time_requests = timed.generation_time_requests,
  timed_completion_tokens = timed.timed_completion_tokens
FROM (
  SELECT organization_id, (created_at AT TIME ZONE 'UTC')::date AS date, model, endpoint_id, provider_name, key_id,
    coalesce(user_id, '') AS user_id, workspace_id, origin AS app, coalesce(sum(latency_ms), 0) AS latency_ms,
    count(latency_ms) AS latency_requests, coalesce(sum(generation_time_ms), 0) AS generation_time_ms,
    count(generation_time_ms) AS generation_time_requests,
    coalesce(sum(tokens_completion) FILTER (WHERE generation_time_ms > 0), 0) AS timed_completion_tokens
  FROM generation GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
) AS timed
WHERE activity.organization_id = timed.organization_id AND activity.date = timed.date AND activity.model = timed.model
  AND activity.endpoint_id = timed.endpoint_id AND activity.provider_name = timed.provider_name
  AND activity.key_id = timed.key_id AND activity.user_id = timed.user_id
  AND activity.workspace_id = timed.workspace_id AND activity.project_id = '' AND activity.app = timed.app;

-- The activity of each workspace by day, model and endpoint.
CREATE TABLE activity_by_workspace (
  organization_id text NOT NULL REFERENCES organization (id),
  date date NOT NULL,
  workspace_id uuid NOT NULL,
  model text NOT NULL,
  endpoint_id text NOT NULL,
  provider_name text NOT NULL,
  usage_nano bigint NOT NULL,
  byok_usage_nano bigint NOT NULL,
  requests bigint NOT NULL,
  failed_requests bigint NOT NULL,
  prompt_tokens bigint NOT NULL,
  completion_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  cached_tokens bigint NOT NULL,
  latency_ms bigint NOT NULL,
  latency_requests bigint NOT NULL,
  generation_time_ms bigint NOT NULL,
  generation_time_requests bigint NOT NULL,
  timed_completion_tokens bigint NOT NULL,
  PRIMARY KEY (organization_id, date, workspace_id, model, endpoint_id, provider_name)
);
INSERT INTO activity_by_workspace (organization_id, date, workspace_id, model, endpoint_id, provider_name, usage_nano,
  byok_usage_nano, requests, failed_requests, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, latency_ms,
  latency_requests, generation_time_ms, generation_time_requests, timed_completion_tokens)
SELECT organization_id, date, workspace_id, model, endpoint_id, provider_name, sum(usage_nano), sum(byok_usage_nano),
  sum(requests), sum(failed_requests), sum(prompt_tokens), sum(completion_tokens), sum(reasoning_tokens),
  sum(cached_tokens), sum(latency_ms), sum(latency_requests), sum(generation_time_ms), sum(generation_time_requests),
  sum(timed_completion_tokens)
FROM activity GROUP BY 1, 2, 3, 4, 5, 6;
CREATE INDEX activity_by_workspace_workspace ON activity_by_workspace (workspace_id, date);
SELECT protect_table('activity_by_workspace');

ALTER TABLE activity_total
  ADD COLUMN latency_ms bigint NOT NULL DEFAULT 0,
  ADD COLUMN latency_requests bigint NOT NULL DEFAULT 0,
  ADD COLUMN generation_time_ms bigint NOT NULL DEFAULT 0,
  ADD COLUMN generation_time_requests bigint NOT NULL DEFAULT 0,
  ADD COLUMN timed_completion_tokens bigint NOT NULL DEFAULT 0;
UPDATE activity_total SET latency_ms = timed.latency_ms, latency_requests = timed.latency_requests,
  generation_time_ms = timed.generation_time_ms, generation_time_requests = timed.generation_time_requests,
  timed_completion_tokens = timed.timed_completion_tokens
FROM (
  SELECT organization_id, date, model, endpoint_id, provider_name, sum(latency_ms) AS latency_ms,
    sum(latency_requests) AS latency_requests, sum(generation_time_ms) AS generation_time_ms,
    sum(generation_time_requests) AS generation_time_requests, sum(timed_completion_tokens) AS timed_completion_tokens
  FROM activity_by_workspace GROUP BY 1, 2, 3, 4, 5
) AS timed
WHERE activity_total.organization_id = timed.organization_id AND activity_total.date = timed.date
  AND activity_total.model = timed.model AND activity_total.endpoint_id = timed.endpoint_id
  AND activity_total.provider_name = timed.provider_name;

-- The width of the step that a latency is counted in: a 16th to a 32nd of it, from 16 ms on; below that each is told apart.
CREATE FUNCTION latency_step_ms(ms integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT 1 << greatest(0, floor(ln(greatest(ms, 1)::float8) / ln(2::float8))::integer - 4) $$;

-- How many requests of the whole organization took how long, by day, model and provider. `latency_ms` is where a step begins.
CREATE TABLE activity_latency (
  organization_id text NOT NULL REFERENCES organization (id),
  date date NOT NULL,
  model text NOT NULL,
  provider_name text NOT NULL,
  latency_ms integer NOT NULL,
  requests bigint NOT NULL,
  PRIMARY KEY (organization_id, date, model, provider_name, latency_ms)
);
INSERT INTO activity_latency (organization_id, date, model, provider_name, latency_ms, requests)
SELECT organization_id, (created_at AT TIME ZONE 'UTC')::date, model, provider_name,
  latency_ms - latency_ms % latency_step_ms(latency_ms), count(*)
FROM generation WHERE latency_ms IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
-- Of no workspace, so only for who sees all of them.
ALTER TABLE activity_latency ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON activity_latency TO switchyard_app
  USING (organization_id = app_organization() AND app_sees_workspace(NULL));

-- The value below which the fraction of all requests lies, of counts by step. Within a step requests count as spread evenly.
CREATE FUNCTION latency_percentile(fraction float8, steps integer[], counts bigint[]) RETURNS float8
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  whole bigint := (SELECT sum(n) FROM unnest(counts) AS n);
  place bigint := greatest(1, ceil(fraction * whole));
  before bigint := 0;
BEGIN
  FOR at IN 1 .. coalesce(array_length(steps, 1), 0) LOOP
    IF before + counts[at] >= place THEN
      RETURN steps[at] + (latency_step_ms(steps[at]) - 1) * ((place - before - 0.5)::float8 / counts[at]);
    END IF;
    before := before + counts[at];
  END LOOP;
  RETURN NULL;
END
$$;
