import type { DestinationWire } from '../../contract/management/destinations.ts'
import type { DestinationRow } from '../../store/queries/destinations.ts'
import { toIso } from '../../store/schema.ts'

export function destinationToWire(row: DestinationRow, delivery: DestinationWire['delivery']): DestinationWire {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    type: row.type,
    name: row.name,
    enabled: row.enabled,
    config: row.config,
    privacy_mode: row.privacy_mode,
    sampling_rate: row.sampling_rate,
    api_key_hashes: row.api_key_hashes,
    filter_rules: row.filter_rules,
    broadcast_generation_cost: row.broadcast_generation_cost,
    broadcast_generation_identity: row.broadcast_generation_identity,
    broadcast_generation_request_context: row.broadcast_generation_request_context,
    regions: row.regions as DestinationWire['regions'],
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
    delivery,
  }
}
