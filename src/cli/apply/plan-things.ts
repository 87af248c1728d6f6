import { OPERATIONS } from '../../contract/operations.ts'
import { type Config, maskConfig } from '../../control/destinations/destination-config.ts'
import type { LiveWorkspace } from './live-organization.ts'
import type { DeclaredKey, Fields } from './organization-file.ts'
import { PlanRefused } from './plan-refused.ts'
import {
  budgetSteps,
  idOf,
  leaveOrDelete,
  madeOf,
  noteId,
  type Place,
  type Step,
  type StepWorld,
  stepsOf,
} from './plan-steps.ts'
import type { WorkspaceParts } from './workspace-parts.ts'

/** Only `createKeys` takes them. */
const FIXED_OF_KEYS = ['expires_at', 'hidden']

export function planProjects({ declared, live, options, parts }: WorkspaceParts): void {
  const { slug: workspace, projects } = declared
  const { isPruning, ids } = options
  for (const { id, slug } of live?.projects ?? []) noteId({ ids }, 'project', `${workspace}/${slug}`, id)
  for (const { slug, fields, budgets } of projects ?? []) {
    const place = `${workspace}/projects/${slug}`
    const found = live?.projects.find((project) => project.slug === slug)
    parts.steps.push(
      ...stepsOf({
        ...{ what: 'project', place, declared: fields, live: found },
        create: async (world) => {
          const answer = await world.send(OPERATIONS.createProject, {
            id: idOf(world, 'workspace', workspace),
            ...fields,
          })
          noteId(world, 'project', `${workspace}/${slug}`, madeOf(answer))
        },
        update: (changed) => async (world) => {
          const id = idOf(world, 'workspace', workspace)
          await world.send(OPERATIONS.updateProject, { id, slug, ...changed })
        },
      }),
    )
    const planned = budgetSteps(budgets, found?.budgets ?? [], {
      ...{ place: `${place}/budgets`, workspace, project: slug, isPruning },
    })
    parts.steps.push(...planned.steps)
    parts.surplus.push(...planned.surplus)
  }
  for (const { slug } of surplusOf(live?.projects, projects, ({ slug }) => slug)) {
    const run: Step['run'] = async (world) => {
      await world.send(OPERATIONS.deleteProject, { id: idOf(world, 'workspace', workspace), slug })
    }
    leaveOrDelete(parts, isPruning, { what: 'project', place: `${workspace}/projects/${slug}`, run })
  }
}

/** What is there in a list that was declared, and wasn't declared. */
function surplusOf<Live, Declared>(
  live: readonly Live[] | undefined,
  declared: readonly Declared[] | undefined,
  nameOf: (thing: Live | Declared) => string,
): Live[] {
  if (declared === undefined) return []
  const names = new Set(declared.map(nameOf))
  return (live ?? []).filter((thing) => !names.has(nameOf(thing)))
}

export function planGuardrails({ declared, live, options, parts }: WorkspaceParts): void {
  const { slug: workspace, guardrails } = declared
  const isDefault = (id: string) => id === live?.row['default_guardrail_id']
  for (const { id, name } of live?.guardrails ?? []) noteId(options, 'guardrail', `${workspace}/${name}`, id)
  for (const guardrail of guardrails ?? []) {
    const place = `${workspace}/guardrails/${guardrail.name}`
    const found = live?.guardrails.find(({ id, name }) =>
      guardrail.isDefault ? isDefault(id) : name === guardrail.name,
    )
    // The name of the default one is the file's alone: it can't be renamed.
    const { name: _, ...restrictions } = guardrail.fields
    const fields = guardrail.isDefault ? restrictions : guardrail.fields
    const update = (changed: Fields) => async (world: StepWorld) => {
      const id = guardrail.isDefault
        ? idOf(world, 'default guardrail', workspace)
        : idOf(world, 'guardrail', `${workspace}/${guardrail.name}`)
      await world.send(OPERATIONS.updateGuardrail, { id, ...changed })
    }
    parts.steps.push(
      ...stepsOf({
        ...{ what: 'guardrail', place, declared: withoutLabels(fields), live: found, update },
        create: async (world) => {
          // The default one has its id before it exists.
          if (guardrail.isDefault) return await update(fields)(world)
          const workspace_id = idOf(world, 'workspace', workspace)
          const answer = await world.send(OPERATIONS.createGuardrail, { workspace_id, ...fields })
          noteId(world, 'guardrail', `${workspace}/${guardrail.name}`, madeOf(answer))
        },
      }),
    )
  }
  for (const { id, name } of surplusOf(live?.guardrails, guardrails, ({ name }) => name)) {
    if (isDefault(id)) continue
    const run: Step['run'] = async ({ send }) => void (await send(OPERATIONS.deleteGuardrail, { id }))
    leaveOrDelete(parts, options.isPruning, { what: 'guardrail', place: `${workspace}/guardrails/${name}`, run })
  }
}

/** The API takes a label for a built-in filter and gives it its own. */
function withoutLabels(fields: Fields): Fields {
  const builtins = fields['content_filter_builtins']
  if (!Array.isArray(builtins)) return fields
  return { ...fields, content_filter_builtins: builtins.map(({ label: _, ...builtin }: Fields) => builtin) }
}

export function planKeys(workspace: WorkspaceParts): void {
  const { declared, live, options, parts } = workspace
  const { slug, keys } = declared
  for (const { name, hash } of live?.keys ?? []) noteId(options, 'key', `${slug}/${name}`, hash)
  for (const key of keys ?? []) planKey(key, workspace)
  for (const { name, hash } of surplusOf(live?.keys, keys, ({ name }) => name)) {
    const run: Step['run'] = async ({ send }) => void (await send(OPERATIONS.deleteKeys, { hash }))
    leaveOrDelete(parts, options.isPruning, { what: 'key', place: `${slug}/keys/${name}`, run })
  }
}

