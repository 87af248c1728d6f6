import { ALERT_CHANNEL_OPERATIONS, type AlertChannelWire } from '../../src/contract/management/alert-channels.ts'
import { ALERT_OPERATIONS, type AlertRuleWire, type AlertWire } from '../../src/contract/management/alerts.ts'
import { BUDGET_OPERATIONS } from '../../src/contract/management/budgets.ts'
import type { RequestOf } from '../../src/contract/operation.ts'
import { eventually, newKey, newWorkspace, spend } from './fixtures.ts'
import { call, gateway } from './request.ts'

export const RULES = '/api/v1/alert-rules'
export const CHANNELS = '/api/v1/alert-channels'
export const ALERTS = '/api/v1/alerts'
export const {
  acknowledgeAlert,
  createAlertRule,
  deleteAlertRule,
  getAlertRule,
  listAlertRules,
  listAlerts,
  testAlertRule,
  updateAlertRule,
} = ALERT_OPERATIONS
export const {
  createAlertChannel,
  deleteAlertChannel,
  getAlertChannel,
  listAlertChannels,
  testAlertChannel,
  updateAlertChannel,
} = ALERT_CHANNEL_OPERATIONS

export const BUDGET = { kind: 'budget' as const, thresholds: [80, 100] }
export const SLACK = { type: 'slack', url: 'https://hooks.example.test/services/T0/B0/secret-of-slack' } as const
export const WEBHOOK = {
  type: 'webhook',
  url: 'https://alerts.example.test/in?code=secret-of-webhook',
  signing_secret: 'signing-secret-of-a-webhook',
} as const

export async function newRule(fields: Partial<RequestOf<typeof createAlertRule>> = {}): Promise<AlertRuleWire> {
  return (await call(createAlertRule, { name: 'rule', condition: BUDGET, ...fields })).data
}

export async function newChannel(
  fields: Partial<RequestOf<typeof createAlertChannel>> = {},
): Promise<AlertChannelWire> {
  return (await call(createAlertChannel, { name: 'channel', target: SLACK, ...fields })).data
}

/** A workspace whose budget is used up, and the alert about it. */
export async function newAlert(): Promise<{ alert: AlertWire; rule: AlertRuleWire; workspaceId: string }> {
  const { id } = await newWorkspace({ name: 'Spendthrift' })
  const rule = await newRule({ workspace_id: id, condition: { kind: 'budget', thresholds: [100] } })
  const { key } = await newKey({ workspace_id: id })
  const { cost: limit_usd } = await spend(key)
  await call(BUDGET_OPERATIONS.upsertWorkspaceBudget, { id, interval: 'monthly', limit_usd })
  return { alert: await nextAlert(id, rule.id), rule, workspaceId: id }
}

/** The alert that a rule raises about a workspace, once somebody has looked. */
async function nextAlert(workspace_id: string, ruleId: string): Promise<AlertWire> {
  for (let round = 0; round < 6; round += 1) {
    const ofRule = async () => (await call(listAlerts, { workspace_id })).data.find(({ rule_id }) => rule_id === ruleId)
    const alert = await eventually(ofRule, (found) => found !== undefined)
    if (alert !== undefined) return alert
  }
  throw new Error(`no alert about ${workspace_id}`)
}

/** A developer of the team's workspace, who may have alerts of their own there. */
export const asDeveloper = () => ({ cookie: gateway.sessions.developer.cookie })
