/**
 * `npm run package` makes what would be published: the folder `.tmp/package/switchyard` and its tarball beside it, whose SHA-256 it
 * prints. The same tree gives the same bytes: nothing of this machine, of the time or of an earlier build gets in.
 */
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { compileProgram } from './package/compile-program.ts'
import { npm } from './package/npm.ts'
import { writeManifest } from './package/write-manifest.ts'
import { runCommand } from './run-command.ts'
import { NOTICES_FILE } from './third-party/bundled-notices.ts'

interface Packed {
  filename: string
  files: readonly { path: string }[]
}

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, '.tmp/package')
const DIRECTORY = join(OUT, 'switchyard')
const PROGRAM = 'bin/switchyard'
/** Below `src/`. */
const ENTRIES = ['main.ts', 'cli/main.ts']
/** Copied to the same place. Without `docs/navigation.json`, and the source of the dashboard, a gateway doesn't try to build pages. */
const COPIED = [
  PROGRAM,
  'bin/package.json',
  'bin/strip-types.js',
  ...['README.md', 'LICENSE', 'CHANGELOG.md'],
  ...['docs/**/*.md', 'docs/api/openapi.json'],
  ...['dist/dashboard/**/*', 'dist/docs/**/*'],
]
const MIGRATIONS = 'src/store/migrations/*.sql'
/** Tells how old a build is, where it could be made again. */
const STAMP = /^dist\/\w+\/stamp$/

// What was built before isn't looked at: it may be of another tree.
for (const name of ['dashboard', 'docs']) {
  const { code, output } = await runCommand(process.execPath, [join(ROOT, `tools/build-${name}.ts`), '--force'])
  if (code !== 0) throw new Error(output)
}
rmSync(OUT, { recursive: true, force: true })
mkdirSync(DIRECTORY, { recursive: true })
for (const path of listFiles(COPIED)) if (!STAMP.test(path)) copy(path, path)
copy(`dist/dashboard/${NOTICES_FILE}`, 'THIRD_PARTY.txt')
for (const path of listFiles([MIGRATIONS])) copy(path, path.replace('src/', 'dist/'))
const { modules, packages } = compileProgram(join(ROOT, 'src'), ENTRIES)
for (const [path, text] of modules) write(`dist/${path}`, text)
await writeManifest(ROOT, DIRECTORY, packages)
const written = listFiles(['**/*'], DIRECTORY)
for (const path of written) chmodSync(join(DIRECTORY, path), path === PROGRAM ? 0o755 : 0o644)

// npm sorts what it packs, and gives all of it one time and no owner.
const packArgs = ['pack', '--json', '--ignore-scripts', '--pack-destination', OUT]
const [packed] = JSON.parse(await npm(DIRECTORY, packArgs)) as [Packed]
requireAll(packed)
const tarball = join(OUT, packed.filename)
const hash = createHash('sha256').update(readFileSync(tarball)).digest('hex')
console.log(`${hash}  ${relative(ROOT, tarball)}`)

function listFiles(patterns: readonly string[], directory = ROOT): string[] {
  return globSync([...patterns], { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

function copy(from: string, to: string): void {
  cpSync(join(ROOT, from), join(DIRECTORY, to))
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(DIRECTORY, path)), { recursive: true })
  writeFileSync(join(DIRECTORY, path), text)
}

/** npm leaves some names out of every package without a word. */
function requireAll({ files }: Packed): void {
  const names = new Set(files.map(({ path }) => path))
  const missing = written.filter((path) => !names.has(path))
  if (missing.length > 0) throw new Error(`npm did not pack ${missing.join(', ')}`)
}
