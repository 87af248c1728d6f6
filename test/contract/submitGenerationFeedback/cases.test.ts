import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GENERATION_CONTENT_OPERATIONS } from '../../../src/contract/inference/generation-content.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { newKey, spend } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'
import { UsageWorld } from '../usage-world.ts'

const PATH = '/api/v1/generation/feedback'

test('200 to the key that made it and to a management key, the moment its answer has ended', async () => {
  const { key } = await newKey()
  for (const author of [key, gateway.managementKey]) {
    const { generationId } = await spend(key)
    const body = { generation_id: generationId, category: 'latency', comment: 'slow' }
    const answer = await send('POST', PATH, { key: author, body })
    const { output } = GENERATION_CONTENT_OPERATIONS.submitGenerationFeedback
    expect(expectAnswer(answer, 200, output)).toEqual({ data: { success: true } })
  }
})

test.each([
  ['no generation', { category: 'other' }, 'generation_id'],
  ['no category', { generation_id: 'gen-1' }, 'category'],
  ['an unknown category', { generation_id: 'gen-1', category: 'rude' }, 'category'],
  ['a comment that is too long', { generation_id: 'gen-1', category: 'other', comment: 'x'.repeat(1_001) }, 'comment'],
])('400 for %s', async (_name, body, field) => {
  expectError(await send('POST', PATH, { body }), 400, field)
})

test('404 for an unknown generation', async () => {
  const body = { generation_id: `gen-${Math.floor(Date.now() / 1_000)}-00000000000000000000`, category: 'other' }
  expectError(await send('POST', PATH, { body }), 404, 'Generation not found')
})

describe('stored', () => {
  let world: UsageWorld
  let generationId: string
  let ada: Actor
  let colleague: Actor

  beforeAll(async () => {
    world = await UsageWorld.make()
    const alpha = await world.newWorkspace('Alpha')
    const owner = await world.newPerson('ada', { [alpha]: 'developer' })
    ada = owner
    colleague = await world.newPerson('colleague', { [alpha]: 'developer' })
    generationId = (await world.use(await world.newKey(alpha, owner), [{}]))[0] ?? ''
  })
  afterAll(async () => {
    await world?.close()
  })

  test('once for each author and category, the last word counts, and the audit log has no comment of it', async () => {
    const say = async (actor: Actor, category: string, comment?: string) =>
      await world.invoke('submitGenerationFeedback', actor, { generation_id: generationId, category, comment })
    await say(ada, 'latency', 'slow')
    await say(ada, 'latency', 'secret words')
    await say(ada, 'other')
    await say(world.management, 'latency')
    const db = world.world.database.kysely
    const rows = await db.selectFrom('generation_feedback').selectAll().orderBy('category').orderBy('author').execute()
    expect(rows.map(({ author, category, comment }) => [author === 'user_ada', category, comment])).toEqual(
      expect.arrayContaining([
        [true, 'latency', 'secret words'],
        [false, 'latency', null],
        [true, 'other', null],
      ]),
    )
    expect(rows).toHaveLength(3)
    const audited = await db
      .selectFrom('audit_log')
      .selectAll()
      .where('action', '=', 'submitGenerationFeedback')
      .execute()
    expect(audited).toHaveLength(4)
    expect(audited.map(({ after }) => JSON.stringify(after)).join()).not.toContain('secret words')
  })

  test('404 for what somebody may not see', async () => {
    const input = { generation_id: generationId, category: 'other' }
    await expect(world.invoke('submitGenerationFeedback', colleague, input)).rejects.toMatchObject({ status: 404 })
    const { theirs } = world.world
    await expect(world.invoke('submitGenerationFeedback', theirs.actor, input)).rejects.toMatchObject({ status: 404 })
  })
})
