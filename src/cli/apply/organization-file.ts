import { z } from 'zod'
import { parseYaml } from '../../config/yaml-document.ts'
import { BudgetInterval, BudgetLimit } from '../../contract/management/budgets.ts'
import { OPERATIONS } from '../../contract/operations.ts'
import { canonicalIpRange } from '../../domain/ip-ranges.ts'

/*
 * What an organization should have, as people write it into a file: by names and slugs, never by ids. Fields and their bounds
 * are those of the operations that make a thing; what isn't written stays as it is.
 */

const VERSION = 1
const Name = z.string().min(1).max(200)
const Slug = z.string().min(1).max(100)
const List = <T extends z.ZodType>(item: T, nameOf: (one: z.output<T>) => string) =>
  z
    .array(item)
    .max(10_000)
    .refine((list) => new Set(list.map(nameOf)).size === list.length, 'names a thing twice')
    .optional()

const Budgets = z.partialRecord(BudgetInterval, BudgetLimit)

const Key = OPERATIONS.createKeys.input
  .omit({ workspace_id: true, project_id: true, creator_user_id: true, ttl_seconds: true, external: true })
  // Where new secrets go has credentials, which nobody can compare with what is there.
  .omit({ deliver: true, rotate_every_days: true })
  .extend({
    disabled: z.boolean().optional(),
    /** Slug of a project of the workspace. */
    project: Slug.nullish(),
    /** Name of a guardrail of the workspace, which it is assigned to. */
    guardrail: Name.nullish(),
  })

const Guardrail = OPERATIONS.createGuardrail.input.omit({ workspace_id: true }).extend({
  /** The one that holds for everybody in the workspace. */
  default: z.literal(true).optional(),
})

const Project = OPERATIONS.createProject.input
  .omit({ id: true, lead_user_ids: true })
  .extend({ budgets: Budgets.optional() })

const Destination = OPERATIONS.createObservabilityDestination.input
  .omit({ workspace_id: true, api_key_hashes: true })
  .extend({
    /** Names of keys of the workspace; null for all. */
    keys: z.array(Name).min(1).max(1_000).nullish(),
  })

const Member = z.strictObject({
  email: z.email().max(320),
  /** One of the four roles of a workspace, or the name of a custom role. */
  role: Name,
})

const Workspace = OPERATIONS.updateWorkspace.input.omit({ id: true, io_logging_api_key_ids: true }).extend({
  slug: Slug,
  budgets: Budgets.optional(),
  members: List(Member, ({ email }) => email.toLowerCase()),
  projects: List(Project, ({ slug }) => slug),
  guardrails: List(Guardrail, ({ name }) => name),
  keys: List(Key, ({ name }) => name),
  destinations: List(Destination, ({ name }) => name),
})

const File = z.strictObject({
  version: z.literal(VERSION),
  custom_roles: List(OPERATIONS.createCustomRole.input, ({ name }) => name),
  workspaces: List(Workspace, ({ slug }) => slug),
})

/** Fields of a thing that somebody wrote down, ready to be sent. */
export type Fields = Readonly<Record<string, unknown>>
export type BudgetPlan = z.output<typeof Budgets>

export interface DeclaredProject {
  slug: string
  fields: Fields
  budgets: BudgetPlan | undefined
}

export interface DeclaredKey {
  name: string
  fields: Fields
  project: string | null | undefined
  guardrail: string | null | undefined
}

export interface DeclaredWorkspace {
  slug: string
  fields: Fields
  budgets: BudgetPlan | undefined
  members: readonly { email: string; role: string }[] | undefined
  projects: readonly DeclaredProject[] | undefined
  guardrails: readonly { name: string; isDefault: boolean; fields: Fields }[] | undefined
  keys: readonly DeclaredKey[] | undefined
  destinations: readonly { name: string; keys: readonly string[] | null | undefined; fields: Fields }[] | undefined
}

export interface DeclaredOrganization {
  customRoles: readonly { name: string; fields: Fields }[] | undefined
  workspaces: readonly DeclaredWorkspace[]
}

/** The file, or what is wrong with it. */
export class BadOrganizationFile extends Error {}

/** Reads YAML (and so JSON) of the form that `docs/gitops.md` shows. Throws BadOrganizationFile, which names every bad field. */
export function parseOrganizationFile(text: string): DeclaredOrganization {
  const raw = parseText(text)
  const { success, data, error } = File.safeParse(raw)
  if (!success) throw new BadOrganizationFile(error.issues.map(sentenceOf).join('\n'))
  // Defaults of operations were filled in, but nobody declared those.
  const written = raw as { custom_roles?: Fields[]; workspaces?: Record<string, Fields[]>[] }
  const { custom_roles, workspaces = [] } = data
  return {
    customRoles: custom_roles?.map((role, at) => ({
      name: role.name,
      fields: asWritten(role, written.custom_roles?.[at]),
    })),
    workspaces: workspaces.map((workspace, at) => declaredWorkspace(workspace, written.workspaces?.[at] ?? {})),
  }
}

function declaredWorkspace(parsed: z.output<typeof Workspace>, written: Record<string, Fields[]>): DeclaredWorkspace {
  const { budgets, members, projects, guardrails, keys, destinations, ...settings } = parsed
  return {
    slug: parsed.slug,
    fields: asWritten(settings, written),
    budgets,
    members,
    projects: projects?.map(({ budgets: own, ...project }, at) => ({
      slug: project.slug,
      budgets: own,
      fields: asWritten(project, written['projects']?.[at]),
    })),
    guardrails: guardrails?.map(({ default: isDefault, ...guardrail }, at) => ({
      name: guardrail.name,
      isDefault: isDefault === true,
      fields: asWritten(guardrail, written['guardrails']?.[at]),
    })),
    keys: keys?.map(({ project, guardrail, ...key }, at) => ({
      ...{ name: key.name, project, guardrail },
      fields: asWritten(key, written['keys']?.[at]),
    })),
    destinations: destinations?.map(({ keys: names, ...destination }, at) => ({
      ...{ name: destination.name, keys: names },
      fields: asWritten(destination, written['destinations']?.[at]),
    })),
  }
}

function asWritten(parsed: object, written: object = {}): Fields {
  const entries = Object.entries(parsed).filter(([name]) => name in written)
  return Object.fromEntries(entries.map(([name, value]) => [name, name === 'allowed_ips' ? asStored(value) : value]))
}

/** Networks as the API tells them. What is none stays, for the API to refuse. */
function asStored(networks: unknown): unknown {
  return Array.isArray(networks) ? networks.map((text: string) => canonicalIpRange(text) ?? text) : networks
}

function parseText(text: string): unknown {
  try {
    return parseYaml(text)
  } catch (error) {
    throw new BadOrganizationFile((error as Error).message)
  }
}

function sentenceOf({ path, message }: z.core.$ZodIssue): string {
  return `${path.length === 0 ? 'the file' : path.join('.')}: ${message}`
}
