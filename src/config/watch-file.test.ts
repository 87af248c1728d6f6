import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FileWatch, watchFile } from './watch-file.ts'

const POLL = { timeout: 10_000 }
let directory: string
let path: string
let watcher: FileWatch
const onChange = vi.fn()
const onFailure = vi.fn()

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sw-watch-'))
  path = join(directory, 'providers.yaml')
  await writeFile(path, 'a')
  onChange.mockClear()
  onFailure.mockClear()
  watcher = watchFile(path, onChange, onFailure)
})
afterEach(async () => {
  watcher.close()
  await rm(directory, { recursive: true, force: true })
})

test('a burst of writes is told once', async () => {
  for (const content of ['b', 'c', 'd']) await writeFile(path, content)
  await expect.poll(() => onChange.mock.calls.length, POLL).toBe(1)
})

test('a replacement by rename is told, also the second one', async () => {
  for (const [at, content] of ['b', 'c'].entries()) {
    await writeFile(`${path}.new`, content)
    await rename(`${path}.new`, path)
    await expect.poll(() => onChange.mock.calls.length, POLL).toBe(at + 1)
  }
})

test('other files of the directory are not told', async () => {
  await writeFile(join(directory, 'other'), 'x')
  await writeFile(path, 'b')
  await expect.poll(() => onChange.mock.calls.length, POLL).toBe(1)
})

test('a directory that does not exist is told as a failure, not thrown', () => {
  const missing = watchFile(join(directory, 'none', 'x.yaml'), onChange, onFailure)
  expect(onFailure).toHaveBeenCalledOnce()
  missing.close()
})
