import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { breakingChanges } from '../released/breaking-changes.ts'
import { listReleased, migrationsOf } from '../released/released-data.ts'

const ROOT = join(import.meta.dirname, '../..')
const MIGRATIONS = join(ROOT, 'src/store/migrations')

test('what the version in package.json leaves in a database is recorded', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  expect(listReleased().map((release) => release.version)).toContain(version)
})

test('migrations after the last release only add, so that processes of that release serve on beside newer ones', () => {
  const released = Math.max(...listReleased().map((release) => migrationsOf(release).length))
  const since = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql') && Number(name.slice(0, 4)) > released)
  const faults = since.map((name) => [name, breakingChanges(readFileSync(join(MIGRATIONS, name), 'utf8'))])
  expect(faults.filter(([, reasons]) => reasons?.length !== 0)).toEqual([])
})

test.each([
  ['CREATE TABLE a (id uuid PRIMARY KEY, name text NOT NULL);', []],
  ["ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '', ADD c integer; CREATE INDEX a_b ON a (b);", []],
  ['-- DROP TABLE a\nALTER TABLE a DROP CONSTRAINT a_check, ADD CHECK (b <> 1);', []],
  ['CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN DROP TABLE b; END $$ LANGUAGE plpgsql;', []],
  ['ALTER TABLE a ADD COLUMN b text NOT NULL, ADD c text DEFAULT 1;', ['an added column must be filled']],
  ['DROP TABLE a;', ['a table or column goes away']],
  ['ALTER TABLE a DROP COLUMN b;', ['a table or column goes away']],
  ['ALTER TABLE a RENAME b TO c;', ['something gets another name']],
  ['ALTER TABLE a ALTER COLUMN b TYPE bigint;', ['a column gets another type']],
  ['ALTER TABLE a ALTER b SET NOT NULL;', ['a column must be filled']],
  ['ALTER TABLE a ALTER b DROP DEFAULT;', ['a default goes away']],
])('of %s it is told what breaks others', (text, reasons) => {
  expect(breakingChanges(text)).toEqual(reasons)
})
