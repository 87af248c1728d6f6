/**
 * `npm run sbom` prints the bill of materials of production, CycloneDX 1.6 in JSON: every package that `npm ci --omit=dev` may
 * install on any platform, from the lock file alone, and so the same each time. (`npm sbom` leaves out what development needs too.)
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface LockedPackage {
  version?: string
  integrity?: string
  license?: string
  resolved?: string
  dev?: boolean
  optional?: boolean
}

const LOCK = join(import.meta.dirname, '../package-lock.json')
const FOLDER = 'node_modules/'

const text = readFileSync(LOCK, 'utf8')
const { name, version, packages } = JSON.parse(text) as {
  name: string
  version: string
  packages: Readonly<Record<string, LockedPackage>>
}
const components = Object.entries(packages).flatMap(([path, locked]) =>
  path === '' || locked.dev === true ? [] : [componentOf(path, locked)],
)
const unique = new Map(components.map((component) => [component['bom-ref'], component]))
const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:${uuidOf(text)}`,
  version: 1,
  metadata: { component: { type: 'application', 'bom-ref': `pkg:npm/${name}@${version}`, name, version } },
  components: [...unique.values()].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
}
process.stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`)

function componentOf(path: string, { version: locked = '', integrity = '', license, optional }: LockedPackage) {
  const fullName = path.slice(path.lastIndexOf(FOLDER) + FOLDER.length)
  const [algorithm = '', digest = ''] = integrity.split('-')
  return {
    type: 'library',
    'bom-ref': `pkg:npm/${fullName.replace('@', '%40')}@${locked}`,
    name: fullName,
    version: locked,
    scope: optional === true ? 'optional' : 'required',
    purl: `pkg:npm/${fullName.replace('@', '%40')}@${locked}`,
    ...(algorithm === 'sha512' && {
      hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }],
    }),
    ...(license !== undefined && { licenses: [{ expression: license }] }),
  }
}

/** A name for this content, in the form of a UUID. */
function uuidOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
