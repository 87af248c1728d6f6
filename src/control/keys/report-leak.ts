import type { LEAK_REPORT_OPERATIONS } from '../../contract/management/leak-report.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { hashSecretKey } from '../../platform/secret-key.ts'
import { lockOrganization } from '../../store/queries/changes.ts'
import { updateKeyRow } from '../../store/queries/keys.ts'
import { endSecret, findKeyBySecret, type LivingSecretOwner, listKeyKeepers } from '../../store/queries/leaks.ts'
import { enterOrganization } from '../../store/queries/row-security.ts'
import { toIso } from '../../store/schema.ts'
import type { ControlContext } from '../context.ts'
import { loadKeyChange } from './read-keys.ts'

type ReportKeyLeak = (typeof LEAK_REPORT_OPERATIONS)['reportKeyLeak']

/** What a report has brought about. The key of the environment can't be ended from here: it would be back at the next start,
 *  and until then nobody could administer anything. */
type Effect = 'key_disabled' | 'secret_ended' | 'none'

const SENTENCES: Readonly<Record<Effect, string>> = {
  key_disabled: 'It was disabled at once. Rotate it to use it again under a new secret.',
  secret_ended: 'It was an earlier secret of the key and has been ended. The present secret of the key works on.',
  none: 'It comes from SWITCHYARD_MANAGEMENT_KEY and could not be disabled. Change the variable and restart at once.',
}

/** Whoever knows a secret may end it, and learns nothing by that. */
export const handleReportKeyLeak: HandlerOf<ReportKeyLeak, ControlContext> = async (input, context) => {
  const hash = hashSecretKey(input.key)
  const leaked = await lockLeaked(hash, context)
  if (leaked === undefined) context.didNothing()
  else await end(leaked, { hash, sourceUrl: input.source_url ?? null }, context)
  return { data: { received: true } }
}

/** Locked before it is looked at, as all that is written of an organization. */
async function lockLeaked(hash: string, { now, tx }: ControlContext): Promise<LivingSecretOwner | undefined> {
  const found = await findKeyBySecret(tx, hash, now)
  if (found === undefined) return undefined
  const { organization_id: organizationId } = found.key
  await lockOrganization(tx, organizationId)
  await enterOrganization(tx, organizationId, 'all')
  return await findKeyBySecret(tx, hash, now)
}

async function end(
  { isPresent, key }: LivingSecretOwner,
  report: { hash: string; sourceUrl: string | null },
  context: ControlContext,
): Promise<void> {
  const { now, tx } = context
  const organizationId = key.organization_id
  const effect = effectOn({ isPresent, key })
  if (effect === 'secret_ended') await endSecret(tx, report.hash, now)
  const changes = { disabled: true, leaked_at: toIso(now), updated_at: toIso(now) }
  const row = effect === 'key_disabled' ? await updateKeyRow(tx, key.id, changes) : key
  context.changed('key', key.hash, organizationId)
  await tell(context, { key, effect, sourceUrl: report.sourceUrl })
  const { before, after } = await loadKeyChange(key, row, context)
  context.audit({
    resource: 'key',
    id: key.hash,
    workspaceId: key.workspace_id,
    organizationId,
    before,
    after: { ...after, leak: { effect, source_url: report.sourceUrl } },
  })
}

function effectOn({ isPresent, key }: LivingSecretOwner): Effect {
  if (!isPresent) return 'secret_ended'
  return key.is_bootstrap ? 'none' : 'key_disabled'
}

async function tell(
  context: ControlContext,
  { effect, key, sourceUrl }: { key: LivingSecretOwner['key']; effect: Effect; sourceUrl: string | null },
): Promise<void> {
  if (!context.outside.isMailOn) return
  const organizationId = key.organization_id
  const place =
    sourceUrl === null ? 'No place was named.' : `The report names this place, which nobody has checked:\n${sourceUrl}`
  const text = `Somebody has reported that the API key "${key.name}" (${key.label}) was found where it should not be.

${SENTENCES[effect]}

${place}
`
  for (const to of await listKeyKeepers(context.tx, organizationId, key.creator_user_id)) {
    const payload = { to, subject: 'An API key of yours has leaked', text }
    await context.queue({ kind: 'mail', workspaceId: null, organizationId, payload })
  }
}
