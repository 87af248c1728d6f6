import type { CredentialActor } from '../domain/actor.ts'
import type { KeyRestrictions } from '../domain/plan.ts'
import type { LoadKey } from '../gateway/ports.ts'
import type { SnapshotTargets } from '../gateway/snapshot/apply-changes.ts'
import type { KeySnapshot, Snapshot } from '../gateway/snapshot/snapshot.ts'
import { callsModels } from '../gateway/stages/authenticate.ts'
import {
  findWorkspaceOfGuardrail,
  loadOrganizationCeilings,
  loadWorkspaceGuardrails,
} from '../store/load-guardrails.ts'
import type { Db } from '../store/schema.ts'

export interface Guardrails extends Pick<SnapshotTargets, 'refreshCeiling' | 'refreshGuardrails'> {
  load: () => Promise<void>
  /** A key that is looked up may be newer than what the feed has brought; it isn't let in without what restricts it. */
  withGuardrails: (loadKey: LoadKey) => LoadKey
}

/** Keeps the guardrails of the snapshot as the database has them. */
export function createGuardrails(db: Db, snapshot: Snapshot): Guardrails {
  const { guardrails } = snapshot
  const inTurn = takeTurns()
  const refreshGuardrails = (organizationId: string, workspaceId: string) =>
    inTurn(async () => {
      const none = { workspaceId, organizationId, defaultId: null, guardrails: [], members: [] }
      const [found = none] = await loadWorkspaceGuardrails(db, { workspaceId })
      guardrails.putWorkspace(found)
    })
  const admit = async ({ organizationId, workspaceId, guardrailId }: KeySnapshot) => {
    if (workspaceId !== null && snapshot.findWorkspace(workspaceId) === undefined) {
      await refreshGuardrails(organizationId, workspaceId)
    }
    if (guardrailId === null || guardrails.has(organizationId, guardrailId)) return
    const owner = await findWorkspaceOfGuardrail(db, guardrailId)
    if (owner !== undefined) await refreshGuardrails(organizationId, owner)
  }
  return {
    load: async () => {
      for (const ceiling of await loadOrganizationCeilings(db)) guardrails.putCeiling(ceiling)
      for (const workspace of await loadWorkspaceGuardrails(db)) guardrails.putWorkspace(workspace)
    },
    refreshCeiling: (organizationId) =>
      inTurn(async () => {
        const none = { organizationId, policy: null, phrases: [] }
        const [found = none] = await loadOrganizationCeilings(db, organizationId)
        guardrails.putCeiling(found)
        // Who leaves an organization leaves what was assigned to them in any of its workspaces.
        for (const one of await loadWorkspaceGuardrails(db, { organizationId })) guardrails.putWorkspace(one)
      }),
    refreshGuardrails,
    withGuardrails: (loadKey) => async (hash) => {
      const found = await loadKey(hash)
      if (found !== undefined) await admit(found)
      return found
    },
  }
}

/** One after the other: what was read first and came last would bring an old state back. */
function takeTurns(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}

/** What the request path would hold a key to. Management keys, which call no models, are held to the organization's policy. */
export function restrictionsOf(snapshot: Snapshot, actor: CredentialActor): KeyRestrictions {
  const { organizationId } = actor
  const key = actor.kind === 'key' ? snapshot.findKey(actor.keyHash) : undefined
  const subject = key ?? { organizationId, workspaceId: null, creatorUserId: null, guardrailId: null }
  const catalogue = snapshot.catalogues.ofWorkspace(organizationId, subject.workspaceId)
  const guardrail = snapshot.guardrails.of(subject, catalogue)
  return {
    exclusionsOf: guardrail === null ? null : guardrail.exclusionsOf,
    byok: snapshot.byok.of(subject),
    allowedDataRegions: guardrail === null ? null : guardrail.effective.allowedDataRegions,
    allowedModels: actor.kind === 'key' ? modelsOf(key, snapshot) : null,
  }
}

/** Patterns, null for all. A key that has just ended may call nothing, and neither may one that calls no models. */
function modelsOf(key: KeySnapshot | undefined, snapshot: Snapshot): readonly string[] | null {
  return key === undefined || !callsModels(key, snapshot) ? [] : key.allowedModels
}
