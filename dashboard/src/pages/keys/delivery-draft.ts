import type { DeliverTarget } from '../../../../src/contract/management/key-delivery.ts'

type TargetType = DeliverTarget['type']

export const TARGET_TITLES: Readonly<Record<TargetType, string>> = {
  webhook: 'Webhook',
  vault_kv2: 'HashiCorp Vault',
  aws_secrets_manager: 'AWS Secrets Manager',
}

interface TargetField {
  name: string
  label: string
  hint?: string
  isSecret?: true
  isOptional?: true
}

/** What each kind of target asks for, by the names on the wire. */
export const TARGET_FIELDS: Readonly<Record<TargetType, readonly TargetField[]>> = {
  webhook: [
    { name: 'url', label: 'URL', hint: 'Gets the new key by POST.' },
    {
      name: 'signing_secret',
      label: 'Signing secret',
      hint: 'At least 16 characters; calls are signed with it.',
      isSecret: true,
      isOptional: true,
    },
  ],
  vault_kv2: [
    { name: 'address', label: 'Address', hint: 'As in VAULT_ADDR.' },
    { name: 'mount', label: 'Mount', hint: 'Of a KV engine, version 2.' },
    { name: 'path', label: 'Path' },
    { name: 'field', label: 'Field', hint: 'The others at the path stay as they are.' },
    { name: 'token', label: 'Token', isSecret: true },
    { name: 'namespace', label: 'Namespace', isOptional: true },
  ],
  aws_secrets_manager: [
    { name: 'region', label: 'Region', hint: 'Such as eu-central-1.' },
    { name: 'secret_id', label: 'Secret', hint: 'Name or ARN of one that exists.' },
    { name: 'access_key_id', label: 'Access key id' },
    { name: 'secret_access_key', label: 'Secret access key', isSecret: true },
    { name: 'session_token', label: 'Session token', isSecret: true, isOptional: true },
    { name: 'endpoint', label: 'Endpoint', hint: 'In place of that of the region.', isOptional: true },
  ],
}

/** Where a new secret goes: a new target of some kind, the one that is kept with the key, or nowhere. */
export type DeliveryChoice = '' | 'stored' | TargetType

export interface DeliveryDraft {
  choice: DeliveryChoice
  /** By the names on the wire. */
  fields: Readonly<Record<string, string>>
}

/** The target as the API takes it, without what was left out; undefined where none was written down. */
export function targetOf({ choice, fields }: DeliveryDraft): DeliverTarget | undefined {
  if (choice === '' || choice === 'stored') return undefined
  const entries = TARGET_FIELDS[choice].map(({ name }) => [name, (fields[name] ?? '').trim()] as const)
  // What the API doesn't take it refuses, naming the field.
  return { type: choice, ...Object.fromEntries(entries.filter(([, text]) => text !== '')) } as DeliverTarget
}
