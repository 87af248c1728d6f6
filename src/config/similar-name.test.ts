import { expect, test } from 'vitest'
import { findSimilarName } from './similar-name.ts'

const NAMES = ['SWITCHYARD_SIM', 'SWITCHYARD_SECRET', 'SWITCHYARD_BILLING']

test.each([
  ['one letter left out', 'SWITCHYARD_SECRT', 'SWITCHYARD_SECRET'],
  ['letters swapped', 'SWITCHYARD_BILLIGN', 'SWITCHYARD_BILLING'],
  ['the nearest of several', 'SWITCHYARD_SIN', 'SWITCHYARD_SIM'],
  ['nothing near', 'SWITCHYARD_WORKER_COUNT', undefined],
])('%s', (_name, written, meant) => expect(findSimilarName(written, NAMES)).toBe(meant))
