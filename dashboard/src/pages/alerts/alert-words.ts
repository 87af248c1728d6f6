import type { AlertKind, AlertRecipient } from '../../../../src/contract/management/alert-conditions.ts'
import { formatMoney } from '../../format/money.ts'

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

/** What each kind watches, in a sentence. */
export const KIND_MEANINGS: Readonly<Record<AlertKind, string>> = {
  budget: 'Budgets of workspaces, projects and guardrails, and the spending limits of members.',
  key_limit: 'Limits of keys.',
  pool: 'How much of all that was ever put into a pool of credits is used.',
  low_balance: 'What a pool of credits holds. Told again only after it has held a tenth more than that.',
  key_expiry: 'Keys that are about to end, unless they were made for less time than that.',
  rejected_key: 'Keys that are disabled, expired or deleted, and replaced secrets, that somebody still presents.',
  browser_use:
    "Keys that were sent by a page which their workspace's settings don't name. Others may have seen the key.",
  unpriced_model: "Keys that ask for a model which isn't in the catalogue, and so has no price.",
  spend_spike: 'Keys that have spent far more today than they do in a day, of the 14 days before.',
  new_network: "Keys that call from where they haven't called before.",
  uncharged: 'Workspaces whose providers used more than was held for a request, which nobody is charged for.',
  unconfirmed_lease: 'Money of processes that were lost, which counts as spent until somebody decides.',
}

export const RECIPIENT_WORDS: Readonly<Record<AlertRecipient, string>> = {
  organization_admins: 'Administrators of the organization',
  workspace_admins: 'Admins of the workspace',
  billing_managers: 'Billing managers',
  key_owner: 'The member whose key or limit it is',
}

const DETAILS: Readonly<Record<string, (value: string) => string>> = {
  thresholds: (percents) => `at ${percents} %`,
  below_usd: (usd) => `below ${formatMoney(Number(usd))}`,
  days: (days) => `${days} days before`,
  count: (count) => `${count} times within an hour`,
  factor: (factor) => `${factor} times the usual`,
  min_usd: (usd) => `at least ${formatMoney(Number(usd))}`,
  by: (by) => `by ${by}`,
  learning_days: (days) => `${days} days to learn`,
}

/** `at 80, 100 %` and the like; empty where there is nothing to say. */
export function conditionDetails(condition: { kind: AlertKind }): string {
  return Object.entries(condition)
    .filter(([name]) => name !== 'kind')
    .map(([name, value]) => DETAILS[name]?.(Array.isArray(value) ? value.join(', ') : String(value)))
    .join(' · ')
}
