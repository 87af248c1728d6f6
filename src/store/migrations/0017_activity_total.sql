-- The activity of the whole organization by day, model and endpoint, so that asking about all of it doesn't add up every key's.
CREATE TABLE activity_total (
  organization_id text NOT NULL REFERENCES organization (id),
  date date NOT NULL,
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
  PRIMARY KEY (organization_id, date, model, endpoint_id, provider_name)
);
INSERT INTO activity_total (organization_id, date, model, endpoint_id, provider_name, usage_nano, byok_usage_nano, requests,
  failed_requests, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens)
SELECT organization_id, date, model, endpoint_id, provider_name, sum(usage_nano), sum(byok_usage_nano), sum(requests),
  sum(failed_requests), sum(prompt_tokens), sum(completion_tokens), sum(reasoning_tokens), sum(cached_tokens)
FROM activity GROUP BY organization_id, date, model, endpoint_id, provider_name;

-- Of no workspace, so only for who sees all of them.
ALTER TABLE activity_total ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON activity_total TO switchyard_app
  USING (organization_id = app_organization() AND app_sees_workspace(NULL));
