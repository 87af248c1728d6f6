import type { DestinationType } from '../../../../src/contract/management/destination-types.ts'
import type { DestinationWire } from '../../../../src/contract/management/destinations.ts'
import { configFields } from './destination-fields.ts'

/** What is typed into the form of a destination. */
export interface DestinationDraft {
  type: DestinationType
  name: string
  /** By name of the field. */
  config: Readonly<Record<string, string>>
  /** `Name: value`, one a line. */
  headers: string
  isPrivate: boolean
  /** Of a hundred requests. */
  percent: string
  /** None for all. */
  keyHashes: readonly string[]
  tellsCost: boolean
  tellsIdentity: boolean
  tellsContext: boolean
}

const NOTHING_SAID = {
  name: '',
  config: {},
  headers: '',
  isPrivate: false,
  percent: '100',
  keyHashes: [],
  tellsCost: false,
  tellsIdentity: false,
  tellsContext: false,
}

export function newDraft(type: DestinationType): DestinationDraft {
  return { ...NOTHING_SAID, type }
}

/** Secrets come masked; they stay empty in the form and, left so, as they are. */
export function draftOf(wire: DestinationWire): DestinationDraft {
  const shown = configFields(wire.type).filter(({ isSecret }) => !isSecret)
  return {
    type: wire.type,
    name: wire.name,
    config: Object.fromEntries(shown.map(({ name }) => [name, textOf(wire.config[name])])),
    headers: headerText(wire),
    isPrivate: wire.privacy_mode,
    percent: String(Math.round(wire.sampling_rate * 10_000) / 100),
    keyHashes: wire.api_key_hashes ?? [],
    tellsCost: wire.broadcast_generation_cost,
    tellsIdentity: wire.broadcast_generation_identity,
    tellsContext: wire.broadcast_generation_request_context,
  }
}

/** What both a new destination and a changed one are told. */
export function settingsOf(draft: DestinationDraft, before?: DestinationWire) {
  return {
    name: draft.name.trim(),
    config: configOf(draft, before),
    privacy_mode: draft.isPrivate,
    sampling_rate: Number(draft.percent) / 100,
    api_key_hashes: draft.keyHashes.length === 0 ? null : [...draft.keyHashes],
    broadcast_generation_cost: draft.tellsCost,
    broadcast_generation_identity: draft.tellsIdentity,
    broadcast_generation_request_context: draft.tellsContext,
  }
}

/** Fields that are empty are left out; of one there is, what was emptied is taken away where it may be. */
function configOf({ type, config, headers }: DestinationDraft, before?: DestinationWire): Record<string, unknown> {
  const said: Record<string, unknown> = {}
  for (const { name, isSecret } of configFields(type)) {
    const text = (config[name] ?? '').trim()
    if (text !== '') said[name] = text
    else if (!isSecret && before?.config[name] !== undefined) said[name] = null
  }
  if (before !== undefined && headers === headerText(before)) return said
  const named = headersOf(headers)
  if (named !== undefined) said['headers'] = named
  else if (before?.config['headers'] !== undefined) said['headers'] = null
  return said
}

function headersOf(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) return undefined
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':')
      return [name.trim(), value.join(':').trim()]
    }),
  )
}

function headerText({ config }: DestinationWire): string {
  const { headers } = config
  if (typeof headers !== 'object' || headers === null) return ''
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
