import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  GENERATION_CONTENT_OPERATIONS,
  type GenerationContentWire,
} from '../../../src/contract/inference/generation-content.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { AppError } from '../../../src/domain/app-error.ts'
import { toIso } from '../../../src/store/schema.ts'
import { Sealer } from '../../../src/store/sealer.ts'
import { newKey, spend } from '../fixtures.ts'
import { expectError, gateway, send } from '../request.ts'
import { type MadeKey, UsageWorld } from '../usage-world.ts'

const PATH = '/api/v1/generation/content'
const unknown = `gen-${Math.floor(Date.now() / 1_000)}-00000000000000000000`

test('404 for what was not logged, the moment its answer has ended', async () => {
  const { generationId } = await spend((await newKey()).key)
  expectError(await send('GET', `${PATH}?id=${generationId}`), 404, 'was not logged')
})

test('403 for a key that only infers, also for what it made itself', async () => {
  const { key } = await newKey()
  const { generationId } = await spend(key)
  for (const reader of [key, gateway.inferenceKey]) {
    expectError(await send('GET', `${PATH}?id=${generationId}`, { key: reader }), 403, 'io-log:read')
  }
})

test('404 for an unknown generation', async () => {
  expectError(await send('GET', `${PATH}?id=${unknown}`), 404, 'Generation not found')
  expectError(await send('GET', `${PATH}?id=${unknown}`, { key: gateway.inferenceKey }), 404, 'Generation not found')
})

test.each(['', '?id=', '?id=a&id=b'])('400 for %s', async (query) => {
  expectError(await send('GET', PATH + query), 400, 'id')
})

describe('where it was logged', () => {
  let world: UsageWorld
  let alpha: string
  let key: MadeKey
  let generationId: string
  const people: Record<string, Actor> = {}
  const content: GenerationContentWire = {
    input: { messages: [{ role: 'user', content: 'the question' }] },
    output: { completion: 'the answer', reasoning: null },
    error: null,
  }

  beforeAll(async () => {
    world = await UsageWorld.make()
    alpha = await world.newWorkspace('Alpha')
    const ada = await world.newPerson('ada', { [alpha]: 'developer' })
    Object.assign(people, {
      ada,
      admin: await world.newPerson('admin', { [alpha]: 'admin' }),
      viewer: await world.newPerson('viewer', { [alpha]: 'viewer' }),
      billing: await world.newPerson('billing', { [alpha]: 'billing_manager' }),
      colleague: await world.newPerson('colleague', { [alpha]: 'developer' }),
      outsider: await world.newPerson('outsider', {}),
      orgAdmin: await world.newPerson('orgadmin', {}, true),
      management: world.management,
      otherOrganization: world.world.theirs.actor,
    })
    key = await world.newKey(alpha, ada)
    generationId = (await world.use(key, [{}]))[0] ?? ''
    await store(generationId, content)
  })
  afterAll(async () => {
    await world?.close()
  })

  /** As the gateway does: `test/e2e/io-logging.test.ts`. */
  async function store(id: string, kept: GenerationContentWire): Promise<void> {
    const { organizationId } = world.world.ours.actor
    const place = { table: 'generation_content', row: id, column: 'content' }
    await world.world.database.kysely.transaction().execute(async (tx) => {
      const sealed = await new Sealer(Buffer.alloc(32)).seal(tx, organizationId, place, JSON.stringify(kept))
      expect(sealed).not.toContain('answer')
      await tx
        .insertInto('generation_content')
        .values({
          generation_id: id,
          organization_id: organizationId,
          workspace_id: alpha,
          content: sealed,
          created_at: toIso(Date.now()),
        })
        .execute()
    })
  }

  test.each([
    ['admin', 200],
    ['orgAdmin', 200],
    ['management', 200],
    ['ada', 403],
    ['viewer', 403],
    ['billing', 403],
    ['colleague', 404],
    ['outsider', 404],
    ['otherOrganization', 404],
  ])('%s: %i', async (who, expected) => {
    const answer = await world
      .invoke('listGenerationContent', people[who] ?? world.management, { id: generationId })
      .catch((error: unknown) => error)
    if (expected !== 200) expect(answer).toMatchObject({ status: expected })
    else expect(GENERATION_CONTENT_OPERATIONS.listGenerationContent.output.parse(answer)).toEqual({ data: content })
    expect(answer instanceof AppError).toBe(expected !== 200)
  })

  test('200 a prompt of text, and what went wrong', async () => {
    const [id = ''] = await world.use(key, [{}])
    const failed: GenerationContentWire = {
      input: { prompt: 'once upon a time' },
      output: { completion: null, reasoning: null },
      error: {
        message: 'overloaded',
        status: 503,
        provider_name: 'Provider',
        raw: null,
        previous_errors: [{ code: 502, message: 'reset', provider_name: 'Other', raw: null }],
      },
    }
    await store(id, failed)
    expect(await world.invoke('listGenerationContent', world.management, { id })).toEqual({ data: failed })
  })
})
