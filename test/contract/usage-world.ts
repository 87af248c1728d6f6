import type { WorkspaceRole } from '../../src/contract/common/permissions.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { toDate } from '../../src/domain/windows.ts'
import { encodeDone, encodeOpen, jsonOf } from '../../src/gateway/journal/journal-record.ts'
import type { GenerationRecord } from '../../src/gateway/ports.ts'
import { newGenerationId, newRequestId, newUuid } from '../../src/platform/ids.ts'
import { postGenerations } from '../../src/store/post-generations.ts'
import { toIso } from '../../src/store/schema.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

export type Person = Extract<Actor, { kind: 'session' }>

export interface MadeKey {
  id: bigint
  hash: string
  workspaceId: string
  userId: string | null
}

/** Two organizations; in the first, people with roles, their keys and what these have used. */
export class UsageWorld {
  readonly world: TwoOrganizations

  private constructor(world: TwoOrganizations) {
    this.world = world
  }

  static async make(): Promise<UsageWorld> {
    return new UsageWorld(await makeTwoOrganizations())
  }

  get management(): Actor {
    return this.world.ours.actor
  }

  async close(): Promise<void> {
    await this.world.close()
  }

  async invoke<T>(
    name: Parameters<TwoOrganizations['control']['invoke']>[0],
    actor: Actor,
    input: unknown,
  ): Promise<T> {
    return (await this.world.control.invoke(name, actor, input, ORIGIN)) as T
  }

  async newWorkspace(name: string): Promise<string> {
    const input = { name, slug: `w-${newUuid().slice(0, 13)}` }
    return (await this.invoke<{ data: { id: string } }>('createWorkspace', this.management, input)).data.id
  }

  /** Somebody of the organization, with the roles given by workspace. */
  async newPerson(name: string, roles: Record<string, WorkspaceRole>, isAdmin = false): Promise<Person> {
    const { organizationId } = this.world.ours.actor
    const db = this.world.database.kysely
    const userId = `user_${name}`
    const created_at = toIso(Date.now())
    const email = `${name}@example.test`
    await db
      .insertInto('user_account')
      .values({ id: userId, email, first_name: name, last_name: null, created_at })
      .execute()
    const role = isAdmin ? ('org:admin' as const) : ('org:member' as const)
    await db
      .insertInto('organization_member')
      .values({ organization_id: organizationId, user_id: userId, role, created_at })
      .execute()
    for (const [workspace_id, workspace_role] of Object.entries(roles)) {
      await db
        .insertInto('workspace_member')
        .values({ id: newUuid(), workspace_id, user_id: userId, workspace_role, created_at })
        .execute()
    }
    return { kind: 'session', organizationId, sessionId: `session_${name}`, userId }
  }

  async newKey(workspaceId: string, owner: Person | null): Promise<MadeKey> {
    const userId = owner?.userId ?? null
    const input = {
      name: `key of ${userId ?? 'the workspace'}`,
      workspace_id: workspaceId,
      ...(owner ? { creator_user_id: userId } : {}),
    }
    const { data } = await this.invoke<{ data: { id: number; hash: string } }>('createKeys', this.management, input)
    return { id: BigInt(data.id), hash: data.hash, workspaceId, userId }
  }

  /** Generations of a key, posted as the gateway posts them. Returns their ids. */
  async use(key: MadeKey, list: readonly Partial<GenerationRecord & { at: number }>[]): Promise<string[]> {
    const records = list.map(({ at = Date.now(), ...fields }) => this.#record(key, at, fields))
    const encoded = records.map((record) => ({ id: record.id, json: jsonOf(encodeDone(encodeOpen(record), record)) }))
    await postGenerations(this.world.database.kysely, encoded, false)
    return records.map(({ id }) => id)
  }

  #record(key: MadeKey, at: number, fields: Partial<GenerationRecord>): GenerationRecord {
    return {
      id: newGenerationId(at),
      requestId: newRequestId(at),
      organizationId: this.world.ours.actor.organizationId,
      workspaceId: key.workspaceId,
      keyId: key.id,
      userId: key.userId,
      projectId: null,
      creditPool: 'shared',
      spendKind: 'credit',
      countedOn: toDate(at),
      byokCost: 0n,
      model: 'maker/model',
      endpointId: 'endpoint-1',
      providerName: 'Provider',
      streamed: false,
      held: 1_000_000n,
      priceVersion: 'none',
      findings: null,
      httpReferer: null,
      origin: '',
      appTitle: null,
      userAgent: 'test',
      ip: '127.0.0.1',
      sessionId: null,
      externalUser: null,
      replicaId: 'r',
      apiType: 'completions',
      upstreamId: null,
      cancelled: false,
      outcome: 'done',
      finishReason: 'stop',
      nativeFinishReason: 'stop',
      usage: {
        promptTokens: 10,
        completionTokens: 5,
        cachedTokens: 2,
        cacheWriteTokens: 0,
        reasoningTokens: 1,
        audioTokens: 0,
        images: 0,
      },
      usageEstimated: false,
      usageRaw: null,
      cost: 1_000n,
      promptCost: 500n,
      uncharged: 0n,
      upstreamCost: null,
      latencyMs: 100,
      generationTimeMs: 500,
      attempts: [],
      ...fields,
    }
  }
}
