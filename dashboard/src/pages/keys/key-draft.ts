import type { createKeys, KeyWire, updateKeys } from '../../../../src/contract/management/keys.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'
import { linesOf } from '../../format/lines.ts'
import type { KeyChoice } from './key-types.ts'

/** What is typed into the form of a new key. */
export interface KeyDraft {
  name: string
  choice: KeyChoice
  /** One pattern a line. */
  models: string
  limit: string
  reset: '' | 'daily' | 'weekly' | 'monthly'
  /** `hours` from now; none for never. */
  hours: string
  /** One network a line. */
  ips: string
  projectId: string
}

export const NEW_DRAFT: KeyDraft = {
  name: '',
  choice: 'standard',
  models: '',
  limit: '',
  reset: 'monthly',
  hours: '',
  ips: '',
  projectId: '',
}

const EPHEMERAL_HOURS = 24
const HOUR_SECONDS = 3_600

export function toRequest(draft: KeyDraft, workspaceId: string): RequestOf<typeof createKeys> {
  const { name, choice, limit, reset, projectId } = draft
  const hours = draft.hours === '' && choice === 'ephemeral' ? EPHEMERAL_HOURS : Number(draft.hours)
  const models = linesOf(draft.models)
  const ips = linesOf(draft.ips)
  return {
    name: name.trim(),
    workspace_id: workspaceId,
    ...(choice === 'full' ? { type: 'standard' as const, permissions: ['*'] } : { type: choice }),
    ...(choice === 'scoped' && models.length > 0 ? { allowed_models: models } : {}),
    ...(limit === '' ? {} : { limit: Number(limit), limit_reset: reset === '' ? null : reset }),
    ...(hours > 0 ? { ttl_seconds: Math.round(hours * HOUR_SECONDS) } : {}),
    ...(ips.length > 0 ? { allowed_ips: ips } : {}),
    ...(projectId === '' ? {} : { project_id: projectId }),
  }
}

/** What is typed into the form of a key that there is; an empty text takes a restriction away. */
export interface KeyChanges extends Pick<KeyDraft, 'name' | 'limit' | 'reset' | 'models' | 'ips'> {
  countsByok: boolean
  rate: string
  concurrency: string
}

export function keyChangesOf(wire: KeyWire): KeyChanges {
  const { name, limit, limit_reset, include_byok_in_limit, allowed_models, allowed_ips } = wire
  const figure = (value: number | null) => (value === null ? '' : String(value))
  return {
    name,
    limit: figure(limit),
    reset: (limit_reset ?? '') as KeyChanges['reset'],
    countsByok: include_byok_in_limit,
    rate: figure(wire.rate_limit_rpm),
    concurrency: figure(wire.concurrency_limit),
    models: (allowed_models ?? []).join('\n'),
    ips: (allowed_ips ?? []).join('\n'),
  }
}

export function changesOf(draft: KeyChanges): Omit<RequestOf<typeof updateKeys>, 'hash'> {
  const { name, limit, reset, rate, concurrency } = draft
  const listOrNull = (text: string) => (linesOf(text).length === 0 ? null : linesOf(text))
  return {
    name: name.trim(),
    limit: limit === '' ? null : Number(limit),
    limit_reset: limit === '' || reset === '' ? null : reset,
    include_byok_in_limit: draft.countsByok,
    rate_limit_rpm: rate === '' ? null : Number(rate),
    concurrency_limit: concurrency === '' ? null : Number(concurrency),
    allowed_models: listOrNull(draft.models),
    allowed_ips: listOrNull(draft.ips),
  }
}
