import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { DECLINED_CARD, type ScriptedStripe, signedEvent, startScriptedStripe } from '../harness/scripted-stripe.ts'

/*
 * Payments by card against a server that speaks Stripe's API: the official package on our side, and its signatures.
 */

/** The outbox is looked at once a second. */
const WAIT = { timeout: 10_000 }

interface Purchase {
  id: string
  status: string
  checkout_url: string | null
  failure: string | null
  refunded_usd: number
}
interface Method {
  id: string
  status: string
  setup_url: string | null
  card: object | null
}

let stripe: ScriptedStripe
let gateway: Gateway

beforeAll(async () => {
  stripe = await startScriptedStripe()
  gateway = await startGateway({
    env: { ...stripe.env, SWITCHYARD_SIM: 'on', SWITCHYARD_BILLING: 'prepaid', SWITCHYARD_INITIAL_CREDITS_USD: '0' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  await stripe?.receiver[Symbol.asyncDispose]()
})

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await gateway.call(method, `/api/v1/${path}`, body === undefined ? {} : { body })
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${JSON.stringify(answer.body)}`)
  return (answer.body as { data: T }).data
}

const purchaseOf = (id: string) => ask<Purchase>('GET', `credits/purchases/${id}`)
const methodOf = (id: string) => ask<Method>('GET', `credits/payment-methods/${id}`)
const credits = async () => (await ask<{ total_credits: number }>('GET', 'credits')).total_credits

/** Sends what Stripe would. Returns the status of the answer. */
async function tell(event: { type: string; object: object; id?: string }, how = {}): Promise<number> {
  const { body, signature } = signedEvent(event, how)
  return await post(body, { 'stripe-signature': signature })
}

async function post(body: string, headers: Record<string, string>): Promise<number> {
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }
  return (await fetch(`${gateway.url}/webhooks/stripe`, init)).status
}

/** A purchase whose page is open, and its metadata at Stripe. */
async function newPurchase(usd: number, fields: object = {}) {
  const made = await ask<Purchase>('POST', 'credits/purchases', {
    amount_usd: usd,
    provider: 'stripe',
    payment_method_id: null,
    ...fields,
  })
  expect(made).toMatchObject({ status: 'pending', provider: 'stripe', checkout_url: null, payment_reference: null })
  await expect
    .poll(async () => (await purchaseOf(made.id)).checkout_url, WAIT)
    .toMatch(/^https:\/\/pay\.example\.test\//)
  return { id: made.id, metadata: stripe.metadata() }
}

function completed(cents: number, metadata: object, payment: string, currency = 'usd') {
  const object = {
    mode: 'payment',
    payment_status: 'paid',
    amount_total: cents,
    currency,
    metadata,
    payment_intent: payment,
  }
  return { type: 'checkout.session.completed', object }
}

async function newPaidPurchase(usd: number): Promise<{ id: string; payment: string }> {
  const { id, metadata } = await newPurchase(usd)
  const cents = usd * 100
  const payment = stripe.pay({ cents, metadata })
  await tell(completed(cents, metadata, payment))
  return { id, payment }
}

async function newCard(card: string): Promise<Method> {
  const { id } = await ask<Method>('POST', 'credits/payment-methods', { provider: 'stripe', name: 'Card' })
  await expect.poll(async () => (await methodOf(id)).setup_url, WAIT).toMatch(/^https:\/\/pay/)
  const object = { mode: 'setup', metadata: stripe.metadata(), setup_intent: stripe.leaveCard(card) }
  expect(await tell({ type: 'checkout.session.completed', object })).toBe(200)
  return await methodOf(id)
}

describe('a purchase', () => {
  test('is credited once, whichever of the events about its payment comes first and however often', async () => {
    const before = await credits()
    const { id, metadata } = await newPurchase(25)
    const payment = stripe.pay({ cents: 2_500, metadata })
    const session = { ...completed(2_500, metadata, payment), id: 'evt_same' }
    const intent = { id: payment, amount_received: 2_500, currency: 'usd', metadata }
    const statuses = await Promise.all([
      tell({ type: 'payment_intent.succeeded', object: intent }),
      tell(session),
      tell(session),
      tell({ type: 'payment_intent.succeeded', object: intent }),
    ])
    expect(statuses).toEqual([200, 200, 200, 200])
    expect(await purchaseOf(id)).toMatchObject({ status: 'completed', checkout_url: null, failure: null })
    expect(await credits()).toBe(before + 25)
    const confirmed = await gateway.call('POST', `/api/v1/credits/purchases/${id}/confirm`)
    expect(confirmed.status).toBe(409)
  })

  test('lets requests pass from the moment it is paid', async () => {
    const key = await gateway.createKey()
    const body = { model: 'sim/lorem', max_tokens: 5, messages: [{ role: 'user', content: 'Hello' }] }
    await newPaidPurchase(1)
    expect((await gateway.call('POST', '/api/v1/chat/completions', { key, body })).status).toBe(200)
  })

  test.each([
    ['another amount', 2_499, 'usd', '24.99 USD'],
    ['another currency', 2_500, 'eur', '25 EUR'],
  ])('for which %s was paid is not credited, and says so', async (_name, cents, currency, told) => {
    const before = await credits()
    const { id, metadata } = await newPurchase(25)
    await tell(completed(cents, metadata, stripe.pay({ cents, currency, metadata }), currency))
    expect(await purchaseOf(id)).toMatchObject({ status: 'failed', failure: expect.stringContaining(told) })
    expect(await credits()).toBe(before)
  })

  test('whose page expired has failed, and is credited if it was paid after all', async () => {
    const { id, metadata } = await newPurchase(5)
    await tell({ type: 'checkout.session.expired', object: { metadata } })
    expect(await purchaseOf(id)).toMatchObject({ status: 'failed', failure: expect.stringContaining('expired') })
    await tell(completed(500, metadata, stripe.pay({ cents: 500, metadata })))
    expect(await purchaseOf(id)).toMatchObject({ status: 'completed', failure: null })
  })

  test('that was charged with nobody there has failed when Stripe says so later, in its words', async () => {
    const { id, metadata } = await newPurchase(5)
    const last_payment_error = { message: 'Your bank said no.' }
    await tell({ type: 'payment_intent.payment_failed', object: { id: 'pi_page', metadata, last_payment_error } })
    expect((await purchaseOf(id)).status).toBe('pending')
    const object = { id: 'pi_late', metadata: { ...metadata, charged_card: 'yes' }, last_payment_error }
    await tell({ type: 'payment_intent.payment_failed', object })
    expect(await purchaseOf(id)).toMatchObject({ status: 'failed', failure: 'Your bank said no.' })
  })

  test('whose payment was cancelled has failed, and one that was paid before stays paid', async () => {
    const { id, metadata } = await newPurchase(5)
    await tell({ type: 'payment_intent.canceled', object: { id: 'pi_off', metadata } })
    expect(await purchaseOf(id)).toMatchObject({ status: 'failed', failure: expect.stringContaining('cancelled') })
    await tell(completed(500, metadata, stripe.pay({ cents: 500, metadata })))
    await tell({ type: 'payment_intent.canceled', object: { id: 'pi_off', metadata } })
    expect(await purchaseOf(id)).toMatchObject({ status: 'completed', failure: null })
  })

  test.each([0.49, 10.001])('of $%s is refused, because no card pays it', async (amount_usd) => {
    const answer = await gateway.call('POST', '/api/v1/credits/purchases', { body: { amount_usd, provider: 'stripe' } })
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining('amount_usd')])
  })

  test('goes on where it was when Stripe did not answer', async () => {
    stripe.receiver.faults.push(500, 'dies-after')
    await newPurchase(7)
  })
})

describe('what is taken back', () => {
  test('leaves once for each refund, also one told before the payment, and comes again when the refund fails', async () => {
    const before = await credits()
    const { id, metadata } = await newPurchase(10)
    const payment = stripe.pay({ cents: 1_000, metadata })
    const refund = (name: string, amount: number, status: string) => ({
      type: status === 'failed' ? 'refund.failed' : 'refund.updated',
      object: { id: name, amount, status, payment_intent: payment },
    })
    await tell(refund('re_first', 300, 'pending'))
    expect(await purchaseOf(id)).toMatchObject({ status: 'completed', refunded_usd: 3 })
    await tell(completed(1_000, metadata, payment))
    await tell(refund('re_first', 300, 'succeeded'))
    await tell(refund('re_second', 200, 'succeeded'))
    expect([await credits(), (await purchaseOf(id)).refunded_usd]).toEqual([before + 5, 5])
    await tell(refund('re_second', 200, 'failed'))
    await tell(refund('re_second', 200, 'failed'))
    expect([await credits(), (await purchaseOf(id)).refunded_usd]).toEqual([before + 7, 3])
  })

  test.each([
    ['withdrawn and reinstated', ['funds_withdrawn', 'funds_reinstated'], 0],
    ['reinstated and withdrawn', ['funds_reinstated', 'funds_withdrawn'], 0],
    ['withdrawn twice', ['funds_withdrawn', 'funds_withdrawn'], -8],
  ])('by a dispute whose money is %s', async (name, steps, difference) => {
    const { id, payment } = await newPaidPurchase(8)
    const before = await credits()
    const object = { id: `dp_${name.replaceAll(' ', '_')}`, amount: 800, payment_intent: payment }
    for (const step of steps) expect(await tell({ type: `charge.dispute.${step}`, object })).toBe(200)
    expect(await credits()).toBe(before + difference)
    expect((await purchaseOf(id)).refunded_usd).toBe(0 - difference)
  })
})

describe('a card', () => {
  test('that was left pays later purchases, and nothing of it is kept but what tells it from another', async () => {
    const method = await newCard('pm_good')
    const card = { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2030 }
    expect(method).toMatchObject({ status: 'active', setup_url: null, card })
    const before = await credits()
    const fields = { amount_usd: 12, payment_method_id: method.id, reference: 'order 12' }
    const { id } = await ask<Purchase>('POST', 'credits/purchases', fields)
    await expect.poll(async () => (await purchaseOf(id)).status, WAIT).toBe('completed')
    expect((await ask<Purchase>('POST', 'credits/purchases', fields)).id).toBe(id)
    expect(await credits()).toBe(before + 12)
    const [charge] = stripe.receiver.requests.filter(({ path }) => path === '/v1/payment_intents')
    expect(Object.fromEntries(new URLSearchParams(charge?.body))).toMatchObject({
      amount: '1200',
      customer: 'cus_1',
      payment_method: 'pm_good',
      off_session: 'true',
    })
    await gateway.call('DELETE', `/api/v1/credits/payment-methods/${method.id}`)
    const paths = () => stripe.receiver.requests.map(({ path }) => path)
    await expect.poll(paths, WAIT).toContain('/v1/payment_methods/pm_good/detach')
  })

  test('that the bank refuses leaves the purchase unpaid, in its words', async () => {
    const before = await credits()
    const { id } = await newCard(DECLINED_CARD)
    const bought = await ask<Purchase>('POST', 'credits/purchases', { amount_usd: 12, payment_method_id: id })
    await expect.poll(async () => (await purchaseOf(bought.id)).failure, WAIT).toBe('Your card was declined.')
    expect(await credits()).toBe(before)
  })

  test('that nobody has left yet pays nothing', async () => {
    const body = { provider: 'stripe', name: 'Later' }
    const { id } = await ask<Method>('POST', 'credits/payment-methods', body)
    const purchase = { amount_usd: 12, payment_method_id: id }
    const answer = await gateway.call('POST', '/api/v1/credits/purchases', { body: purchase })
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining('payment_method_id')])
  })
})

describe('an event', () => {
  test('that Stripe did not sign, or signed long ago, or that was changed, is refused and does nothing', async () => {
    const { id, metadata } = await newPurchase(25)
    const event = completed(2_500, metadata, stripe.pay({ cents: 2_500, metadata }))
    expect(await tell(event, { secret: 'whsec_other' })).toBe(400)
    expect(await tell(event, { ageSeconds: 600 })).toBe(400)
    const { body, signature } = signedEvent(event)
    expect(await post(body.replace('paid', 'paid '), { 'stripe-signature': signature })).toBe(400)
    expect(await post(body, {})).toBe(400)
    expect((await purchaseOf(id)).status).toBe('pending')
  })

  test("about something that isn't ours is taken and does nothing", async () => {
    const before = await credits()
    const elsewhere = { organization_id: 'org_elsewhere', purchase_id: '00000000-0000-4000-8000-000000000000' }
    const payment = stripe.pay({ cents: 100, metadata: {} })
    expect(await tell(completed(100, elsewhere, payment))).toBe(200)
    expect(await tell(completed(100, {}, payment))).toBe(200)
    expect(await tell({ type: 'customer.created', object: { id: 'cus_9' } })).toBe(200)
    expect(await credits()).toBe(before)
  })
})

test('what was paid, refunded and disputed is the same after a restart, and the audit log is whole', async () => {
  const before = await credits()
  await gateway.kill9()
  await gateway.restart()
  expect(await credits()).toBe(before)
  const verdict = await ask<{ is_intact: boolean }>('POST', 'audit-logs/verify', {})
  expect(verdict.is_intact).toBe(true)
})
