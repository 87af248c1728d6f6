import { type RawBuilder, sql } from 'kysely'
import { REQUEST_REGION } from '../domain/request-region.ts'

/**
 * A part of the statement that posts generations: of those that are new (`fresh`) and say so, a delivery for each destination of
 * their workspace that takes their region and key and samples their session. Sessions are in or out as a whole, and without one what the
 * caller makes one trace, at each destination by itself.
 */
export function queueForDestinations(rows: Buffer): RawBuilder<unknown> {
  return sql`queued AS (
      INSERT INTO broadcast_delivery (destination_id, generation_id, organization_id, workspace_id, started_at, ended_at,
        awaits_content, trace)
      SELECT destination.id, fresh.id, fresh.organization_id, fresh.workspace_id,
        to_timestamp((row.broadcast ->> 'at')::bigint / 1000.0),
        to_timestamp(((row.broadcast ->> 'at')::bigint + coalesce(fresh.generation_time_ms, 0)) / 1000.0),
        (row.broadcast ->> 'content')::boolean, row.broadcast -> 'trace'
      FROM jsonb_to_recordset(${rows}::text::jsonb) AS row (id text, broadcast jsonb) JOIN fresh USING (id)
        JOIN observability_destination AS destination ON destination.workspace_id = fresh.workspace_id
      WHERE row.broadcast IS NOT NULL AND destination.enabled AND destination.deleted_at IS NULL
        AND ${REQUEST_REGION} = ANY (destination.regions)
        AND (destination.api_key_hashes IS NULL
          OR (SELECT hash FROM api_key WHERE api_key.id = fresh.key_id) = ANY (destination.api_key_hashes))
        AND broadcast_share(destination.id, coalesce(fresh.session_id, nullif(row.broadcast -> 'trace' ->> 'trace_id', ''),
          fresh.id)) < destination.sampling_rate
      ON CONFLICT DO NOTHING
    ), `
}
