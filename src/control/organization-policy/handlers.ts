import type { ORGANIZATION_POLICY_OPERATIONS } from '../../contract/management/organization-policy.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import { handleGetOrganizationPolicy, handleUpdateOrganizationPolicy } from './organization-policy.ts'
import {
  handleCreatePromptInjectionPhrase,
  handleDeletePromptInjectionPhrase,
  handleListPromptInjectionPhrases,
} from './phrases.ts'

export const ORGANIZATION_POLICY_HANDLERS: HandlersFor<
  typeof ORGANIZATION_POLICY_OPERATIONS,
  ControlContext,
  MemoryContext
> = {
  getOrganizationPolicy: handleGetOrganizationPolicy,
  updateOrganizationPolicy: handleUpdateOrganizationPolicy,
  listPromptInjectionPhrases: handleListPromptInjectionPhrases,
  createPromptInjectionPhrase: handleCreatePromptInjectionPhrase,
  deletePromptInjectionPhrase: handleDeletePromptInjectionPhrase,
}
