import type { AlertCondition, AlertKind } from '../../../../src/contract/management/alert-conditions.ts'
import type { Choice } from '../../components/field.tsx'
import { linesOf } from '../../format/lines.ts'

interface ConditionField {
  name: string
  label: string
  hint?: string
  initial: string
  unit?: string
  /** Several numbers with commas between them. */
  isList?: true
  /** One of these words in place of a number. */
  choices?: readonly Choice[]
  bounds?: { min: number; max: number; step: number | 'any' }
}

const USD_MAX = 1_000_000_000
const THRESHOLDS: ConditionField = {
  name: 'thresholds',
  label: 'Told at, in percent',
  hint: 'Up to ten, from 1 to 100, with commas between them.',
  initial: '80, 100',
  isList: true,
}

/** What can be said of each kind; the others have nothing to say. */
export const CONDITION_FIELDS: Readonly<Partial<Record<AlertKind, readonly ConditionField[]>>> = {
  budget: [THRESHOLDS],
  key_limit: [THRESHOLDS],
  pool: [THRESHOLDS],
  low_balance: [
    {
      name: 'below_usd',
      label: 'Told below, in dollars',
      initial: '100',
      unit: '$',
      bounds: { min: 0.01, max: USD_MAX, step: 'any' },
    },
  ],
  key_expiry: [
    {
      name: 'days',
      label: 'Told so many days before',
      hint: 'Up to ten, from 1 to 90, with commas between them.',
      initial: '7, 1',
      isList: true,
    },
  ],
  rejected_key: [
    {
      name: 'count',
      label: 'Refused so often within an hour',
      initial: '10',
      bounds: { min: 1, max: 1_000_000, step: 1 },
    },
  ],
  spend_spike: [
    {
      name: 'factor',
      label: 'Times what it spends in a day',
      initial: '3',
      bounds: { min: 1.1, max: 1_000, step: 'any' },
    },
    {
      name: 'min_usd',
      label: 'And at least so many dollars',
      initial: '1',
      unit: '$',
      bounds: { min: 0, max: USD_MAX, step: 'any' },
    },
  ],
  new_network: [
    {
      name: 'by',
      label: 'What is new',
      hint: 'Countries are known where this installation has a file of them.',
      initial: 'network',
      choices: [
        { value: 'network', label: 'The network (/24, or /56 of IPv6)' },
        { value: 'country', label: 'The country' },
      ],
    },
    {
      name: 'learning_days',
      label: 'Days after its first call in which all is known',
      initial: '1',
      bounds: { min: 0, max: 90, step: 1 },
    },
  ],
}

/** What stands in the fields of a condition, as text. */
export function typedOf(condition: { kind: AlertKind }): Record<string, string> {
  const { kind: _kind, ...values } = condition
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  )
}

/** Out of what was typed; the server says what is wrong with it. */
export function toCondition(kind: AlertKind, typed: Readonly<Record<string, string>>): AlertCondition {
  const values = (CONDITION_FIELDS[kind] ?? []).map(({ name, initial, isList, choices }) => {
    const text = typed[name] ?? initial
    if (choices !== undefined) return [name, text] as const
    return [name, isList === true ? linesOf(text).map(Number) : Number(text)] as const
  })
  return { kind, ...Object.fromEntries(values) } as AlertCondition
}
