import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sourceStamp } from './source-stamp.ts'

test('the stamp changes with a content, a name or a new file, and not with tests or what was not asked for', () => {
  const root = mkdtempSync(join(tmpdir(), 'sw-stamp-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(root, name), text)
  const stamp = () => sourceStamp(root, ['src/**/*', 'lock.json'])
  write('src/deep/one.ts', '1')
  const first = stamp()
  write('src/one.test.ts', 'test')
  write('other.json', '{}')
  expect(stamp()).toBe(first)
  const seen = new Set([first])
  write('src/deep/one.ts', '2')
  seen.add(stamp())
  write('lock.json', '{}')
  seen.add(stamp())
  renameSync(join(root, 'src/deep/one.ts'), join(root, 'src/deep/two.ts'))
  seen.add(stamp())
  expect(seen.size).toBe(4)
  write('src/deep/two.ts', '2')
  expect(seen).toContain(stamp())
})
