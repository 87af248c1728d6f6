/**
 * A server that speaks as much of Stripe's API as payments need, and signs events as Stripe does: with the official package's
 * own helper.
 */
import Stripe from 'stripe'
import { type Received, type Receiver, type Reply, startReceiver } from './secret-receivers/receiver.ts'

const STRIPE_SECRET_KEY = 'sk_test_scripted'
const STRIPE_WEBHOOK_SECRET = 'whsec_scripted'
/** A card that the bank refuses. */
export const DECLINED_CARD = 'pm_declined'

export interface ScriptedStripe {
  env: Readonly<Record<string, string>>
  receiver: Receiver
  /** The metadata of what was asked for last, which carries our ids. */
  metadata(): Record<string, string>
  /** Makes the payment of a page, which Stripe would tell of by an event. Returns its id. */
  pay(payment: { cents: number; metadata: Record<string, string>; currency?: string }): string
  /** The card that is left on a page. */
  leaveCard(card: string): string
}

interface Intent {
  id: string
  object: 'payment_intent'
  amount_received: number
  currency: string
  status: 'succeeded'
  metadata: Record<string, string>
}

export async function startScriptedStripe(): Promise<ScriptedStripe> {
  const intents = new Map<string, Intent>()
  const answers = new Map<string, Reply>()
  let last: Record<string, string> = {}
  const pay: ScriptedStripe['pay'] = ({ cents, currency = 'usd', metadata }) => {
    const id = `pi_${intents.size + 1}`
    intents.set(id, { id, object: 'payment_intent', amount_received: cents, currency, status: 'succeeded', metadata })
    return id
  }
  const create = (path: string, form: URLSearchParams): Reply => {
    last = Object.fromEntries(
      [...form].flatMap(([name, value]) => {
        const key = /^metadata\[(\w+)\]$/.exec(name)?.[1]
        return key === undefined ? [] : [[key, value]]
      }),
    )
    if (path === '/v1/checkout/sessions') return json({ id: 'cs_1', url: `https://pay.example.test/${answers.size}` })
    if (path.endsWith('/detach')) return json({ id: path.split('/')[3] })
    if (form.get('payment_method') === DECLINED_CARD)
      return json({ error: { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' } }, 402)
    return json(intents.get(pay({ cents: Number(form.get('amount')), metadata: last })))
  }
  const receiver = await startReceiver(({ body, headers, method, path }: Received) => {
    if (headers.authorization !== `Bearer ${STRIPE_SECRET_KEY}`) return json({ error: { message: 'no key' } }, 401)
    const [place = ''] = path.split('?')
    if (method === 'GET') return json(intents.get(place.split('/')[3] ?? '') ?? setUpIntent(place.split('/')[3] ?? ''))
    const idempotencyKey = String(headers['idempotency-key'] ?? path)
    const answer = answers.get(idempotencyKey) ?? create(place, new URLSearchParams(body))
    answers.set(idempotencyKey, answer)
    return answer
  })
  const env = { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_URL: receiver.url }
  return { env, receiver, pay, metadata: () => last, leaveCard: (card) => `seti_${card}` }
}

function setUpIntent(id: string) {
  const card = { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2030 }
  const method = { id: id.replace('seti_', ''), object: 'payment_method', card }
  return { id, object: 'setup_intent', customer: 'cus_1', payment_method: method }
}

function json(body: unknown, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

let events = 0

/** An event and its signature. `ageSeconds`: when it was signed. */
export function signedEvent(
  event: { type: string; object: object; id?: string },
  { ageSeconds = 0, secret = STRIPE_WEBHOOK_SECRET }: { ageSeconds?: number; secret?: string } = {},
): { body: string; signature: string } {
  events += 1
  const id = event.id ?? `evt_${events}`
  const body = JSON.stringify({ id, object: 'event', type: event.type, data: { object: event.object } })
  const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds
  const { webhooks } = new Stripe(STRIPE_SECRET_KEY)
  return { body, signature: webhooks.generateTestHeaderString({ payload: body, secret, timestamp }) }
}
