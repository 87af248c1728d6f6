import type { ModelEntry } from '../../../../src/contract/common/provider-schema.ts'
import type {
  CUSTOM_PROVIDER_OPERATIONS,
  CustomProviderWire,
} from '../../../../src/contract/management/custom-providers.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'
import { perMillion, perToken } from './token-price.ts'

type Create = RequestOf<typeof CUSTOM_PROVIDER_OPERATIONS.createCustomProvider>

/** A model as its row in the form; what the row has no field for stays in `rest`. */
export interface ModelRow {
  /** To tell rows apart while they are typed into. */
  key: number
  id: string
  upstreamId: string
  isFree: boolean
  /** Dollars for a million tokens. */
  input: string
  output: string
  context: string
  maxOutput: string
  rest: Partial<ModelEntry>
}

export interface ProviderDraft {
  slug: string
  name: string
  dialect: NonNullable<Create['dialect']>
  baseUrl: string
  /** Empty leaves the credential as it is. */
  apiKey: string
  dropsKey: boolean
  trains: boolean
  retains: boolean
  region: NonNullable<Create['data_region']>
  /** None for all. */
  workspaceIds: readonly string[]
  privacyUrl: string
  termsUrl: string
  statusUrl: string
  models: readonly ModelRow[]
  /** All models as JSON, in place of the rows. */
  json: string | undefined
}

export function newRow(key: number): ModelRow {
  return { key, id: '', upstreamId: '', isFree: false, input: '', output: '', context: '', maxOutput: '', rest: {} }
}

export function draftOf(wire: CustomProviderWire | undefined): ProviderDraft {
  return {
    slug: wire?.slug ?? '',
    name: wire?.name ?? '',
    dialect: wire?.dialect ?? 'openai-chat',
    baseUrl: wire?.base_url ?? '',
    apiKey: '',
    dropsKey: false,
    trains: wire?.data_policy.training ?? true,
    retains: wire?.data_policy.retains_prompts ?? true,
    region: wire?.data_region ?? 'global',
    workspaceIds: wire?.workspace_ids ?? [],
    privacyUrl: wire?.privacy_policy_url ?? '',
    termsUrl: wire?.terms_of_service_url ?? '',
    statusUrl: wire?.status_page_url ?? '',
    models: wire === undefined ? [newRow(0)] : wire.models.map(rowOf),
    json: undefined,
  }
}

export function rowOf(entry: ModelEntry, key: number): ModelRow {
  const { id, upstream_id, free, pricing, context_length, max_completion_tokens, ...rest } = entry
  const { prompt, completion, ...otherPrices } = pricing ?? {}
  return {
    key,
    id,
    upstreamId: upstream_id ?? '',
    isFree: free === true,
    input: prompt === undefined ? '' : perMillion(prompt),
    output: completion === undefined ? '' : perMillion(completion),
    context: String(context_length),
    maxOutput: max_completion_tokens == null ? '' : String(max_completion_tokens),
    rest: Object.keys(otherPrices).length === 0 ? rest : { ...rest, pricing: otherPrices },
  }
}

export function entryOf(row: ModelRow): ModelEntry {
  const { pricing: otherPrices, ...rest } = row.rest
  const prices = {
    ...(row.input === '' ? {} : { prompt: perToken(row.input) }),
    ...(row.output === '' ? {} : { completion: perToken(row.output) }),
    ...otherPrices,
  }
  return {
    ...rest,
    id: row.id.trim(),
    ...(row.upstreamId.trim() === '' ? {} : { upstream_id: row.upstreamId.trim() }),
    ...(row.isFree ? { free: true } : { pricing: prices }),
    context_length: Number(row.context),
    ...(row.maxOutput === '' ? {} : { max_completion_tokens: Number(row.maxOutput) }),
  }
}

/** What both creating and changing send. Throws SyntaxError where the models are no JSON. */
export function settingsOf(draft: ProviderDraft) {
  const textOrNull = (text: string) => (text.trim() === '' ? null : text.trim())
  return {
    ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
    base_url: draft.baseUrl.trim(),
    ...(draft.apiKey === '' ? {} : { api_key: draft.apiKey }),
    ...(draft.dropsKey ? { api_key: null } : {}),
    data_policy: { training: draft.trains, retains_prompts: draft.retains },
    data_region: draft.region,
    privacy_policy_url: textOrNull(draft.privacyUrl),
    terms_of_service_url: textOrNull(draft.termsUrl),
    status_page_url: textOrNull(draft.statusUrl),
    workspace_ids: draft.workspaceIds.length === 0 ? null : [...draft.workspaceIds],
    models: draft.json === undefined ? draft.models.map(entryOf) : (JSON.parse(draft.json) as ModelEntry[]),
  }
}