function planKey(key: DeclaredKey, { declared, live, options, parts }: WorkspaceParts): void {
  const { slug } = declared
  const { name } = key
  const place = `${slug}/keys/${name}`
  const found = live?.keys.filter((one) => one.name === name) ?? []
  if (found.length > 1) throw new PlanRefused(`${place}: ${found.length} keys have this name`)
  const [liveKey] = found
  parts.steps.push(
    ...stepsOf({
      ...{ what: 'key', place, fixed: FIXED_OF_KEYS },
      declared: { ...key.fields, ...(key.project !== undefined && { project: key.project }) },
      live: liveKey && { ...liveKey, project: projectNameOf(live, liveKey.project_id) },
      create: async (world) => {
        const { disabled, ...fields } = key.fields
        const workspace_id = idOf(world, 'workspace', slug)
        const answer = await world.send(OPERATIONS.createKeys, {
          workspace_id,
          ...fields,
          ...projectOf(world, slug, key),
        })
        const hash = madeOf(answer, 'hash')
        noteId(world, 'key', `${slug}/${name}`, hash)
        await world.keepSecret({ workspace: slug, name, hash, key: answer.key ?? '' })
        if (disabled === true) await world.send(OPERATIONS.updateKeys, { hash, disabled })
      },
      update:
        ({ project, ...changed }) =>
        async (world) => {
          const hash = idOf(world, 'key', `${slug}/${name}`)
          const moved = project === undefined ? {} : projectOf(world, slug, key)
          await world.send(OPERATIONS.updateKeys, { hash, ...changed, ...moved })
        },
    }),
    ...assignmentSteps(key, place, { declared, live, options, parts }),
  )
}

function projectNameOf(live: LiveWorkspace | undefined, id: string | null): string | null {
  return live?.projects.find((project) => project.id === id)?.slug ?? null
}

function projectOf(world: StepWorld, workspace: string, { project }: DeclaredKey): Fields {
  if (project === undefined) return {}
  return { project_id: project === null ? null : idOf(world, 'project', `${workspace}/${project}`) }
}

/** A key has one guardrail at most. */
function assignmentSteps(
  { name, guardrail }: DeclaredKey,
  place: Place,
  { declared, live, options }: WorkspaceParts,
): Step[] {
  if (guardrail === undefined) return []
  const { slug } = declared
  const hash = live?.keys.find((one) => one.name === name)?.hash
  const id = hash === undefined ? undefined : options.live.assignments.get(hash)
  const from = live?.guardrails.find((one) => one.id === id)?.name ?? null
  if (from === guardrail) return []
  const run: Step['run'] = async (world) => {
    const key_hashes = [idOf(world, 'key', `${slug}/${name}`)]
    if (guardrail === null) await world.send(OPERATIONS.bulkUnassignKeysFromGuardrail, { id, key_hashes })
    else {
      const to = idOf(world, 'guardrail', `${slug}/${guardrail}`)
      await world.send(OPERATIONS.bulkAssignKeysToGuardrail, { id: to, key_hashes })
    }
  }
  return [{ action: 'assign', what: 'key', place, fields: { guardrail: { from, to: guardrail } }, run }]
}

export function planDestinations({ declared, live, options, parts }: WorkspaceParts): void {
  const { slug, destinations } = declared
  for (const { name, fields, keys } of destinations ?? []) {
    const place = `${slug}/destinations/${name}`
    const found = live?.destinations.find((one) => one.name === name)
    const named = keys === undefined ? {} : { keys }
    const toSend = ({ keys: _, ...changed }: Fields, world: StepWorld): Fields => ({
      ...changed,
      // Whole, because what is compared has its secrets masked.
      ...(changed['config'] !== undefined && { config: fields['config'] }),
      ...(keys !== undefined && {
        api_key_hashes: keys?.map((key) => idOf(world, 'key', `${slug}/${key}`)) ?? null,
      }),
    })
    parts.steps.push(
      ...stepsOf({
        ...{ what: 'destination', place, declared: { ...masked(fields), ...named }, fixed: ['type'] },
        live: found && { ...found, keys: keyNamesOf(live, found.api_key_hashes) },
        create: async (world) => {
          const workspace_id = idOf(world, 'workspace', slug)
          await world.send(OPERATIONS.createObservabilityDestination, { workspace_id, ...toSend(fields, world) })
        },
        update: (changed) => async (world) => {
          const input = { id: found?.id, ...toSend(changed, world) }
          await world.send(OPERATIONS.updateObservabilityDestination, input)
        },
      }),
    )
  }
  for (const { id, name } of surplusOf(live?.destinations, destinations, ({ name }) => name)) {
    const run: Step['run'] = async ({ send }) => void (await send(OPERATIONS.deleteObservabilityDestination, { id }))
    leaveOrDelete(parts, options.isPruning, { what: 'destination', place: `${slug}/destinations/${name}`, run })
  }
}

/** As the API shows it, which is also all that is printed of it. */
function masked(fields: Fields): Fields {
  const { config } = fields
  return config === undefined ? fields : { ...fields, config: maskConfig(config as Config).masked }
}

function keyNamesOf(live: LiveWorkspace | undefined, hashes: readonly string[] | null): string[] | null {
  return hashes?.map((hash) => live?.keys.find((key) => key.hash === hash)?.name ?? hash) ?? null
}
