import { expect, test } from 'vitest'
import { CatalogueViews } from '../domain/catalogue-views.ts'
import { FirstUses } from './first-uses.ts'
import { KeyDirectory } from './key-directory.ts'
import type { LoadKey } from './ports.ts'
import { type KeySnapshot, Snapshot } from './snapshot/snapshot.ts'

const HASH = 'a'.repeat(64)
const key = (fields: Partial<KeySnapshot>) => ({ id: 1n, hash: HASH, retired: [], ...fields }) as unknown as KeySnapshot

function directoryOver(load: (hash: string) => Promise<KeySnapshot | undefined>) {
  const snapshot = new Snapshot(new CatalogueViews({ priceVersion: 'none', models: new Map(), providers: [] }))
  const loadKey: LoadKey = async (hash) => {
    const found = await load(hash)
    return found
  }
  const clock = { now: () => 0, monotonic: () => 0 }
  const firstUses = new FirstUses()
  return { keys: new KeyDirectory({ snapshot, load: loadKey, clock, firstUses }), snapshot, firstUses }
}

test('a key that is revoked while it is looked up is not brought back by what was read before', async () => {
  const reads: ((found: KeySnapshot) => void)[] = []
  const { keys, snapshot } = directoryOver(() => new Promise((resolve) => reads.push(resolve)))
  const lookup = keys.find(HASH)
  // Meanwhile the feed brings the revocation.
  keys.forget(HASH)
  snapshot.putKey(key({ disabled: true }))
  reads[0]?.(key({ disabled: false }))
  await expect.poll(() => reads.length).toBe(2)
  reads[1]?.(key({ disabled: true }))
  expect(await lookup).toMatchObject({ disabled: true })
  expect(snapshot.findKey(HASH)).toMatchObject({ disabled: true })
})

test('a change of another key keeps nobody waiting', async () => {
  let reads = 0
  const { keys } = directoryOver(async () => {
    reads += 1
    await Promise.resolve()
    keys.forget('b'.repeat(64))
    return key({})
  })
  expect(await keys.find(HASH)).toBeDefined()
  expect(reads).toBe(1)
})

test('a key that is changed without end is refused for the moment, not judged by what is old', async () => {
  const { keys } = directoryOver(async () => {
    await Promise.resolve()
    keys.forgetAll()
    return key({})
  })
  await expect(keys.find(HASH)).rejects.toMatchObject({ code: 'unavailable' })
})

test('the use of a secret is noted when it is said to be one, and only of the present secret', async () => {
  const { firstUses, keys } = directoryOver(async () => key({ endsOverlapOnUse: true, organizationId: 'org' }))
  const found = await keys.find(HASH)
  expect(firstUses.take()).toEqual([])
  if (found) keys.noteUse(found, 'b'.repeat(64))
  expect(firstUses.take()).toEqual([])
  if (found) keys.noteUse(found, HASH)
  expect(firstUses.take()).toEqual([{ hash: HASH, organizationId: 'org' }])
})
