import type { OAUTH_OPERATIONS } from '../../contract/management/oauth.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import { handleCreateAuthKeysCode } from './create-code.ts'
import { handleExchangeAuthCode } from './exchange-code.ts'

export const OAUTH_HANDLERS: HandlersFor<typeof OAUTH_OPERATIONS, ControlContext, MemoryContext> = {
  createAuthKeysCode: handleCreateAuthKeysCode,
  exchangeAuthCodeForAPIKey: handleExchangeAuthCode,
}
