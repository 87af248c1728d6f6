import type { ExplanationWire } from '../../../../src/contract/inference/explanations.ts'
import { formatMoney } from '../../format/money.ts'
import { formatResetInstant, resetInstant } from '../../format/time.ts'
import type { Failure } from './conversation.ts'

export type Why = Pick<ExplanationWire, 'decided_by' | 'limit' | 'guardrail_findings'>
type Decider = Why['decided_by']
type LimitMet = NonNullable<Why['limit']>

export interface Advice {
  /** What stands in the way. */
  title: string
  /** What to do next. */
  next: string
  /** Where it can be done: a page of the workspace, one of the organization, or here. */
  way?: 'budgets' | 'guardrails' | 'credits' | 'new-session'
}

/** What a refusal means for whoever wrote the message. `why` is what the gateway recorded, once that is known. */
export function adviceOf(failure: Failure, why: Why | undefined, admins: string, now: number): Advice {
  const decider = why?.decided_by ?? deciderOf(failure.status)
  if (decider === 'limit') return limitAdvice(why?.limit ?? null, admins, now)
  if (decider === 'content_filter') return filterAdvice(why?.guardrail_findings ?? [], admins)
  return PLAIN[decider]?.(admins) ?? OTHER
}

const OTHER: Advice = {
  title: 'The request was refused.',
  next: 'The message below says why. Change the request and send it again.',
}

const PLAIN: Partial<Readonly<Record<Decider, (admins: string) => Advice>>> = {
  guardrail: (admins) => ({
    title: 'A guardrail does not allow this model here.',
    next: `Choose another model, or ask ${admins} to change the guardrail.`,
    way: 'guardrails',
  }),
  preferences: () => ({
    title: 'No provider of this model fits the routing options.',
    next: 'Loosen the routing options at the side, or choose another model.',
  }),
  guardrail_and_preferences: (admins) => ({
    title: 'Guardrails and your routing options together leave no provider.',
    next: `Loosen the routing options or choose another model. ${capital(admins)} can change the guardrail.`,
    way: 'guardrails',
  }),
  rate: () => ({ title: 'Too many requests in a short time.', next: 'Wait a minute, then try again.' }),
  access: (admins) => ({
    title: 'This session may not call models now.',
    next: `Start a new session. If that is refused, too, ask ${admins}.`,
    way: 'new-session',
  }),
  request: () => ({
    title: 'The request can not be carried out as it is.',
    next: 'The message below names what is wrong. Change that, or choose another model.',
  }),
  provider: () => ({ title: 'The provider failed.', next: 'Try again, or choose another model.' }),
  service: () => ({ title: 'Switchyard could not take it at this moment.', next: 'Try again in a few seconds.' }),
}

function deciderOf(status: number): Decider {
  if (status === 402) return 'limit'
  if (status === 401) return 'access'
  if (status === 429) return 'rate'
  if (status === 503) return 'service'
  if (status === 0 || status >= 500) return 'provider'
  return status === 403 ? 'plan' : 'request'
}

function limitAdvice(limit: LimitMet | null, admins: string, now: number): Advice {
  if (limit === null)
    return { title: 'A spending limit leaves too little for this.', next: `Lower “Max tokens”, or ask ${admins}.` }
  switch (limit.scope) {
    case 'credits':
      return {
        title: 'The credits of the organization are used up.',
        next: 'Add credits, or ask an administrator of the organization to.',
        way: 'credits',
      }
    case 'workspace_pool':
      return {
        title: 'The credits of this workspace are used up.',
        next: `Transfer more to its pool, or ask ${admins} to.`,
        way: 'credits',
      }
    case 'key':
      return {
        title: `This session has spent its limit${amountOf(limit)}.`,
        next: 'Start a new session, or lower “Max tokens”.',
        way: 'new-session',
      }
    default:
      return {
        title: `${capital(nameOf(limit))}${amountOf(limit)} leaves too little for this.${resetOf(limit, now)}`,
        next: `${shorterOf(limit)}Ask ${admins} to raise it.`,
        way: limit.scope === 'guardrail' ? 'guardrails' : 'budgets',
      }
  }
}

const OWNERS: Partial<Readonly<Record<LimitMet['scope'], string>>> = {
  workspace: 'budget of this workspace',
  member: 'budget that you have',
  project: 'budget of the project',
}

function nameOf({ scope, interval, name }: LimitMet): string {
  if (scope === 'guardrail') return `the ${interval} limit of the guardrail “${name ?? ''}”`
  return `the ${interval} ${OWNERS[scope] ?? 'limit'}`
}

function amountOf({ limit_usd }: LimitMet): string {
  return limit_usd === null ? '' : ` of ${formatMoney(limit_usd)}`
}

function resetOf({ interval }: LimitMet, now: number): string {
  const at = interval === 'lifetime' ? undefined : resetInstant(interval, now)
  return at === undefined ? '' : ` It resets on ${formatResetInstant(at)}.`
}

function shorterOf({ affordable_tokens: tokens }: LimitMet): string {
  return tokens === null || tokens < 1 ? '' : `An answer of at most ${tokens} tokens would still fit. `
}

function filterAdvice(findings: Why['guardrail_findings'], admins: string): Advice {
  const found = findings.filter(({ action }) => action === 'block').map(({ label, filter }) => label ?? filter)
  const what = found.length === 0 ? '' : `: ${[...new Set(found)].join(', ')}`
  return {
    title: `A content filter blocked your message${what}.`,
    next: `Take that out and send it again. If it should be allowed, ask ${admins} to change the guardrail.`,
    way: 'guardrails',
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
