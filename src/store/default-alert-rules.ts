import { AlertCondition, type AlertRecipient } from '../contract/management/alert-conditions.ts'
import { newUuid } from '../platform/ids.ts'
import { type Tx, toIso } from './schema.ts'

interface DefaultRule {
  name: string
  condition: { kind: AlertCondition['kind'] }
  recipients: AlertRecipient[]
}

const PAYERS: AlertRecipient[] = ['organization_admins', 'workspace_admins', 'billing_managers']
const KEEPERS: AlertRecipient[] = ['workspace_admins', 'key_owner']

/** What each organization is told of unless it changes that, about all of its workspaces. Networks are left out: agents in the
 *  cloud have many. Limits and ends of keys are their owners' affair, of whom there may be thousands. */
const DEFAULT_RULES: readonly DefaultRule[] = [
  { name: 'Budgets', condition: { kind: 'budget' }, recipients: [...PAYERS, 'key_owner'] },
  { name: 'Pools of credits', condition: { kind: 'pool' }, recipients: PAYERS },
  { name: 'Low balances', condition: { kind: 'low_balance' }, recipients: PAYERS },
  { name: 'Limits of keys', condition: { kind: 'key_limit' }, recipients: ['key_owner'] },
  { name: 'Ends of keys', condition: { kind: 'key_expiry' }, recipients: ['key_owner'] },
  { name: 'Dead keys in use', condition: { kind: 'rejected_key' }, recipients: KEEPERS },
  { name: 'Keys in web pages', condition: { kind: 'browser_use' }, recipients: KEEPERS },
  { name: 'Spikes of spending', condition: { kind: 'spend_spike' }, recipients: KEEPERS },
  { name: 'Models without a price', condition: { kind: 'unpriced_model' }, recipients: ['organization_admins'] },
  { name: 'What went uncharged', condition: { kind: 'uncharged' }, recipients: ['organization_admins'] },
  { name: 'Money of lost processes', condition: { kind: 'unconfirmed_lease' }, recipients: ['organization_admins'] },
]

/** Gives the rules to every organization that was never given them. */
export async function ensureAlertRules(tx: Tx, now: number): Promise<void> {
  const organizations = await tx
    .updateTable('organization')
    .set({ has_alert_rules: true })
    .where('has_alert_rules', '=', false)
    .returning('id')
    .execute()
  const at = toIso(now)
  const rows = organizations.flatMap(({ id: organization_id }) =>
    DEFAULT_RULES.map(({ condition, name, recipients }) => ({
      id: newUuid(),
      organization_id,
      workspace_id: null,
      user_id: null,
      name,
      enabled: true,
      condition: JSON.stringify(AlertCondition.parse(condition)),
      recipients,
      channel_ids: [],
      created_at: at,
      created_by: null,
      updated_at: at,
    })),
  )
  if (rows.length > 0) await tx.insertInto('alert_rule').values(rows).execute()
}
