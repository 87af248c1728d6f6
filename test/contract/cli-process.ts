import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gateway } from './request.ts'

export const CLI_PROGRAM = join(import.meta.dirname, '../../bin/switchyard')
export const CLI_ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  SWITCHYARD_URL: gateway.url,
  SWITCHYARD_MANAGEMENT_KEY: gateway.managementKey,
}

export interface CliOutcome {
  code: number
  stdout: string
  stderr: string
}

/** One command line of the real program. */
export async function runCli(
  args: readonly string[],
  { env = CLI_ENVIRONMENT as NodeJS.ProcessEnv, stdin = '' } = {},
): Promise<CliOutcome> {
  const child = spawn(process.execPath, [CLI_PROGRAM, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number, stdout, stderr }
}
