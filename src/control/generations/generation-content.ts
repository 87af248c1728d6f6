import {
  type GENERATION_CONTENT_OPERATIONS,
  GenerationContentWire,
} from '../../contract/inference/generation-content.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { getContentRow, upsertFeedback } from '../../store/queries/generation-content.ts'
import { getGenerationRow } from '../../store/queries/generations.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { authorOf, requireContent, requireGeneration } from './generation-access.ts'

type Operations = typeof GENERATION_CONTENT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

const handleContent: Handler<'listGenerationContent'> = async (input, context) => {
  const generation = await getGenerationRow(context.tx, organizationOf(context), input.id)
  requireContent(context, generation)
  const { content } = await getContentRow(context.tx, organizationOf(context), generation.id)
  const place = { table: 'generation_content', row: generation.id, column: 'content' }
  return { data: GenerationContentWire.parse(JSON.parse(await context.unseal(place, content))) }
}

/** The comment stays out of the audit log: it may quote what was asked. */
const handleFeedback: Handler<'submitGenerationFeedback'> = async (input, context) => {
  const generation = await getGenerationRow(context.tx, organizationOf(context), input.generation_id)
  requireGeneration(context, 'log:read', generation)
  const { id, workspace_id } = generation
  await upsertFeedback(context.tx, {
    generation_id: id,
    author: authorOf(context.actor),
    category: input.category,
    organization_id: organizationOf(context),
    workspace_id,
    comment: input.comment ?? null,
    created_at: toIso(context.now),
  })
  const after = { generation_id: id, category: input.category }
  context.audit({ resource: 'generation_feedback', id, workspaceId: workspace_id, after })
  return { data: { success: true } }
}

export const GENERATION_CONTENT_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  listGenerationContent: handleContent,
  submitGenerationFeedback: handleFeedback,
}
