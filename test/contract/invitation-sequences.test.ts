import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationName } from '../../src/contract/operations.ts'
import type { Control } from '../../src/control/invoke.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { tokenOf } from './fixtures.ts'
import { sequenceCount } from './sequence-count.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/*
 * S7 for people: random sequences of invitations, acceptances in time and too late, role changes and removals, each answer
 * foretold by a model. No invitation is good twice, after its time or for another address; the last administrator stays.
 */

const DAY_MS = 86_400_000
const RUNS = sequenceCount({ full: 6_000, ci: 600 })
const SEED = process.env['SWITCHYARD_TEST_SEED']
const PEOPLE = ['a', 'b', 'c']

type Step =
  | { do: 'invite'; person: string; role: 'org:admin' | 'org:member'; workspace: boolean; days: number }
  | { do: 'accept'; nth: number; token: 'newest' | 'oldest'; as: 'self' | 'other' | 'nobody' }
  | { do: 'accept at once'; nth: number }
  | { do: 'resend'; nth: number; days: number }
  | { do: 'revoke'; nth: number }
  | { do: 'wait'; days: number }
  | { do: 'change role'; person: string; role: 'org:admin' | 'org:member' }
  | { do: 'remove'; person: string }
  | { do: 'remove the first administrator' }

const person = fc.constantFrom(...PEOPLE)
const role = fc.constantFrom('org:admin' as const, 'org:member' as const)
const nth = fc.nat(3)
const days = fc.integer({ min: 1, max: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('invite' as const), person, role, workspace: fc.boolean(), days }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('accept' as const),
      nth,
      token: fc.constantFrom('newest' as const, 'oldest' as const),
      as: fc.constantFrom('self' as const, 'other' as const, 'nobody' as const),
    }),
  },
  fc.record({ do: fc.constant('accept at once' as const), nth }),
  fc.record({ do: fc.constant('resend' as const), nth, days }),
  fc.record({ do: fc.constant('revoke' as const), nth }),
  fc.record({ do: fc.constant('wait' as const), days }),
  fc.record({ do: fc.constant('change role' as const), person, role }),
  fc.record({ do: fc.constant('remove' as const), person }),
  fc.record({ do: fc.constant('remove the first administrator' as const) }),
)

interface ModelInvitation {
  id: string
  person: string
  role: 'org:admin' | 'org:member'
  workspace: boolean
  tokens: string[]
  expiresAt: number
  end: 'accepted' | 'revoked' | undefined
}

interface ModelMember {
  userId: string
  role: 'org:admin' | 'org:member'
  workspace: boolean
}

let world: TwoOrganizations
let control: Control
let ahead = 0
let runs = 0
let founder: string
const now = () => systemClock.now() + ahead

beforeAll(async () => {
  world = await makeTwoOrganizations()
  control = world.controlWith({ clock: { ...systemClock, now } })
  const { link } = (await invoke('createInvitation', { email: 'founder@example.test', role: 'org:admin' })) as {
    link: string
  }
  founder = String((await invoke('acceptInvitation', { token: tokenOf(link) }))['user_id'])
})
afterAll(async () => {
  await world?.close()
})

async function invoke(name: OperationName, input: object): Promise<Record<string, unknown>> {
  const answer = (await control.invoke(name, world.ours.actor, input, ORIGIN)) as { data?: Record<string, unknown> }
  return answer.data ?? {}
}

async function outcome(name: OperationName, input: object): Promise<number | Record<string, unknown>> {
  try {
    return await invoke(name, input)
  } catch (error) {
    if (error instanceof AppError) return error.status
    throw error
  }
}

/** One sequence against one model, with addresses of its own. */
class Sequence {
  readonly #name = `run-${runs++}`
  readonly #invitations: ModelInvitation[] = []
  readonly #members = new Map<string, ModelMember>()

