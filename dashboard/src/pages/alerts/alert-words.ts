import type { AlertCondition, AlertKind, AlertRecipient } from '../../../../src/contract/management/alert-conditions.ts'

export const KIND_WORDS: Readonly<Record<AlertKind, string>> = {
  budget: 'A budget is being used up',
  key_limit: 'A limit of a key is being used up',
  pool: 'A pool of credits is being used up',
  low_balance: 'Few credits are left',
  key_expiry: 'A key expires soon',
  rejected_key: 'A key that no longer counts is used again and again',
  browser_use: 'A key is used from a web page',
  unpriced_model: 'A model without a price is asked for',
  spend_spike: 'A key spends far more than usual',
  new_network: 'A key is used from a new network',
  uncharged: 'A provider used more than was held',
  unconfirmed_lease: 'Money of a lost process waits for a decision',
}

export const RECIPIENT_WORDS: Readonly<Record<AlertRecipient, string>> = {
  organization_admins: 'Administrators of the organization',
  workspace_admins: 'Admins of the workspace',
  billing_managers: 'Billing managers',
  key_owner: 'The member whose key or limit it is',
}

interface ConditionField {
  name: string
  label: string
  hint?: string
  initial: string
  isList?: true
}

const THRESHOLDS: ConditionField = {
  name: 'thresholds',
  label: 'Told at, in percent',
  hint: 'One or more, with commas between them.',
  initial: '80, 100',
  isList: true,
}

/** What can be said of each kind; the others have nothing to say. */
export const CONDITION_FIELDS: Readonly<Partial<Record<AlertKind, readonly ConditionField[]>>> = {
  budget: [THRESHOLDS],
  key_limit: [THRESHOLDS],
  pool: [THRESHOLDS],
  low_balance: [{ name: 'below_usd', label: 'Told below, in dollars', initial: '100' }],
  key_expiry: [{ name: 'days', label: 'Told so many days before', initial: '7, 1', isList: true }],
  rejected_key: [{ name: 'count', label: 'Refused so often within an hour', initial: '10' }],
  spend_spike: [
    { name: 'factor', label: 'Times what it spends in a day', initial: '3' },
    { name: 'min_usd', label: 'And at least so many dollars', initial: '1' },
  ],
  new_network: [{ name: 'learning_days', label: 'Days after its first call in which all is known', initial: '1' }],
}

/** Out of what was typed; the server says what is wrong with it. */
export function toCondition(kind: AlertKind, typed: Readonly<Record<string, string>>): AlertCondition {
  const values = (CONDITION_FIELDS[kind] ?? []).map(({ name, initial, isList }) => {
    const text = typed[name] ?? initial
    return [name, isList === true ? text.split(',').map(Number) : Number(text)] as const
  })
  return { kind, ...Object.fromEntries(values) } as AlertCondition
}

/** `80, 100 %` and the like; empty where there is nothing to say. */
export function conditionDetails(condition: AlertCondition): string {
  return Object.entries(condition)
    .filter(([name]) => name !== 'kind')
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${Array.isArray(value) ? value.join(', ') : value}`)
    .join(' · ')
}
