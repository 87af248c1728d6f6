import { expect, test } from 'vitest'
import type { Observation } from './observation.ts'
import { ObservationCounts } from './observation-counts.ts'

const finished = (outcome: string): Observation => ({
  type: 'inference_finished',
  generationId: 'gen',
  model: 'a/b',
  provider: 'p',
  outcome,
  costNano: 1n,
})
const refused = (status: number): Observation => ({
  type: 'inference_refused',
  requestId: 'req',
  status,
  code: 'c',
  message: 'm',
})

test('inferences are counted by their end, errors by their status, faults of ours, and all reach the log', () => {
  const counts = new ObservationCounts()
  const told: Observation[] = []
  const observe = counts.counting((observation) => void told.push(observation))
  const all: Observation[] = [
    finished('done'),
    finished('done'),
    finished('upstream_error'),
    refused(429),
    refused(418),
    { type: 'request_failed', requestId: 'req', error: new Error('ours') },
    { type: 'stopped' },
  ]
  for (const one of all) observe(one)
  expect(told).toEqual(all)
  const { switchyard_faults_total: faults, ...others } = counts.samples()
  const counted = Object.values(others)
    .flat()
    .filter(({ value }) => value > 0)
  expect(counted).toEqual([
    { labels: { outcome: 'done' }, value: 2 },
    { labels: { outcome: 'upstream_error' }, value: 1 },
    { labels: { status: '429' }, value: 1 },
    { labels: { status: '418' }, value: 1 },
  ])
  expect(faults).toEqual([{ value: 1 }])
})

test('an end and a status that are common are told before there was one', () => {
  const { switchyard_inference_errors_total: errors, switchyard_inferences_total: ends } =
    new ObservationCounts().samples()
  expect(ends).toContainEqual({ labels: { outcome: 'upstream_error' }, value: 0 })
  expect(errors).toContainEqual({ labels: { status: '502' }, value: 0 })
})
