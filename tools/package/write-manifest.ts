import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './npm.ts'

type Versions = Readonly<Record<string, string>>

interface Manifest {
  readonly [field: string]: unknown
  dependencies: Versions
}

/** What is about developing it, or would keep it from being published. */
const LEFT_OUT = new Set(['private', 'scripts', 'devDependencies'])

/** Writes what npm reads of a package: who depends on what, and in `npm-shrinkwrap.json` which version of every package below that,
 *  with its hash, out of the lock file of the tree. Dependencies are those of `packages`; what pages are built with isn't needed. */
export async function writeManifest(root: string, directory: string, packages: ReadonlySet<string>): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  const missing = [...packages].filter((name) => manifest.dependencies[name] === undefined)
  if (missing.length > 0) throw new Error(`package.json doesn't have among its dependencies: ${missing.join(', ')}`)
  const dependencies = Object.entries(manifest.dependencies).filter(([name]) => packages.has(name))
  const published = {
    ...Object.fromEntries(Object.entries(manifest).filter(([field]) => !LEFT_OUT.has(field))),
    dependencies: Object.fromEntries(dependencies),
  }
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`)
  const lock = join(directory, 'package-lock.json')
  writeFileSync(lock, readFileSync(join(root, 'package-lock.json')))
  // Drops what nothing needs any more. It has no other source of versions: without a network what the lock file lacks is a failure.
  await npm(directory, ['install', '--package-lock-only', '--offline', '--ignore-scripts'])
  renameSync(lock, join(directory, 'npm-shrinkwrap.json'))
}
