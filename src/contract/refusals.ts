import type { ErrorCode } from './common/errors.ts'
import type { Operation } from './operation.ts'

/** All that an operation may be refused with: what it declares, and what it needn't because its nature says so. */
export function refusalsOf({ errors, method, path, permission, reads }: Operation): ErrorCode[] {
  const isBehindKey = permission !== 'public'
  const takesBody = method !== 'GET' && method !== 'DELETE'
  const isFromMemory = reads === 'memory' && !isBehindKey
  const implied: ErrorCode[] = [
    // A field that it doesn't know.
    'invalid_request',
    ...(isBehindKey ? (['unauthorized', 'forbidden'] as const) : []),
    ...(path.includes('{') ? (['not_found'] as const) : []),
    ...(takesBody ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(isBehindKey ? (['rate_limited'] as const) : []),
    'internal',
    ...(isFromMemory ? [] : (['unavailable'] as const)),
  ]
  return [...new Set([...errors, ...implied])]
}
