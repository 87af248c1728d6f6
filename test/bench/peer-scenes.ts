/** What a gateway makes of money and keys: each scene asks one that governs a key, before a provider that counts what it bills. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nano } from '../e2e/chat-client.ts'
import { pointsOf, wrongRefusals } from '../harness/refusal-judge.ts'
import type { RecordedRequest, ScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type GovernedSubject, PRICES_USD } from './peer-gateways.ts'
import { MODEL } from './subjects.ts'

/** One request as its caller saw it. Milliseconds of `performance.now()`. */
export interface Asked {
  marker: string
  sentAt: number
  endedAt: number
  end: 'whole' | 'refused' | 'failed'
  /** Of the answer. */
  id?: string
  text?: string
}

/** Money in nano-dollars. */
export interface BudgetRecord {
  budget: bigint
  /** What one request costs at most. */
  most: bigint
  asked: readonly Asked[]
  /** By the provider, for each marker. */
  billed: ReadonlyMap<string, bigint>
  /** Ids of whole answers that the gateway's log doesn't have. */
  missing: readonly string[]
}

export interface BudgetFigures {
  whole: number
  refused: number
  failed: number
  billed: bigint
  overspend: bigint
  /** Of the budget, when all was over. */
  left: bigint
  wrongRefusals: number
  lostRows: number
}

export const ANSWER = { chunks: 50, promptTokens: 60, delayMs: 40 }
const COST = priceOf({ promptTokens: ANSWER.promptTokens, completionTokens: ANSWER.chunks })
/** With a token for each byte of the body, for gateways that count them so before they know. */
const MOST = priceOf({ promptTokens: 500, completionTokens: ANSWER.chunks })
const REFUSALS_A_CLIENT = 5
const REFUSED_PAUSE_MS = 100
/** So long after its answer a request may still count as open: books are kept beside the answer. */
const BOOKED_MS = 500
/** So long a refusal may have been on its way. */
const REFUSAL_LAG_MS = 500
const SETTLE_MS = 3_000
const ROWS_TIMEOUT_MS = 30_000
const ASKERS = 8

/** So much that exactly this many requests fit, the last one too with the most that it may cost. */
export function budgetFor(requests: number): bigint {
  return BigInt(requests) * COST + MOST - COST
}

/** Clients ask all at once until each was refused some times; when all is booked, one asks for what is left. */
export async function playBudget(
  subject: GovernedSubject,
  upstream: ScriptedUpstream,
  { budget, clients }: { budget: bigint; clients: number },
): Promise<BudgetRecord> {
  const asked: Asked[] = []
  // More than twice the budget is no overspend but no budget.
  const asksMax = Math.ceil(Number((2n * budget) / COST)) + clients * REFUSALS_A_CLIENT
  const askUntilRefused = async (client: string) => {
    for (let refusals = 0; refusals < REFUSALS_A_CLIENT && asked.length < asksMax; ) {
      const one = await ask(subject, subject.key, `${client}.${asked.length}`)
      asked.push(one)
      if (one.end === 'whole') continue
      refusals += 1
      await sleep(REFUSED_PAUSE_MS)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => askUntilRefused(`c${client}`)))
  await sleep(SETTLE_MS)
  await askUntilRefused('rest')
  const ids = asked.flatMap(({ end, id = 'an answer without an id' }) => (end === 'whole' ? [id] : []))
  return { budget, most: MOST, asked, billed: billedBy(upstream.requests), missing: await missingOf(subject, ids) }
}

/** What is still missing when there was time to write it. */
async function missingOf({ missingRows }: GovernedSubject, ids: readonly string[]): Promise<string[]> {
  const deadline = performance.now() + ROWS_TIMEOUT_MS
  let missing = await missingRows(ids)
  while (missing.length > 0 && performance.now() < deadline) {
    await sleep(REFUSED_PAUSE_MS)
    missing = await missingRows(missing)
  }
  return missing
}

/**
 * A refusal is wrong when the money for the most that the request may cost was there all the time that the decision may have been
 * made, though each open request counts with the most that it may cost, and is open for a while after its answer.
 */
