/** One gateway for all contract tests: started once, set up as an administrator would, with the built-in models. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'
import { startGateway } from '../harness/gateway-process.ts'

export interface SharedGateway {
  url: string
  managementKey: string
  /** The first administrator: the only member of the organization. */
  userId: string
  organizationId: string
  defaultWorkspaceId: string
  /** An inference key in the Default workspace. */
  inferenceKey: string
}

declare module 'vitest' {
  interface ProvidedContext {
    gateway: SharedGateway
  }
}

export const ADMIN_EMAIL = 'first.admin@example.test'

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  const token = await setUpToken(gateway.stdout)
  const { body } = await gateway.call('POST', '/setup', { key: null, body: { token, email: ADMIN_EMAIL } })
  const { data } = body as { data: Record<'user_id' | 'organization_id' | 'workspace_id' | 'inference_key', string> }
  project.provide('gateway', {
    url: gateway.url,
    managementKey: gateway.managementKey,
    userId: data.user_id,
    organizationId: data.organization_id,
    defaultWorkspaceId: data.workspace_id,
    inferenceKey: data.inference_key,
  })
  return async () => {
    await gateway.stop()
  }
}

/** The token of the set-up URL that the newest start printed. Throws when none comes: its line may be on its way still. */
export async function setUpToken(stdout: readonly string[]): Promise<string> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const token = stdout.flatMap((line) => /\/setup\?token=([\w-]+)/.exec(line)?.[1] ?? []).at(-1)
    if (token !== undefined) return token
    await sleep(10)
  }
  throw new Error(`no set-up URL in\n${stdout.join('\n')}`)
}
