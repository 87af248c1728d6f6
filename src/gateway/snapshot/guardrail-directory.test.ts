import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Catalogue } from '../../domain/catalogue.ts'
import type { Guardrail } from '../../domain/guardrail-merge.ts'
import { GuardrailDirectory, type GuardrailSubject, type WorkspaceGuardrails } from './guardrail-directory.ts'

const CATALOGUE: Catalogue = { priceVersion: '', models: new Map(), providers: [] }
const KEY: GuardrailSubject = { organizationId: 'o', workspaceId: 'w1', creatorUserId: 'ann', guardrailId: null }

function guardrail(id: string): Guardrail {
  return {
    id,
    name: id,
    allowedModels: null,
    ignoredModels: [id],
    allowedProviders: null,
    ignoredProviders: null,
    zdr: { anthropic: null, openai: null, google: null, xai: null, other: null },
    freeModelPublication: null,
    freeModelTraining: null,
    paidModelTraining: null,
    allowedDataRegions: null,
    filters: [],
    builtins: [],
    limit: null,
    interval: 'lifetime',
    includesByok: false,
    onFilterTimeout: 'block',
  }
}

const of = (workspaceId: string, ids: string[], fields: Partial<WorkspaceGuardrails> = {}): WorkspaceGuardrails => ({
  workspaceId,
  organizationId: 'o',
  defaultId: null,
  guardrails: ids.map(guardrail),
  members: [],
  ...fields,
})
const everywhere = (guardrailId: string) => ({ members: [{ userId: 'ann', guardrailId, isEverywhere: true }] })
const idsOf = (directory: GuardrailDirectory, subject = KEY) =>
  directory.layersOf(subject).map(({ scope, guardrail: { id } }) => `${scope} ${id}`)

test('nothing is put together for an organization without guardrails', () => {
  const directory = new GuardrailDirectory()
  directory.putWorkspace(of('w1', []))
  directory.putCeiling({ organizationId: 'o', policy: null, phrases: [] })
  expect(directory.of(KEY, CATALOGUE)).toBeNull()
})

test('layers stand from the widest to the narrowest, and what is assigned here beside what holds everywhere', () => {
  const directory = new GuardrailDirectory()
  const here = { userId: 'ann', guardrailId: 'g2', isEverywhere: false }
  directory.putWorkspace(of('w1', ['g1', 'g2', 'g3'], { defaultId: 'g1', members: [here] }))
  directory.putWorkspace(of('w2', ['g4'], everywhere('g4')))
  directory.putCeiling({ organizationId: 'o', policy: { ...guardrail('p'), id: null }, phrases: [] })
  const key = { ...KEY, guardrailId: 'g3' }
  const all = ['organization null', 'workspace g1', 'member g4', 'member g2', 'key g3']
  expect(idsOf(directory, key)).toEqual(all)
  expect(idsOf(directory, { ...key, workspaceId: 'w2' })).toEqual(['organization null', 'member g4', 'key g3'])
  expect(idsOf(directory, { ...key, creatorUserId: null })).toEqual(all.filter((one) => !one.startsWith('member')))
  expect(directory.of({ ...KEY, organizationId: 'other' }, CATALOGUE)).toBeNull()
})

test('an assignment that has moved to another workspace survives the reading of the one it came from', () => {
  const directory = new GuardrailDirectory()
  directory.putWorkspace(of('w1', ['g1'], everywhere('g1')))
  directory.putWorkspace(of('w2', ['g2'], everywhere('g2')))
  expect(idsOf(directory)).toEqual(['member g2'])
  directory.putWorkspace(of('w1', ['g1']))
  expect(idsOf(directory)).toEqual(['member g2'])
  directory.putWorkspace(of('w2', []))
  expect(idsOf(directory)).toEqual([])
})

test('what holds is one object for keys with the same layers, until something that touches it changes', () => {
  const directory = new GuardrailDirectory()
  const workspace = of('w1', ['g1'], { defaultId: 'g1' })
  directory.putWorkspace(workspace)
  const [first, second] = [KEY, { ...KEY, creatorUserId: null }]
  const before = directory.of(first, CATALOGUE)
  expect(directory.of(second, CATALOGUE)).toBe(before)
  directory.putWorkspace(structuredClone(workspace))
  expect(directory.of(first, CATALOGUE)).toBe(before)
  directory.putWorkspace(of('w1', ['g1', 'g5'], { defaultId: 'g5' }))
  expect(directory.of(first, CATALOGUE)?.effective.ignoredModels).toEqual(new Set(['g5']))
  expect(directory.of(first, { ...CATALOGUE })).not.toBe(directory.of(first, CATALOGUE))
})

const name = fc.constantFrom('a/1', 'a/2', 'b/3')
const names = fc.option(fc.uniqueArray(name, { minLength: 1 }), { nil: null })
const filters = fc.array(
  fc.record({
    pattern: fc.constantFrom('x', 'y'),
    action: fc.constantFrom('block' as const, 'redact' as const, 'flag' as const),
    label: fc.constant(null),
  }),
  { maxLength: 2 },
)
const changesOfA = fc.record({
  ids: fc.uniqueArray(fc.constantFrom('a1', 'a2', 'a3'), { minLength: 1 }),
  rules: fc.record({ allowedModels: names, ignoredModels: names, filters, limit: fc.constantFrom(null, 0n, 5n) }),
  hasDefault: fc.boolean(),
  hasMember: fc.boolean(),
  isEmptied: fc.boolean(),
})

test('1,000 random changes of the guardrails of one workspace leave what holds in another as it was', () => {
  const directory = new GuardrailDirectory()
  const here = { userId: 'ann', guardrailId: 'b2', isEverywhere: false }
  directory.putWorkspace(of('b', ['b1', 'b2', 'b3'], { defaultId: 'b1', members: [here] }))
  const key = { ...KEY, workspaceId: 'b', guardrailId: 'b3' }
  const before = { layers: directory.layersOf(key), effective: directory.of(key, CATALOGUE)?.effective }
  expect(idsOf(directory, key)).toEqual(['workspace b1', 'member b2', 'key b3'])
  fc.assert(
    fc.property(changesOfA, ({ ids, rules, hasDefault, hasMember, isEmptied }) => {
      const [first = ''] = ids
      const changed: WorkspaceGuardrails = {
        ...of('a', []),
        guardrails: ids.map((id) => ({ ...guardrail(id), ...rules })),
        defaultId: hasDefault ? first : null,
        members: hasMember ? [{ userId: 'ann', guardrailId: first, isEverywhere: false }] : [],
      }
      directory.putWorkspace(isEmptied ? of('a', []) : changed)
      const inA = isEmptied
        ? []
        : [...(hasDefault ? [`workspace ${first}`] : []), ...(hasMember ? [`member ${first}`] : [])]
      expect(idsOf(directory, { ...KEY, workspaceId: 'a' })).toEqual(inA)
      expect(directory.layersOf(key)).toEqual(before.layers)
      expect(directory.of(key, CATALOGUE)?.effective).toEqual(before.effective)
    }),
    { numRuns: 1_000 },
  )
})
