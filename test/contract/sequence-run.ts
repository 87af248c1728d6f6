import { expect } from 'vitest'

import { type OperationName, operationOf } from '../../src/contract/operations.ts'
import type { Control } from '../../src/control/invoke.ts'
import { AppError } from '../../src/domain/app-error.ts'
import {
  FINDING_NOTHING,
  inputFor,
  largestPage,
  newInput,
  OUTLIVES_WORKSPACE,
  RESOURCES,
  REVIVING,
  type Resource,
  takes,
  WORKSPACES,
} from './sequence-resources.ts'
import { ORIGIN, type TwoOrganizations } from './two-organizations.ts'

export type Step =
  | { do: 'create'; resource: number; at: number; spoilt: 'no' | 'unknown field' | 'wrong type' }
  | { do: 'ask'; nth: number; what: 'get' | 'update' | 'delete' }
  | { do: 'more'; nth: number; which: number }
  | { do: 'at another path'; nth: number; resource: number; what: 'get' | 'update' | 'delete' }
  | { do: 'under another parent'; nth: number; at: number; what: 'get' | 'update' | 'delete' }
  | { do: 'at once'; nth: number; what: readonly ('get' | 'update' | 'delete')[] }
  | { do: 'add members'; at: number; people: readonly number[]; role: MemberRole; withStranger: boolean }
  | { do: 'change member'; at: number; person: number; role: MemberRole }
  | { do: 'remove member'; at: number; person: number }

export const MEMBER_ROLES = ['admin', 'developer', 'viewer', 'billing_manager'] as const
type MemberRole = (typeof MEMBER_ROLES)[number]
type MemberStep = Extract<Step, { do: 'add members' | 'change member' | 'remove member' }>

/** Caps within the reach of short sequences. */
export const CAPS = { admin: 2, billing_manager: 1 } as const

interface Thing {
  resource: Resource
  id: string
  workspace: Thing | undefined
  isAlive: boolean
  /** Of a workspace: its members. */
  members: Map<string, MemberRole>
}

interface Answer {
  status: number
  body: Record<string, unknown>
}

export interface SequenceParts {
  world: TwoOrganizations
  control: Control
  /** Ids of people in the organization. */
  people: readonly string[]
  /** Makes names that nothing else has. */
  count: () => number
  /** Where creations that succeeded are noted. */
  made: Set<string>
}

/** One sequence in workspaces of its own, with what is there by now. Whatever is done, each answer and what it leaves behind is
 *  as foretold; throws where not. */
export class SequenceRun {
  readonly #parts: SequenceParts
  readonly #things: Thing[] = []
  #audited = 0n

  constructor(parts: SequenceParts) {
    this.#parts = parts
  }

  async begin(): Promise<void> {
    this.#audited = await this.#auditSequence()
    await this.#create({ resource: WORKSPACES, workspace: undefined })
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'create':
        await this.#createAt(step)
        break
      case 'ask':
        await this.#onThing(step.nth, (thing) => this.#ask(thing, step.what))
        break
      case 'more':
        await this.#onThing(step.nth, (thing) => this.#askMore(thing, step.which))
        break
      case 'at another path':
        await this.#onThing(step.nth, (thing) => this.#askElsewhere(thing, step))
        break
      case 'under another parent':
        await this.#onThing(step.nth, (thing) => this.#askUnderOther(thing, step))
        break
      case 'at once':
        await this.#onThing(step.nth, (thing) => this.#askAtOnce(thing, step.what))
        break
      default:
        await this.#changeMembers(step)
    }
    expect([step, await this.#auditSequence()]).toEqual([step, this.#audited])
  }

  /** Lists show what is alive and nothing else; then all of it is deleted. */
  async end(): Promise<void> {
    const alive = () => this.#things.filter(({ isAlive }) => isAlive)
    for (const thing of this.#things) await this.#checkListed(thing)
    for (const workspace of this.#workspaces().filter(({ isAlive }) => isAlive)) await this.#checkMembers(workspace)
    // What lies in a workspace goes with it, but for keys, which keep it.
    const goesLast = (thing: Thing) => thing.resource === WORKSPACES
    const goesAlong = (thing: Thing) => thing.workspace !== undefined && isTaken(thing) && !isKey(thing)
    for (const thing of alive().filter((one) => !goesLast(one) && !goesAlong(one))) await this.#ask(thing, 'delete')
    for (const thing of alive().filter(goesLast)) await this.#ask(thing, 'delete')
    expect(alive()).toEqual([])
  }

  #workspaces(): Thing[] {
    return this.#things.filter(({ resource }) => resource === WORKSPACES)
  }

  #workspaceAt(index: number): Thing {
    const workspaces = this.#workspaces()
    const found = workspaces[index % workspaces.length]
    if (found === undefined) throw new Error('a sequence begins with a workspace')
    return found
  }

  async #onThing(nth: number, act: (thing: Thing) => Promise<unknown>): Promise<void> {
    const thing = this.#things.at(-1 - (nth % this.#things.length))
    if (thing !== undefined) await act(thing)
  }

