import { expect, test } from 'vitest'
import { DESTINATION_CONFIGS, DESTINATION_TYPES } from '../../../../src/contract/management/destination-types.ts'
import { DESTINATION_OPERATIONS, type DestinationWire } from '../../../../src/contract/management/destinations.ts'
import { draftOf, newDraft, settingsOf } from './destination-draft.ts'
import { configFields, TYPE_TITLES } from './destination-fields.ts'

test('the form of each type asks for each field of its config', () => {
  for (const type of DESTINATION_TYPES) {
    const asked = [...configFields(type).map(({ name }) => name), 'headers']
    expect([type, asked.toSorted()]).toEqual([type, Object.keys(DESTINATION_CONFIGS[type].shape).toSorted()])
  }
  expect(Object.keys(TYPE_TITLES).toSorted()).toEqual([...DESTINATION_TYPES].toSorted())
})

test('fields say what they need, what they have by themselves, and what may be chosen', () => {
  const fields = (type: 'newrelic' | 'langfuse') => new Map(configFields(type).map((field) => [field.name, field]))
  expect(fields('newrelic').get('region')).toMatchObject({ isRequired: false, fallback: 'us', options: ['us', 'eu'] })
  expect(fields('langfuse').get('secretKey')).toMatchObject({ title: 'Secret key', isRequired: true, isSecret: true })
  expect(fields('langfuse').get('baseUrl')).toMatchObject({ title: 'Base URL', isRequired: false })
})

test('a form that was filled in makes a destination', () => {
  const draft = {
    ...newDraft('webhook'),
    name: ' Ours ',
    config: { url: 'https://hooks.example/llm', method: '' },
    headers: 'X-From: switchyard\nAuthorization: Bearer a:b',
    percent: '25',
  }
  const settings = settingsOf(draft)
  expect(
    DESTINATION_OPERATIONS.createObservabilityDestination.input.safeParse({ type: 'webhook', ...settings }).success,
  ).toBe(true)
  expect(settings).toMatchObject({ name: 'Ours', sampling_rate: 0.25, api_key_hashes: null })
  expect(settings.config).toEqual({
    url: 'https://hooks.example/llm',
    headers: { 'X-From': 'switchyard', Authorization: 'Bearer a:b' },
  })
})

test('a change leaves masked secrets alone and takes away what was emptied', () => {
  const wire = {
    type: 's3',
    name: 'Bucket',
    config: { accessKeyId: 'AK', secretAccessKey: '••••', bucketName: 'b', region: 'eu', headers: { 'X-A': '••••' } },
    sampling_rate: 1,
    api_key_hashes: null,
  } as unknown as DestinationWire
  const draft = draftOf(wire)
  expect(draft.config['secretAccessKey']).toBeUndefined()
  expect(settingsOf({ ...draft, config: { ...draft.config, region: '' } }, wire).config).toEqual({
    accessKeyId: 'AK',
    bucketName: 'b',
    region: null,
  })
})
