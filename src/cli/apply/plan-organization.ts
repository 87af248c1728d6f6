import { OPERATIONS } from '../../contract/operations.ts'
import type { DeclaredOrganization, DeclaredWorkspace } from './organization-file.ts'
import { planMembers } from './plan-members.ts'
import { budgetSteps, idOf, leaveOrDelete, madeOf, noteId, type Place, type Step, stepsOf } from './plan-steps.ts'
import { planDestinations, planGuardrails, planKeys, planProjects } from './plan-things.ts'
import { requireNames } from './require-names.ts'
import type { PlanOptions, PlanParts } from './workspace-parts.ts'

/*
 * What makes an organization what a file declares. Steps are in an order in which each finds what it refers to; what they make
 * is known by its place until it has an id.
 */

export interface OrganizationPlan {
  steps: readonly Step[]
  /** What is there and wasn't declared, in lists that were. */
  surplus: readonly Place[]
}

/** Throws PlanRefused. */
export function planOrganization(declared: DeclaredOrganization, options: PlanOptions): OrganizationPlan {
  requireNames(declared, options.live)
  const parts: PlanParts = { steps: [], surplus: [] }
  planCustomRoles(declared, options, parts)
  for (const workspace of declared.workspaces) planWorkspace(workspace, options, parts)
  const slugs = declared.workspaces.map(({ slug }) => slug)
  parts.surplus.push(...options.live.slugs.filter((slug) => !slugs.includes(slug)))
  return parts
}

function planCustomRoles(
  { customRoles }: DeclaredOrganization,
  { live, isPruning, ids }: PlanOptions,
  parts: PlanParts,
): void {
  for (const { name, id } of live.customRoles) noteId({ ids }, 'role', name, id)
  for (const { name, fields } of customRoles ?? []) {
    parts.steps.push(
      ...stepsOf({
        ...{ what: 'custom role', place: `custom_roles/${name}`, declared: fields },
        live: live.customRoles.find((role) => role.name === name),
        create: async (world) => {
          noteId(world, 'role', name, madeOf(await world.send(OPERATIONS.createCustomRole, fields)))
        },
        update: (changed) => async (world) => {
          await world.send(OPERATIONS.updateCustomRole, { id: idOf(world, 'role', name), ...changed })
        },
      }),
    )
  }
  if (customRoles === undefined) return
  const surplus = live.customRoles.filter(({ name }) => !customRoles.some((role) => role.name === name))
  for (const { name, id } of surplus) {
    const run: Step['run'] = async ({ send }) => void (await send(OPERATIONS.deleteCustomRole, { id }))
    leaveOrDelete(parts, isPruning, { what: 'custom role', place: `custom_roles/${name}`, run })
  }
}

function planWorkspace(declared: DeclaredWorkspace, options: PlanOptions, parts: PlanParts): void {
  const { slug, fields } = declared
  const live = options.live.workspaces.get(slug)
  if (live !== undefined) {
    noteId(options, 'workspace', slug, live.row.id)
    noteId(options, 'default guardrail', slug, String(live.row['default_guardrail_id']))
  }
  parts.steps.push(
    ...stepsOf({
      ...{ what: 'workspace', place: slug, declared: fields, live: live?.row },
      create: async (world) => {
        const answer = await world.send(OPERATIONS.createWorkspace, { name: slug, ...fields })
        noteId(world, 'workspace', slug, madeOf(answer))
        noteId(world, 'default guardrail', slug, madeOf(answer, 'default_guardrail_id'))
      },
      update: (changed) => async (world) => {
        await world.send(OPERATIONS.updateWorkspace, { id: idOf(world, 'workspace', slug), ...changed })
      },
    }),
  )
  const at = { place: `${slug}/budgets`, workspace: slug, isPruning: options.isPruning }
  add(parts, budgetSteps(declared.budgets, live?.budgets ?? [], at))
  const workspace = { declared, live, options, parts }
  planProjects(workspace)
  planGuardrails(workspace)
  planKeys(workspace)
  planDestinations(workspace)
  planMembers(workspace)
}

function add(parts: PlanParts, { steps, surplus }: PlanParts): void {
  parts.steps.push(...steps)
  parts.surplus.push(...surplus)
}