  async #call(name: OperationName, input: object): Promise<Answer> {
    const operation = operationOf(name)
    try {
      const body = (await this.#parts.control.invoke(
        name,
        this.#parts.world.ours.actor,
        input,
        ORIGIN,
      )) as Answer['body']
      const isChange = operation.effect !== 'read' && !FINDING_NOTHING.has(name)
      if (isChange || operation.isAuditedRead === true) this.#audited += 1n
      return { status: operation.status ?? 200, body }
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error
      return { status: error.status, body: { message: error.message } }
    }
  }

  async #createAt({ resource: index, at, spoilt }: Extract<Step, { do: 'create' }>): Promise<void> {
    const resource = RESOURCES[index % RESOURCES.length] ?? WORKSPACES
    const isInside = resource.parentKey !== undefined || resource.takesWorkspace
    const workspace = isInside ? this.#workspaceAt(at) : undefined
    if (spoilt === 'no') return await this.#create({ resource, workspace })
    const before = await this.#list(resource, workspace)
    const input = spoil(this.#creation(resource, workspace), spoilt)
    const { status } = await this.#call(resource.create, input)
    expect([resource.path, spoilt, status]).toEqual([resource.path, spoilt, 400])
    expect(await this.#list(resource, workspace)).toEqual(before)
  }

  #creation(resource: Resource, workspace: Thing | undefined): Record<string, unknown> {
    const place = workspace === undefined ? {} : { [resource.parentKey ?? 'workspace_id']: workspace.id }
    return { ...newInput(resource, this.#parts.count()), ...place }
  }

  async #create({ resource, workspace }: { resource: Resource; workspace: Thing | undefined }): Promise<void> {
    const answer = await this.#call(resource.create, this.#creation(resource, workspace))
    const isMade = answer.status < 300
    if (workspace?.isAlive === false) {
      expect([resource.path, 'in a deleted workspace', answer.status]).toEqual([resource.path, expect.anything(), 404])
    }
    if (!isMade) return
    const id = (answer.body['data'] as Record<string, string>)[resource.key]
    if (id === undefined) throw new Error(`${resource.create} doesn't say which ${resource.key} it made`)
    this.#parts.made.add(resource.path)
    this.#things.push({ resource, id, workspace, isAlive: true, members: new Map() })
  }

  #keysOf({ resource, id, workspace }: Thing): Record<string, string> {
    const parent = resource.parentKey === undefined ? {} : { [resource.parentKey]: workspace?.id ?? '' }
    return { ...parent, [resource.key]: id }
  }

  #operationOn({ resource }: Thing, what: 'get' | 'update' | 'delete'): OperationName | undefined {
    return resource[what]
  }

  async #ask(thing: Thing, what: 'get' | 'update' | 'delete'): Promise<void> {
    const name = this.#operationOn(thing, what)
    if (name === undefined) return
    const answer = await this.#call(name, inputFor(name, this.#keysOf(thing), `changed ${this.#parts.count()}`))
    this.#expectForState(thing, name, answer)
    if (what === 'delete' && answer.status < 300) await this.#bury(thing)
  }

  /** Of what is gone nothing is known; of what is there something always is. */
  #expectForState(thing: Thing, name: OperationName, { status, body }: Answer): void {
    const said = [name, thing.id, body['message'], status]
    if (!thing.isAlive) {
      expect(said).toEqual([name, thing.id, expect.anything(), 404])
      return
    }
    const isKept = name === 'deleteWorkspace' || takes(name, 'workspace_id') || operationOf(name).method === 'PATCH'
    const wanted = operationOf(name).method === 'GET' || !isKept ? [200, 201] : [200, 201, 400, 409]
    expect(wanted.includes(status) ? [] : said).toEqual([])
  }

  /** With a workspace goes what lies in it; keys that live keep it. */
  async #bury(thing: Thing): Promise<void> {
    thing.isAlive = false
    const inside = this.#things.filter((child) => child.workspace === thing && child.isAlive && isTaken(child))
    expect(inside.filter(isKey)).toEqual([])
    for (const child of inside) child.isAlive = false
    for (const gone of [thing, ...inside]) {
      if (gone.resource.get !== undefined) await this.#ask(gone, 'get')
    }
  }

  async #askMore(thing: Thing, which: number): Promise<void> {
    const { more } = thing.resource
    const name = more[which % Math.max(1, more.length)]
    if (name === undefined) return
    const answer = await this.#call(name, inputFor(name, this.#keysOf(thing)))
    if (REVIVING.has(name) && answer.status < 300) {
      expect(thing.workspace?.isAlive).toBe(true)
      thing.isAlive = true
      thing.id = (answer.body['data'] as Record<string, string>)[thing.resource.key] ?? thing.id
    } else if (!thing.isAlive && !REVIVING.has(name)) {
      expect([name, answer.status]).toEqual([name, 404])
    }
  }

  /** The id of one thing is nothing in the path of another. */
  async #askElsewhere(thing: Thing, step: Extract<Step, { do: 'at another path' }>): Promise<void> {
    const resource = RESOURCES[step.resource % RESOURCES.length]
    const name = resource?.[step.what]
    if (resource === undefined || name === undefined || resource === thing.resource) return
    const parent = resource.parentKey === undefined ? {} : { [resource.parentKey]: this.#workspaceAt(step.nth).id }
    const { status } = await this.#call(name, inputFor(name, { ...parent, [resource.key]: thing.id }))
    expect([name, thing.resource.path, [400, 404].includes(status)]).toEqual([name, thing.resource.path, true])
    await this.#ask(thing, 'get')
  }

  async #askUnderOther(thing: Thing, step: Extract<Step, { do: 'under another parent' }>): Promise<void> {
    const { key, parentKey } = thing.resource
    if (parentKey === undefined) return
    if (this.#workspaces().length === 1) await this.#create({ resource: WORKSPACES, workspace: undefined })
    const other = this.#workspaceAt(step.at)
    const name = this.#operationOn(thing, step.what)
    if (other === thing.workspace || name === undefined) return
    const { status } = await this.#call(name, inputFor(name, { [parentKey]: other.id, [key]: thing.id }))
    expect([name, status]).toEqual([name, 404])
    await this.#ask(thing, 'get')
  }

  /** Of several deletions at once one counts; whoever comes after it finds nothing. */
  async #askAtOnce(thing: Thing, what: readonly ('get' | 'update' | 'delete')[]): Promise<void> {
    const names = what.flatMap((one) => this.#operationOn(thing, one) ?? [])
    const answers = await Promise.all(
      names.map(async (name) => {
        const input = inputFor(name, this.#keysOf(thing), `at once ${this.#parts.count()}`)
        return { name, ...(await this.#call(name, input)) }
      }),
    )
    const deletions = answers.filter(({ name, status }) => name === thing.resource.delete && status < 300)
    expect([thing.resource.path, deletions.length <= (thing.isAlive ? 1 : 0)]).toEqual([thing.resource.path, true])
    const isGone = !thing.isAlive || deletions.length > 0
    for (const { name, status } of answers) if (!isGone) expect([name, status]).not.toEqual([name, 404])
    if (deletions.length > 0) await this.#bury(thing)
    else await this.#ask(thing, 'get')
  }

  async #list(resource: Resource, workspace: Thing | undefined): Promise<string[] | number> {
    const place = workspace === undefined ? {} : { [resource.parentKey ?? 'workspace_id']: workspace.id }
    const given = Object.fromEntries(Object.entries(place).filter(([field]) => takes(resource.list, field)))
    const { status, body } = await this.#call(resource.list, { ...given, ...largestPage(resource.list) })
    if (status !== 200) return status
    return (body['data'] as Record<string, string>[]).map((one) => String(one[resource.key]))
  }

  async #checkListed(thing: Thing): Promise<void> {
    const listed = await this.#list(thing.resource, thing.workspace)
    if (thing.workspace?.isAlive === false) {
      expect([listed].flat()).not.toContain(thing.id)
      return
    }
    expect([thing.resource.path, listed]).toEqual([thing.resource.path, expect.any(Array)])
    expect([thing.resource.path, (listed as string[]).includes(thing.id)]).toEqual([thing.resource.path, thing.isAlive])
  }

  async #checkMembers(workspace: Thing): Promise<void> {
    const { body } = await this.#call('listWorkspaceMembers', { id: workspace.id, limit: 100 })
    const data = body['data'] as { user_id: string; workspace_role: MemberRole }[]
    const listed = new Map(data.map((member) => [member.user_id, member.workspace_role]))
    expect(listed).toEqual(workspace.members)
    for (const [role, cap] of Object.entries(CAPS))
      expect([...listed.values()].filter((held) => held === role).length).toBeLessThanOrEqual(cap)
  }

  async #changeMembers(step: MemberStep): Promise<void> {
    const { people } = this.#parts
    const workspace = this.#workspaceAt(step.at)
    const idOf = (person: number) => people[person % people.length] ?? ''
    if (step.do === 'add members') return await this.#addMembers(workspace, step, step.people.map(idOf))
    const user_id = idOf(step.person)
    const { id, isAlive, members } = workspace
    const isThere = isAlive && members.has(user_id)
    if (step.do === 'remove member') {
      const { status } = await this.#call('deleteWorkspaceMember', { id, user_id })
      expect([step, status]).toEqual([step, isThere ? 200 : 404])
      members.delete(user_id)
      return
    }
    const { status } = await this.#call('updateWorkspaceMember', { id, user_id, workspace_role: step.role })
    expect([step, status]).toEqual([step, isThere ? statusOfRole(members, [user_id], step.role) : 404])
    if (status === 200) members.set(user_id, step.role)
  }

  /** All of them or, where one is a stranger or a cap is in the way, none. */
  async #addMembers(
    { id, isAlive, members }: Thing,
    step: Extract<Step, { do: 'add members' }>,
    ids: readonly string[],
  ): Promise<void> {
    const user_ids = [...ids, ...(step.withStranger ? ['user_nobody'] : [])]
    const { status } = await this.#call('bulkAddWorkspaceMembers', { id, user_ids, workspace_role: step.role })
    const wanted = step.withStranger ? 400 : statusOfRole(members, ids, step.role)
    expect([step, status]).toEqual([step, isAlive ? wanted : 404])
    if (status === 200) for (const one of ids) members.set(one, step.role)
  }

  async #auditSequence(): Promise<bigint> {
    const { world } = this.#parts
    const { audit_sequence } = await world.database.kysely
      .selectFrom('organization_head')
      .select('audit_sequence')
      .where('organization_id', '=', world.ours.actor.organizationId)
      .executeTakeFirstOrThrow()
    return BigInt(audit_sequence)
  }
}

function countOf(members: ReadonlyMap<string, MemberRole>, role: string): number {
  return [...members.values()].filter((held) => held === role).length
}

function isKey({ resource }: Thing): boolean {
  return resource.path === '/api/v1/keys'
}

/** Whether it goes when its workspace does. */
function isTaken({ resource }: Thing): boolean {
  return !OUTLIVES_WORKSPACE.has(resource.create)
}

/** What giving them the role is answered with: caps count those who would have it. */
function statusOfRole(members: ReadonlyMap<string, MemberRole>, ids: readonly string[], role: MemberRole): 200 | 400 {
  const after = new Map([...members, ...ids.map((id) => [id, role] as const)])
  const isOver = Object.entries(CAPS).some(
    ([capped, cap]) => countOf(after, capped) > cap && countOf(after, capped) > countOf(members, capped),
  )
  return isOver ? 400 : 200
}

function spoil(input: Record<string, unknown>, how: 'unknown field' | 'wrong type'): Record<string, unknown> {
  const [first = ''] = Object.keys(input)
  return how === 'unknown field' ? { ...input, colour_of_it: 'red' } : { ...input, [first]: {} }
}
