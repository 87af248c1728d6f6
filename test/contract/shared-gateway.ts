/** One gateway for all contract tests: started once, set up as an administrator would, with the built-in models. */
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
  const token = setUpToken(gateway.stdout)
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

/** The token of the set-up URL that the newest start printed. Throws when there is none. */
export function setUpToken(stdout: readonly string[]): string {
  const token = stdout.flatMap((line) => /\/setup\?token=([\w-]+)/.exec(line)?.[1] ?? []).at(-1)
  if (token === undefined) throw new Error(`no set-up URL in\n${stdout.join('\n')}`)
  return token
}
