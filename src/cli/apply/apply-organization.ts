import { type FileHandle, open } from 'node:fs/promises'
import { ApiError, createClient } from '../../contract/client.ts'
import type { Operation } from '../../contract/operation.ts'
import { askJson } from '../api-client.ts'
import type { Difference } from './compare.ts'
import { readLiveOrganization } from './live-organization.ts'
import type { DeclaredOrganization } from './organization-file.ts'
import { planOrganization } from './plan-organization.ts'
import { PlanRefused } from './plan-refused.ts'
import type { Answer, Step, StepWorld } from './plan-steps.ts'

export interface ApplyOptions {
  origin: string
  key: string
  isDryRun: boolean
  isPruning: boolean
  /** A new file for the secrets of keys that are made; each is shown once. */
  keysFile: string | undefined
  onStep: (line: string) => void
}

export interface ApplyReport {
  /** What was done, or in a dry run what would be. */
  changes: readonly { action: Step['action']; what: string; place: string; fields: Record<string, Difference> }[]
  /** What the file asks for and can't be done to something that is there. */
  refused: readonly { place: string; reason: string }[]
  /** What is there and isn't in the file. */
  undeclared: readonly string[]
}

/**
 * Makes an organization what a file declares, through the API, so with the rights of the key and a row in the audit log for each
 * change. Stops at the first refusal; what was done stays, and the next run goes on from there. Throws PlanRefused before
 * anything is changed, and ApiError.
 */
export async function applyOrganization(declared: DeclaredOrganization, options: ApplyOptions): Promise<ApplyReport> {
  const { origin, key, isDryRun, isPruning, onStep } = options
  const call = createClient({ baseUrl: origin, apiKey: key, fetch: askJson })
  const ids = new Map<string, string>()
  const live = await readLiveOrganization(
    call,
    declared.workspaces.map(({ slug }) => slug),
  )
  const { steps, surplus } = planOrganization(declared, { live, isPruning, ids })
  const doable = steps.filter(({ refusal }) => refusal === undefined)
  if (!isDryRun) {
    const send = async (operation: Operation, input: unknown) => (await call(operation, input)) as Answer
    await runSteps(doable, { send, ids }, options)
  } else for (const step of doable) onStep(lineOf(step))
  return {
    changes: doable.map(({ action, what, place, fields }) => ({ action, what, place, fields })),
    refused: steps.flatMap(({ place, refusal }) => (refusal === undefined ? [] : [{ place, reason: refusal }])),
    undeclared: surplus,
  }
}

async function runSteps(
  steps: readonly Step[],
  world: Pick<StepWorld, 'send' | 'ids'>,
  { keysFile, onStep }: ApplyOptions,
): Promise<void> {
  const newKeys = steps.filter(({ action, what }) => action === 'create' && what === 'key')
  if (newKeys.length > 0 && keysFile === undefined)
    throw new PlanRefused(
      `${newKeys.length} keys would be made, whose secrets are shown once: say where to by --keys-file`,
    )
  const secrets = newKeys.length > 0 && keysFile !== undefined ? await openNew(keysFile) : undefined
  try {
    for (const step of steps) {
      await run(step, {
        ...world,
        keepSecret: async (made) => void (await secrets?.appendFile(`${JSON.stringify(made)}\n`)),
      })
      onStep(lineOf(step))
    }
  } finally {
    await secrets?.sync()
    await secrets?.close()
  }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    throw new PlanRefused((error as Error).message)
  }
}

async function run(step: Step, world: StepWorld): Promise<void> {
  try {
    await step.run(world)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { envelope, status } = error
    throw new ApiError(status, {
      ...envelope,
      error: { ...envelope.error, message: `${step.place}: ${error.message}` },
    })
  }
}

const MARKS = { create: '+', add: '+', invite: '+', update: '~', assign: '~', delete: '-' } as const

/** `~ research/budgets/monthly: limit_usd 100 → 200` */
function lineOf({ action, place, fields }: Step): string {
  const isNew = MARKS[action] === '+'
  const changes = Object.entries(fields).map(([name, { from, to }]) =>
    isNew ? `${name} ${JSON.stringify(to)}` : `${name} ${JSON.stringify(from)} → ${JSON.stringify(to)}`,
  )
  return `${MARKS[action]} ${place}${changes.length > 0 ? `: ${changes.join(', ')}` : ''}`
}
