import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Gateway } from './gateway-process.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/switchyard')

export interface AuditOutcome {
  code: number
  stderr: string
  /** One for each organization, offline. */
  data: {
    organization_id: string
    is_intact: boolean
    rows_checked: number
    fault: { reason: string; sequence: number } | null
  }[]
}

/** `switchyard audit verify` with the settings of this gateway, and `env` over them. */
export async function verifyAudit(
  gateway: Gateway,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<AuditOutcome> {
  const settings = {
    PATH: process.env['PATH'],
    SWITCHYARD_DATA_DIR: gateway.dataDir,
    DATABASE_URL: gateway.databaseUrl,
    SWITCHYARD_URL: gateway.url,
    SWITCHYARD_MANAGEMENT_KEY: gateway.managementKey,
    ...env,
  }
  const child = spawn(process.execPath, [PROGRAM, 'audit', 'verify', ...args], {
    env: settings,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const body = stdout === '' ? { data: [] } : (JSON.parse(stdout) as { data: AuditOutcome['data'] })
  return { code: code as number, stderr, data: [body.data].flat() }
}
