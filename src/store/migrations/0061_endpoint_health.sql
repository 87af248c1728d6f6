-- How endpoints fared, by the minute, as each process saw it: so that processes know of each other's attempts, and the next
-- one of those before it. Endpoints are of the installation, or known by an id that only their organization's catalogue has.
CREATE TABLE endpoint_health (
  minute timestamptz NOT NULL,
  endpoint_id uuid NOT NULL,
  process_id uuid NOT NULL,
  succeeded integer NOT NULL CHECK (succeeded >= 0),
  faults integer NOT NULL CHECK (faults >= 0),
  tool_requests integer NOT NULL CHECK (tool_requests >= 0),
  tool_faults integer NOT NULL CHECK (tool_faults BETWEEN 0 AND tool_requests),
  -- Counts by bucket of a histogram: milliseconds to the first content, tokens per second.
  latency jsonb NOT NULL,
  throughput jsonb NOT NULL,
  PRIMARY KEY (minute, endpoint_id, process_id)
);
