import {
  type ORGANIZATION_POLICY_OPERATIONS,
  PHRASES_MAX,
  type PhraseWire,
} from '../../contract/management/organization-policy.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  deletePhraseRow,
  insertPhrase,
  listPhraseRows,
  type PhraseRow,
} from '../../store/queries/organization-policy.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'

type Operations = typeof ORGANIZATION_POLICY_OPERATIONS

export const handleListPromptInjectionPhrases: HandlerOf<
  Operations['listPromptInjectionPhrases'],
  ControlContext
> = async (input, context) => {
  requireInOrganization(context, 'organization:update')
  const { rows, total } = await listPhraseRows(context.tx, organizationOf(context), toPage(input))
  return { data: rows.map(phraseToWire), total_count: total }
}

export const handleCreatePromptInjectionPhrase: HandlerOf<
  Operations['createPromptInjectionPhrase'],
  ControlContext
> = async (input, context) => {
  requireInOrganization(context, 'organization:update')
  const organizationId = organizationOf(context)
  const { total } = await listPhraseRows(context.tx, organizationId, { offset: 0, limit: 1 })
  if (total >= PHRASES_MAX) {
    throw new AppError('invalid_request', `phrase: there are ${total} phrases, at most ${PHRASES_MAX} are allowed`)
  }
  const row = await insertPhrase(context.tx, {
    id: newUuid(),
    organization_id: organizationId,
    phrase: input.phrase,
    created_at: toIso(context.now),
    created_by: context.access.userId,
  })
  if (row === undefined) throw new AppError('conflict', 'phrase: this phrase is let pass already')
  context.changed('organization', organizationId)
  const data = phraseToWire(row)
  context.audit({ resource: 'prompt_injection_phrase', id: row.id, workspaceId: null, after: data })
  return { data }
}

export const handleDeletePromptInjectionPhrase: HandlerOf<
  Operations['deletePromptInjectionPhrase'],
  ControlContext
> = async (input, context) => {
  requireInOrganization(context, 'organization:update')
  const organizationId = organizationOf(context)
  const row = await deletePhraseRow(context.tx, organizationId, input.id)
  context.changed('organization', organizationId)
  const before = phraseToWire(row)
  context.audit({ resource: 'prompt_injection_phrase', id: row.id, workspaceId: null, before })
  return { deleted: true }
}

function phraseToWire({ id, phrase, created_by, created_at }: PhraseRow): PhraseWire {
  return { id, phrase, created_by, created_at: toIso(created_at) }
}
