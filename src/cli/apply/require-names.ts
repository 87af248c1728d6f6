import { WORKSPACE_ROLES } from '../../contract/common/permissions.ts'
import type { LiveOrganization } from './live-organization.ts'
import type { DeclaredOrganization, DeclaredWorkspace } from './organization-file.ts'
import { PlanRefused } from './plan-refused.ts'

/** Throws PlanRefused where something is named that is neither declared nor there. */
export function requireNames({ customRoles = [], workspaces }: DeclaredOrganization, live: LiveOrganization): void {
  const roles = namesOf([...WORKSPACE_ROLES], customRoles, live.customRoles)
  for (const workspace of workspaces) {
    const known = { ...namesIn(workspace, live), role: roles }
    for (const { kind, name, place } of mentionsIn(workspace))
      if (!known[kind].has(name)) throw new PlanRefused(`${workspace.slug}/${place}: there is no ${kind} ${name}`)
  }
}

interface Mention {
  kind: 'guardrail' | 'project' | 'key' | 'role'
  name: string
  place: string
}

function mentionsIn({ keys = [], destinations = [], members = [] }: DeclaredWorkspace): Mention[] {
  const mention = (kind: Mention['kind'], name: string | null | undefined, place: string): Mention[] =>
    name ? [{ kind, name, place }] : []
  return [
    ...keys.flatMap(({ name, guardrail, project }) => [
      ...mention('guardrail', guardrail, `keys/${name}`),
      ...mention('project', project, `keys/${name}`),
    ]),
    ...destinations.flatMap(({ name, keys: named }) =>
      (named ?? []).flatMap((key) => mention('key', key, `destinations/${name}`)),
    ),
    ...members.flatMap(({ email, role }) => mention('role', role, `members/${email}`)),
  ]
}

function namesIn(
  { slug, guardrails = [], projects = [], keys = [] }: DeclaredWorkspace,
  { workspaces }: LiveOrganization,
) {
  const live = workspaces.get(slug)
  const slugs = [...projects, ...(live?.projects ?? [])].map((project) => project.slug)
  return {
    guardrail: namesOf([], guardrails, live?.guardrails ?? []),
    project: new Set(slugs),
    key: namesOf([], keys, live?.keys ?? []),
  }
}

function namesOf(fixed: readonly string[], ...lists: readonly (readonly { name: string }[])[]): Set<string> {
  return new Set([...fixed, ...lists.flat().map(({ name }) => name)])
}
