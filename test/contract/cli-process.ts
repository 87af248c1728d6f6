import { type Outcome, runSwitchyard, SWITCHYARD_PROGRAM } from '../harness/run-switchyard.ts'
import { gateway } from './request.ts'

export const CLI_PROGRAM = SWITCHYARD_PROGRAM
export const CLI_ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  SWITCHYARD_URL: gateway.url,
  SWITCHYARD_MANAGEMENT_KEY: gateway.managementKey,
}

/** One command line of the real program, for the gateway that the tests share. */
export async function runCli(
  args: readonly string[],
  { env = CLI_ENVIRONMENT as NodeJS.ProcessEnv, stdin = '' } = {},
): Promise<Outcome> {
  return await runSwitchyard(args, { env, stdin })
}
