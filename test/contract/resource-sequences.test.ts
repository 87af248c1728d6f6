import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Control } from '../../src/control/invoke.ts'
import { toIso } from '../../src/store/schema.ts'
import { SAMPLE_GROUP_ID } from './sample-input.ts'
import { sequenceCount } from './sequence-count.ts'
import { RESOURCES } from './sequence-resources.ts'
import { CAPS, MEMBER_ROLES, SequenceRun, type Step } from './sequence-run.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/*
 * S7 for things: random sequences over everything that the contract can make and delete, in the order in which a client would
 * and in every other. A failure prints its seed and the shortest sequence that fails; SWITCHYARD_TEST_SEED runs it again.
 */

const RUNS = sequenceCount({ full: 14_000, ci: 1_400 })
const SEED = process.env['SWITCHYARD_TEST_SEED']
const PEOPLE = 5

const index = fc.nat(99)
const what = fc.constantFrom('get' as const, 'update' as const, 'delete' as const)
const role = fc.constantFrom(...MEMBER_ROLES)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      resource: index,
      at: index,
      spoilt: fc.constantFrom(
        'no' as const,
        'no' as const,
        'no' as const,
        'unknown field' as const,
        'wrong type' as const,
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), nth: index, what }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('more' as const), nth: index, which: index }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('at another path' as const), nth: index, resource: index, what }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('under another parent' as const), nth: index, at: index, what }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('at once' as const),
      nth: index,
      what: fc.array(what, { minLength: 2, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('add members' as const),
      at: index,
      people: fc.array(index, { minLength: 1, maxLength: 3 }),
      role,
      withStranger: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change member' as const), at: index, person: index, role }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove member' as const), at: index, person: index }) },
)

let world: TwoOrganizations
let control: Control
const people = Array.from({ length: PEOPLE }, (_, nth) => `user_person_${nth}`)

beforeAll(async () => {
  world = await makeTwoOrganizations()
  control = world.controlWith({ roleCaps: CAPS })
  const created_at = toIso(Date.now())
  const { organizationId: organization_id } = world.ours.actor
  const { kysely } = world.database
  for (const id of people) {
    await kysely
      .insertInto('user_account')
      .values({ id, email: `${id}@example.test`, created_at })
      .execute()
    const seat = { organization_id, user_id: id, role: 'org:member' as const, created_at }
    await kysely.insertInto('organization_member').values(seat).execute()
  }
  const group = { id: SAMPLE_GROUP_ID, organization_id, display_name: 'Sample', external_id: null }
  await kysely
    .insertInto('scim_group')
    .values({ ...group, created_at, updated_at: created_at })
    .execute()
})
afterAll(async () => {
  await world?.close()
})

test(
  `S7: in ${RUNS} random sequences nothing is used after its end, under another's name or twice, and each change is on record once`,
  async () => {
    let counter = 0
    const made = new Set<string>()
    const parts = () => ({ world, control, people, count: () => ++counter, made })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        const run = new SequenceRun(parts())
        await run.begin()
        for (const one of steps) await run.step(one)
        await run.end()
      }),
      { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    )
    expect([...made].toSorted()).toEqual(RESOURCES.map(({ path }) => path).toSorted())
  },
  RUNS * 2_000,
)

test('S7: after all of it the audit log is whole', async () => {
  const answer = await control.invoke('verifyAuditLogs', world.ours.actor, {}, ORIGIN)
  expect(answer).toMatchObject({ data: { is_intact: true } })
})
