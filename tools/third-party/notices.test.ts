import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { refusedLicences } from './licences.ts'
import { thirdPartyNotices } from './notices.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'notices-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** One module of a package with these files. */
function newPackage(name: string, license: string, files: Record<string, string>): string {
  const folder = join(root, 'node_modules', name)
  mkdirSync(join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', license }))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  // As parts of packages have them.
  writeFileSync(join(folder, 'dist/package.json'), JSON.stringify({ type: 'module' }))
  return join(folder, 'dist/index.js')
}

test('each package stands once, by its name, with the text of its licence and its notice; our own modules do not', () => {
  const second = newPackage('second', 'Apache-2.0', { 'LICENSE.md': 'words of Apache', NOTICE: 'notice of the second' })
  const first = newPackage('@a/first', 'MIT', { license: 'words\r\nof MIT', 'licenses.js': 'code' })
  const notices = thirdPartyNotices([second, first, join(root, 'src/own.ts'), second])
  expect(notices.split(`${'-'.repeat(80)}\n`).map((part) => part.trim())).toEqual([
    expect.stringContaining('Switchyard'),
    '@a/first 1.2.3, MIT\n\nwords\nof MIT',
    'second 1.2.3, Apache-2.0\n\nwords of Apache\n\nnotice of the second',
  ])
  expect(thirdPartyNotices([first, second])).toBe(notices)
})

test('a package without the text of its licence can not be shipped', () => {
  const bare = newPackage('bare', 'MIT', { 'README.md': 'MIT' })
  expect(() => thirdPartyNotices([bare])).toThrow('bare gives no text of its licence')
})

test.each(['GPL-3.0', 'MPL-2.0', 'MIT AND SSPL-1.0', '(MIT OR GPL-2.0)', '', 'UNLICENSED'])(
  'a package under "%s" can not be shipped, though it has the text',
  (license) => {
    const strict = newPackage('strict', license, { LICENSE: 'words' })
    expect(() => thirdPartyNotices([strict])).toThrow('may not be shipped')
  },
)

test('what may be installed beside it is more than what may be shipped, and not everything', () => {
  expect(refusedLicences('MPL-2.0', 'installed')).toEqual([])
  expect(refusedLicences('(AGPL-3.0 OR MIT)', 'installed')).toEqual(['AGPL-3.0'])
})
