import type { JSONColumnType } from 'kysely'
import type { BucketCounts } from '../../domain/endpoint-trials.ts'
import type { Instant } from './column-types.ts'

interface EndpointHealthTable {
  minute: Instant
  endpoint_id: string
  process_id: string
  succeeded: number
  faults: number
  tool_requests: number
  tool_faults: number
  latency: JSONColumnType<BucketCounts>
  throughput: JSONColumnType<BucketCounts>
}

export interface EndpointHealthTables {
  endpoint_health: EndpointHealthTable
}