  async run(one: Step): Promise<void> {
    switch (one.do) {
      case 'invite':
        return await this.#invite(one)
      case 'accept':
        return await this.#accept(one)
      case 'accept at once':
        return await this.#acceptAtOnce(one.nth)
      case 'resend':
        return await this.#resend(one)
      case 'revoke':
        return await this.#revoke(one.nth)
      case 'wait':
        ahead += one.days * DAY_MS
        return
      case 'change role':
        return await this.#changeRole(one)
      case 'remove':
        return await this.#remove(one.person)
      case 'remove the first administrator':
        return await this.#removeFounder()
    }
  }

  /** What is there in the end is what the model says. */
  async check(): Promise<void> {
    const seats = new Map<string, unknown>()
    for (let offset = 0, total = 1; offset < total; offset += 100) {
      const page = (await control.invoke(
        'listOrganizationMembers',
        world.ours.actor,
        { offset, limit: 100 },
        ORIGIN,
      )) as {
        data: { email: string; role: string }[]
        total_count: number
      }
      total = page.total_count
      for (const { email, role: seat } of page.data) seats.set(email, seat)
    }
    expect(seats.get('founder@example.test')).toBe('org:admin')
    for (const name of PEOPLE)
      expect([name, seats.get(this.#email(name))]).toEqual([name, this.#members.get(name)?.role])
    const inside = (await control.invoke(
      'listWorkspaceMembers',
      world.ours.actor,
      { id: world.ours.workspaceId, limit: 100 },
      ORIGIN,
    )) as { data: { user_id: string }[] }
    const ids = new Set(inside.data.map(({ user_id }) => user_id))
    for (const { userId, workspace } of this.#members.values()) expect(ids.has(userId)).toBe(workspace)
    for (const { userId } of this.#members.values()) await invoke('deleteOrganizationMember', { id: userId })
  }

  #email(name: string): string {
    return `${name}-${this.#name}@example.test`
  }

  #nth(index: number): ModelInvitation | undefined {
    return this.#invitations.at(-1 - index)
  }

  #isOpen({ end, expiresAt }: ModelInvitation): boolean {
    return end === undefined && expiresAt > now()
  }

  async #invite(one: Extract<Step, { do: 'invite' }>): Promise<void> {
    const sentAt = now()
    const workspaces = one.workspace ? [{ workspace_id: world.ours.workspaceId, workspace_role: 'viewer' }] : []
    const input = { email: this.#email(one.person), role: one.role, workspaces, expires_in_days: one.days }
    const answer = await outcome('createInvitation', input)
    const isInvited = this.#invitations.some(
      (other) => other.person === one.person && other.workspace === one.workspace && this.#isOpen(other),
    )
    const wanted = this.#members.has(one.person) ? 400 : isInvited ? 409 : 201
    expect(typeof answer === 'number' ? answer : 201).toBe(wanted)
    if (typeof answer === 'number') return
    const { id, link } = answer as { id: string; link: string }
    const expiresAt = sentAt + one.days * DAY_MS
    const { person: name, role: seat, workspace } = one
    this.#invitations.push({
      id,
      person: name,
      role: seat,
      workspace,
      tokens: [tokenOf(link)],
      expiresAt,
      end: undefined,
    })
  }

  #foretellAcceptance(invitation: ModelInvitation, isNewest: boolean, as: string): number {
    if (!isNewest || invitation.end === 'revoked') return 404
    if (invitation.end === 'accepted') return 409
    if (invitation.expiresAt <= now()) return 400
    return as === 'other' ? 403 : 200
  }

  async #accept({ nth: index, token, as }: Extract<Step, { do: 'accept' }>): Promise<void> {
    const invitation = this.#nth(index)
    if (invitation === undefined) return
    const used = (token === 'newest' ? invitation.tokens.at(-1) : invitation.tokens[0]) ?? ''
    const email = { self: this.#email(invitation.person), other: 'other@example.test', nobody: undefined }[as]
    const answer = await outcome('acceptInvitation', { token: used, ...(email === undefined ? {} : { email }) })
    const wanted = this.#foretellAcceptance(invitation, used === invitation.tokens.at(-1), as)
    expect(typeof answer === 'number' ? answer : 200).toBe(wanted)
    if (typeof answer !== 'number') this.#noteAccepted(invitation, String(answer['user_id']))
  }

  async #acceptAtOnce(index: number): Promise<void> {
    const invitation = this.#nth(index)
    if (invitation === undefined) return
    const token = invitation.tokens.at(-1)
    const answers = await Promise.all([0, 1, 2].map(() => outcome('acceptInvitation', { token })))
    const wanted = this.#foretellAcceptance(invitation, true, 'self')
    const statuses = answers.map((answer) => (typeof answer === 'number' ? answer : 200)).toSorted()
    expect(statuses).toEqual(wanted === 200 ? [200, 409, 409] : [wanted, wanted, wanted])
    const accepted = answers.find((answer) => typeof answer !== 'number')
    if (typeof accepted === 'object') this.#noteAccepted(invitation, String(accepted['user_id']))
  }

  #noteAccepted(invitation: ModelInvitation, userId: string): void {
    const before = this.#members.get(invitation.person)
    if (before !== undefined) expect(userId).toBe(before.userId)
    invitation.end = 'accepted'
    this.#members.set(invitation.person, {
      userId,
      role: before?.role === 'org:admin' ? 'org:admin' : invitation.role,
      workspace: invitation.workspace || before?.workspace === true,
    })
  }

  async #resend({ nth: index, days: count }: Extract<Step, { do: 'resend' }>): Promise<void> {
    const invitation = this.#nth(index)
    if (invitation === undefined) return
    const sentAt = now()
    const answer = await outcome('resendInvitation', { id: invitation.id, expires_in_days: count })
    expect(typeof answer === 'number' ? answer : 200).toBe(invitation.end === undefined ? 200 : 409)
    if (typeof answer === 'number') return
    invitation.tokens.push(tokenOf(String(answer['link'])))
    invitation.expiresAt = sentAt + count * DAY_MS
  }

  async #revoke(index: number): Promise<void> {
    const invitation = this.#nth(index)
    if (invitation === undefined) return
    const answer = await outcome('deleteInvitation', { id: invitation.id })
    expect(typeof answer === 'number' ? answer : 200).toBe(invitation.end === undefined ? 200 : 409)
    invitation.end ??= 'revoked'
  }

  async #changeRole({ person: name, role: seat }: Extract<Step, { do: 'change role' }>): Promise<void> {
    const member = this.#members.get(name)
    const answer = await outcome('updateOrganizationMember', { id: member?.userId ?? 'user_none', role: seat })
    expect(typeof answer === 'number' ? answer : 200).toBe(member === undefined ? 404 : 200)
    if (member !== undefined) member.role = seat
  }

  async #remove(name: string): Promise<void> {
    const member = this.#members.get(name)
    const answer = await outcome('deleteOrganizationMember', { id: member?.userId ?? 'user_none' })
    expect(typeof answer === 'number' ? answer : 200).toBe(member === undefined ? 404 : 200)
    if (this.#members.delete(name)) this.#revokeAllOf(name)
  }

  /** Nobody comes back by an invitation from before. */
  #revokeAllOf(name: string): void {
    for (const invitation of this.#invitations) if (invitation.person === name) invitation.end ??= 'revoked'
  }

  /** Demoting comes down to the same: both are refused while nobody else administers the organization. */
  async #removeFounder(): Promise<void> {
    const hasOther = [...this.#members.values()].some((member) => member.role === 'org:admin')
    if (!hasOther) expect(await outcome('deleteOrganizationMember', { id: founder })).toBe(400)
    const answer = await outcome('updateOrganizationMember', { id: founder, role: 'org:member' })
    expect(typeof answer === 'number' ? answer : 200).toBe(hasOther ? 200 : 400)
    await invoke('updateOrganizationMember', { id: founder, role: 'org:admin' })
  }
}

test(
  `S7: in ${RUNS} random sequences of invitations every answer is as foretold, and so is what they leave behind`,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const sequence = new Sequence()
        for (const one of steps) await sequence.run(one)
        await sequence.check()
      }),
      { numRuns: RUNS, endOnFailure: true, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    )
  },
  RUNS * 2_000,
)
