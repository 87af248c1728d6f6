import type { GUARDRAIL_PREVIEW_OPERATIONS } from '../../contract/management/guardrail-previews.ts'
import type { GUARDRAIL_OPERATIONS } from '../../contract/management/guardrails.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import { handleCreateGuardrail, handleDeleteGuardrail, handleUpdateGuardrail } from './change-guardrails.ts'
import { handleListGuardrailFindings } from './guardrail-findings.ts'
import {
  handleBulkAssignKeysToGuardrail,
  handleBulkUnassignKeysFromGuardrail,
  handleListGuardrailKeyAssignments,
  handleListKeyAssignments,
} from './key-assignments.ts'
import {
  handleBulkAssignMembersToGuardrail,
  handleBulkUnassignMembersFromGuardrail,
  handleListGuardrailMemberAssignments,
  handleListMemberAssignments,
} from './member-assignments.ts'
import { handlePreviewGuardrail } from './preview-guardrail.ts'
import { handleGetGuardrail, handleListGuardrails } from './read-guardrails.ts'
import { handleTestGuardrail } from './test-guardrail.ts'

export const GUARDRAIL_HANDLERS: HandlersFor<typeof GUARDRAIL_OPERATIONS, ControlContext, MemoryContext> = {
  listGuardrails: handleListGuardrails,
  createGuardrail: handleCreateGuardrail,
  getGuardrail: handleGetGuardrail,
  updateGuardrail: handleUpdateGuardrail,
  deleteGuardrail: handleDeleteGuardrail,
  listGuardrailFindings: handleListGuardrailFindings,
  listGuardrailKeyAssignments: handleListGuardrailKeyAssignments,
  bulkAssignKeysToGuardrail: handleBulkAssignKeysToGuardrail,
  bulkUnassignKeysFromGuardrail: handleBulkUnassignKeysFromGuardrail,
  listGuardrailMemberAssignments: handleListGuardrailMemberAssignments,
  bulkAssignMembersToGuardrail: handleBulkAssignMembersToGuardrail,
  bulkUnassignMembersFromGuardrail: handleBulkUnassignMembersFromGuardrail,
  listKeyAssignments: handleListKeyAssignments,
  listMemberAssignments: handleListMemberAssignments,
}

export const GUARDRAIL_PREVIEW_HANDLERS: HandlersFor<
  typeof GUARDRAIL_PREVIEW_OPERATIONS,
  ControlContext,
  MemoryContext
> = { previewGuardrail: handlePreviewGuardrail, testGuardrail: handleTestGuardrail }
