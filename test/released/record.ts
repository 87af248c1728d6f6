/**
 * `npm run record:release`: writes what an installation of the version in package.json leaves in its database, for the rehearsal
 * of upgrades from it (`test/e2e/upgrade.test.ts`). Done once when a version is released; what is there isn't written over.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { runSwitchyard } from '../harness/run-switchyard.ts'
import { fillEmptyTables } from './fill-empty-tables.ts'
import { pathOfRelease, RELEASED_KEY, RELEASED_SECRET, withDatabase } from './released-data.ts'

const REQUESTS = '60'
const ROOT = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
const path = pathOfRelease(version)
const directory = mkdtempSync(join(tmpdir(), 'record-'))
const dataDir = join(directory, 'data')
const settings = { SWITCHYARD_DATA_DIR: dataDir, SWITCHYARD_SECRET: RELEASED_SECRET }

if (existsSync(path)) {
  process.stderr.write(`${path} is there: what was released stays as it is\n`)
  process.exitCode = 1
} else {
  try {
    await makeData()
    const filled = await withDatabase({ dataDir }, undefined, ({ kysely }) => fillEmptyTables(kysely))
    process.stderr.write(`one row each: ${filled.join(', ')}\n`)
    process.stdout.write(await run(['backup', path], settings))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function makeData(): Promise<void> {
  await (await start()).stop({ keepData: true })
  // As in installations from before migration 0029, where the key of the audit log came from the secret: so the log holds under
  // earlier schemas too.
  await withDatabase({ dataDir }, undefined, async ({ kysely }) => {
    await kysely.updateTable('installation').set({ audit_key: null }).execute()
  })
  const gateway = await start()
  try {
    const target = { SWITCHYARD_URL: gateway.url, SWITCHYARD_MANAGEMENT_KEY: RELEASED_KEY }
    await run(['demo-data', '--requests', REQUESTS], target)
  } finally {
    await gateway.stop()
  }
}

function start(): Promise<Gateway> {
  return startGateway({
    ...{ store: 'embedded', dataDir, managementKey: RELEASED_KEY, firstStart: true },
    env: { SWITCHYARD_SIM: 'on', SWITCHYARD_SECRET: RELEASED_SECRET },
  })
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await runSwitchyard(args, { env })
  if (code !== 0) throw new Error(`switchyard ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}
