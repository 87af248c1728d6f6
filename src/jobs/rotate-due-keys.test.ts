import { expect, test } from 'vitest'
import { AppError } from '../domain/app-error.ts'
import type { Observation } from '../observe/observation.ts'
import { rotateDueKeys } from './rotate-due-keys.ts'

test('every due key is rotated; one that fails is told of and one that somebody else has rotated is not', async () => {
  const rotated: string[] = []
  const seen: Observation[] = []
  await rotateDueKeys({
    listDue: async () => ['a', 'gone', 'broken', 'b'].map((hash) => ({ hash, organizationId: 'org_1' })),
    rotate: async ({ hash }) => {
      if (hash === 'gone') throw new AppError('not_found', 'API key not found')
      if (hash === 'broken') throw new Error('out of order')
      rotated.push(hash)
    },
    observe: (observation) => void seen.push(observation),
  })
  expect(rotated).toEqual(['a', 'b'])
  expect(seen).toEqual([{ type: 'rotation_failed', keyHash: 'broken', message: 'out of order' }])
})