export function judgeBudget({ asked, billed, budget, missing, most }: BudgetRecord): BudgetFigures {
  const spans = asked.flatMap(({ marker, sentAt, endedAt }) => {
    const cost = billed.get(marker)
    if (cost === undefined) return []
    const booked = endedAt + BOOKED_MS
    return [
      { from: sentAt, until: booked, amount: most },
      { from: booked, until: Number.POSITIVE_INFINITY, amount: cost },
    ]
  })
  const refusals = asked.flatMap(({ end, endedAt, sentAt }) =>
    end === 'refused' ? [{ sentAt, endedAt, needed: most, lagMs: REFUSAL_LAG_MS }] : [],
  )
  const total = [...billed.values()].reduce((sum, cost) => sum + cost, 0n)
  const count = (end: Asked['end']) => asked.filter((one) => one.end === end).length
  return {
    whole: count('whole'),
    refused: refusals.length,
    failed: count('failed'),
    billed: total,
    overspend: total > budget ? total - budget : 0n,
    left: total > budget ? 0n : budget - total,
    wrongRefusals: wrongRefusals(refusals, { limit: budget, views: [pointsOf(spans)] }).length,
    lostRows: missing.length,
  }
}

/** Keys that are in use without a pause are revoked one after the other. Of each the milliseconds from the answer to the last request
 *  that was sent and accepted; 0 where none was after the answer. */
export async function playRevocations(subject: GovernedSubject, count: number): Promise<number[]> {
  const lateness: number[] = []
  for (let round = 0; round < count; round += 1) {
    const key = await subject.newKey()
    const first = await ask(subject, key, 'first')
    if (first.end !== 'whole') throw new Error(`a new key was refused: ${first.text}`)
    let answeredAt = Number.POSITIVE_INFINITY
    const lasts = Array.from({ length: ASKERS }, () => lastAccepted(subject, key, () => performance.now() > answeredAt))
    await sleep(2 * ANSWER.delayMs)
    await subject.revoke(key)
    answeredAt = performance.now()
    lateness.push(Math.max(0, Math.max(...(await Promise.all(lasts))) - answeredAt))
  }
  return lateness
}

/** When the last request was sent that was accepted; asks until some in a row, sent after the revocation, were not. */
async function lastAccepted(subject: GovernedSubject, key: string, isOver: () => boolean): Promise<number> {
  let last = Number.NEGATIVE_INFINITY
  for (let refusals = 0; refusals < REFUSALS_A_CLIENT; ) {
    const isCounted = isOver()
    const { end, sentAt } = await ask(subject, key, 'revoked')
    if (end === 'whole') {
      last = sentAt
      refusals = 0
    } else if (isCounted) refusals += 1
  }
  return last
}

async function ask({ isRefusal, url }: GovernedSubject, key: string, marker: string): Promise<Asked> {
  const messages = [{ role: 'user', content: marker }]
  const sentAt = performance.now()
  const end = (end: Asked['end'], rest: Partial<Asked> = {}) => ({
    marker,
    sentAt,
    endedAt: performance.now(),
    end,
    ...rest,
  })
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages, max_tokens: ANSWER.chunks }),
    })
    const text = await answer.text()
    if (answer.status === 200) return end('whole', { id: (JSON.parse(text) as { id: string }).id })
    return end(isRefusal(answer.status, text) ? 'refused' : 'failed', { text: `${answer.status} ${text}` })
  } catch (error) {
    return end('failed', { text: String(error) })
  }
}

function billedBy(requests: readonly RecordedRequest[]): Map<string, bigint> {
  const billed = new Map<string, bigint>()
  for (const { billed: tokens, body, path } of requests) {
    // What a gateway asks the provider beside its callers' requests is billed too, where it costs anything.
    const marker = (body as { messages?: { content: string }[] } | undefined)?.messages?.[0]?.content ?? path
    billed.set(marker, (billed.get(marker) ?? 0n) + priceOf(tokens))
  }
  return billed
}

function priceOf({ completionTokens, promptTokens }: RecordedRequest['billed']): bigint {
  return BigInt(promptTokens) * nano(PRICES_USD.prompt) + BigInt(completionTokens) * nano(PRICES_USD.completion)
}
