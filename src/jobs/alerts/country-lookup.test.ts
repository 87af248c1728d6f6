import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countryDatabase } from '../../../test/harness/country-database.ts'
import { openCountryLookup } from './country-lookup.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sw-country-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

test('addresses have the country of their network; others and what is no address have none', async () => {
  const path = join(directory, 'countries.mmdb')
  await writeFile(path, countryDatabase({ '192.0.2.0/24': 'DE', '198.51.100.0/25': 'FR', '203.0.113.7/32': 'DE' }))
  const countryOf = await openCountryLookup(path)
  const asked = ['192.0.2.1', '192.0.2.255', '198.51.100.127', '198.51.100.128', '203.0.113.7', '203.0.113.8']
  expect(asked.map(countryOf)).toEqual(['DE', 'DE', 'FR', null, 'DE', null])
  expect(['2001:db8::1', '::1', 'nowhere', ''].map(countryOf)).toEqual([null, null, null, null])
})

test('what is no MMDB file is refused', async () => {
  const path = join(directory, 'other.mmdb')
  await writeFile(path, 'some other file')
  await expect(openCountryLookup(path)).rejects.toThrow()
  await expect(openCountryLookup(join(directory, 'none.mmdb'))).rejects.toThrow('ENOENT')
})
