import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXPLANATION_OPERATIONS, type ExplanationWire } from '../../../src/contract/inference/explanations.ts'
import { FALSE_POSITIVE_OPERATIONS } from '../../../src/contract/inference/false-positives.ts'
import { listLogs } from '../../../src/contract/management/logs.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import type { Finding } from '../../../src/domain/content-filters.ts'
import { newRequestId } from '../../../src/platform/ids.ts'
import { deleteRowsBefore } from '../../../src/store/delete-old-rows.ts'
import { postRefusals } from '../../../src/store/post-refusals.ts'
import { FALSE_POSITIVE_PATH, newFiltered } from '../false-positive-fixtures.ts'
import { newKey, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'
import { type MadeKey, UsageWorld } from '../usage-world.ts'

const { markFalsePositive } = FALSE_POSITIVE_OPERATIONS
const DAY_MS = 86_400_000

async function mark(body: object) {
  return expectAnswer(await send('PUT', FALSE_POSITIVE_PATH, { body }), 200, markFalsePositive.output).data
}
const explain = async (id: string) => (await call(EXPLANATION_OPERATIONS.getGenerationExplanation, { id })).data
const isMarked = ({ guardrail_findings }: Pick<ExplanationWire, 'guardrail_findings'>) =>
  guardrail_findings.map(({ filter, false_positive }) => [filter, false_positive?.comment])

test('200 one finding of a request that went on, by the generation or the request; again replaces the comment', async () => {
  const { say } = await newFiltered()
  const id = await say('PRJ-7 is asked for by a@b.de')
  expect(isMarked(await explain(id))).toEqual([
    ['email', undefined],
    ['custom', undefined],
  ])
  const marked = await mark({ id, finding: 1, comment: 'a product' })
  expect(marked).toMatchObject({
    id,
    guardrail_findings: [
      { filter: 'email', action: 'redact', false_positive: null },
      { filter: 'custom', action: 'flag', false_positive: { comment: 'a product', marked_by: expect.any(String) } },
    ],
  })
  const { request_id } = await explain(id)
  expect((await mark({ id: request_id, finding: 1 })).id).toBe(id)
  expect(isMarked(await explain(id))).toEqual([
    ['email', undefined],
    ['custom', null],
  ])
})

test('200 every finding of a refused request where none is named', async () => {
  const { say } = await newFiltered()
  const id = await say('PRJ-7 belongs to 123-45-6789')
  expect(id).toMatch(/^req-/)
  const { guardrail_findings } = await mark({ id, comment: 'a part number' })
  expect(guardrail_findings.map(({ action, false_positive }) => [action, false_positive?.comment]).toSorted()).toEqual([
    ['block', 'a part number'],
    ['flag', 'a part number'],
  ])
  expect((await explain(id)).guardrail_findings).toEqual(guardrail_findings)
})

test('200 the log shows what is marked, or what is not, of both kinds', async () => {
  const { say, workspaceId } = await newFiltered()
  const [marked, refused, unmarked] = [await say('PRJ-1'), await say('123-45-6789'), await say('PRJ-2')]
  await mark({ id: marked })
  await mark({ id: refused })
  const ids = async (false_positive?: boolean) => {
    const input = { workspace_id: workspaceId, ...(false_positive === undefined ? {} : { false_positive }) }
    return (await call(listLogs, input)).data.map(({ id }) => id).toSorted()
  }
  expect(await ids(true)).toEqual([marked, refused].toSorted())
  expect(await ids(false)).toEqual([unmarked])
  expect(await ids()).toEqual([marked, refused, unmarked].toSorted())
})

test.each([
  ['no request', {}, 'id'],
  ['a finding that is no number', { id: 'gen-1', finding: 'email' }, 'finding'],
  ['a finding before the first', { id: 'gen-1', finding: -1 }, 'finding'],
  ['a comment that is too long', { id: 'gen-1', comment: 'x'.repeat(1_001) }, 'comment'],
])('400 for %s', async (_name, body, field) => {
  expectError(await send('PUT', FALSE_POSITIVE_PATH, { body }), 400, field)
})

test('400 where nothing was found, and for a finding that there is not', async () => {
  const { key } = await newKey()
  const { generationId: id } = await spend(key)
  expectError(await send('PUT', FALSE_POSITIVE_PATH, { body: { id } }), 400, /^id: content filters found nothing/)
  const { say } = await newFiltered()
  const body = { id: await say('PRJ-1'), finding: 1 }
  expectError(await send('PUT', FALSE_POSITIVE_PATH, { body }), 400, /^finding: /)
})

test.each(['gen', 'req'])('404 for an unknown %s-…', async (kind) => {
  const id = `${kind}-${Math.floor(Date.now() / 1_000)}-00000000000000000000`
  expectError(await send('PUT', FALSE_POSITIVE_PATH, { body: { id } }), 404, 'Generation not found')
})

describe('by role', () => {
  const FINDINGS: Finding[] = [{ filter: 'email', label: 'mail', action: 'flag', patterns: [], count: 1 }]
  let world: UsageWorld
  let admin: Actor
  let developer: Actor
  let viewer: Actor
  let key: MadeKey
  let generationId: string

  beforeAll(async () => {
    world = await UsageWorld.make()
    const alpha = await world.newWorkspace('Alpha')
    admin = await world.newPerson('ada', { [alpha]: 'admin' })
    viewer = await world.newPerson('vic', { [alpha]: 'viewer' })
    const owner = await world.newPerson('dev', { [alpha]: 'developer' })
    developer = owner
    key = await world.newKey(alpha, owner)
    generationId = (await world.use(key, [{ findings: FINDINGS }]))[0] ?? ''
  })
  afterAll(async () => {
    await world?.close()
  })

  const explainAs = async (actor: Actor, id: string) =>
    (await world.invoke<{ data: ExplanationWire }>('getGenerationExplanation', actor, { id })).data
      .guardrail_findings[0]

  test('an Admin marks; who may not sees that it is marked, but neither by whom nor why', async () => {
    await world.invoke('markFalsePositive', admin, { id: generationId, comment: 'secret words' })
    const told = { marked_at: expect.any(String), marked_by: 'user_ada', comment: 'secret words' }
    expect((await explainAs(admin, generationId))?.false_positive).toEqual(told)
    for (const actor of [developer, viewer]) {
      await expect(world.invoke('markFalsePositive', actor, { id: generationId })).rejects.toMatchObject({
        status: 403,
      })
      const { false_positive } = (await explainAs(actor, generationId)) ?? {}
      expect(false_positive).toEqual({ ...told, marked_by: null, comment: null })
    }
  })

  test('the audit log names finding and filter, and has no comment of it', async () => {
    const rows = await world.world.database.kysely
      .selectFrom('audit_log')
      .selectAll()
      .where('action', '=', 'markFalsePositive')
      .execute()
    expect(rows).toMatchObject([
      { after: { id: generationId, findings: [{ finding: 0, filter: 'email', action: 'flag' }] } },
    ])
    expect(JSON.stringify(rows.map(({ after }) => after))).not.toContain('secret words')
  })

  test('a mark goes when the request goes that it is about', async () => {
    const db = world.world.database.kysely
    const at = Date.now() - 10 * DAY_MS
    const id = newRequestId(at)
    const { organizationId } = world.world.ours.actor
    const refusal = {
      requestId: id,
      at,
      organizationId,
      workspaceId: key.workspaceId,
      keyId: key.id,
      userId: key.userId,
    }
    const source = { httpReferer: null, origin: '', appTitle: null, userAgent: null, ip: null, sessionId: null }
    const said = { status: 403, code: 'forbidden', message: 'no', model: null, streamed: null, externalUser: null }
    await postRefusals(db, [{ ...refusal, ...source, ...said, decision: JSON.stringify({ findings: FINDINGS }) }])
    await world.invoke('markFalsePositive', admin, { id })
    const [old = ''] = await world.use(key, [{ at: at - 60 * DAY_MS, findings: FINDINGS }])
    await world.invoke('markFalsePositive', admin, { id: old })
    const left = async () => {
      const rows = await db.selectFrom('false_positive').select('entry_id').execute()
      return rows.map(({ entry_id }) => entry_id).toSorted()
    }
    expect(await left()).toEqual([generationId, old, id].toSorted())
    const now = Date.now()
    expect(await deleteRowsBefore(db, 'refused_false_positive', now - 11 * DAY_MS)).toBe(0)
    expect(await deleteRowsBefore(db, 'refused_false_positive', now - 7 * DAY_MS)).toBe(1)
    expect(await left()).toEqual([generationId, old].toSorted())
    expect(await deleteRowsBefore(db, 'false_positive', now - 30 * DAY_MS)).toBe(1)
    expect(await left()).toEqual([generationId])
  })
})
