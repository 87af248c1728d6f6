import type { KeyType } from '../../../../src/contract/common/permissions.ts'
import type { KeyWire } from '../../../../src/contract/management/keys.ts'
import type { Tone } from '../../components/badge.tsx'

/** What a new key can be, in plain words. `full` is the standard key with every permission. */
export const KEY_CHOICES = [
  { id: 'standard', title: 'Standard', text: 'Calls models. What applications need.' },
  { id: 'scoped', title: 'Scoped', text: 'Calls only the models you name.' },
  { id: 'ephemeral', title: 'Ephemeral', text: 'Calls models for a short while, then ends by itself.' },
  { id: 'team', title: 'Team', text: 'Calls models for one member, under the limits of their role.' },
  { id: 'read_only', title: 'Read-only', text: 'Reads usage and logs. Calls no model.' },
  {
    id: 'full',
    title: 'Standard (full account access)',
    text: 'Does everything you may do, in every workspace. Treat it like your password.',
  },
] as const
export type KeyChoice = (typeof KEY_CHOICES)[number]['id']

const TITLES: Readonly<Record<KeyType, string>> = {
  standard: 'Standard',
  scoped: 'Scoped',
  team: 'Team',
  read_only: 'Read-only',
  ephemeral: 'Ephemeral',
  management: 'Management',
}

export function typeTitle({ type, permissions }: Pick<KeyWire, 'type' | 'permissions'>): string {
  return type === 'standard' && permissions.includes('*') ? 'Full access' : TITLES[type]
}

export interface KeyState {
  label: string
  tone: Tone
}

/** Whether the key works, and why not. */
export function keyState(
  key: Pick<KeyWire, 'disabled' | 'expires_at' | 'limit' | 'limit_remaining'>,
  nowMs: number,
): KeyState {
  if (key.disabled) return { label: 'Disabled', tone: 'plain' }
  if (key.expires_at !== null && Date.parse(key.expires_at) <= nowMs) return { label: 'Expired', tone: 'plain' }
  if (key.limit !== null && key.limit_remaining !== null && key.limit_remaining <= 0)
    return { label: 'Limit used up', tone: 'bad' }
  return { label: 'Active', tone: 'good' }
}

/** Whether keys of the choice call models, so that there is something to try. */
export function callsModels(choice: KeyChoice): boolean {
  return choice !== 'read_only'
}
