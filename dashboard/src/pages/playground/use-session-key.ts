import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { listUserModels } from '../../../../src/contract/inference/catalogue.ts'
import type { ModelWire } from '../../../../src/contract/inference/model-wire.ts'
import { createKeys, deleteKeys } from '../../../../src/contract/management/keys.ts'
import { call } from '../../api/call.ts'

/*
 * Nobody's session calls a model: the browser would send its cookie along with whatever page asked for it. The playground makes
 * itself a key of the person's in place of that: it lives for minutes, spends little, is in no list, is in this page's memory alone
 * and ends with the page. So everything holds here that holds for any other key of theirs.
 */

export const SESSION_LIMIT_USD = 10
const LIFE_SECONDS = 900
const LEFT_AFTER_MS = 500
/** Made anew while it still works. */
const FRESH_MS = (LIFE_SECONDS - 120) * 1_000

interface SessionKey {
  secret: string
  hash: string
}

export interface SessionKeys {
  /** One that lives for two more minutes at least. Throws RequestFailed. */
  get: () => Promise<SessionKey>
  /** Ends the one there is; the next `get` makes another. */
  renew: () => void
  /** Runs while the page is being left. */
  leaving: ReturnType<typeof setTimeout> | undefined
}

export function useSessionKeys(workspaceId: string): SessionKeys {
  const keys = useMemo(() => sessionKeys(workspaceId), [workspaceId])
  useEffect(() => {
    // A page may be put away and back within a moment, which isn't leaving it.
    clearTimeout(keys.leaving)
    return () => {
      keys.leaving = setTimeout(keys.renew, LEFT_AFTER_MS)
    }
  }, [keys])
  return keys
}

/** The models that this session may call: what guardrails and the organization leave of the catalogue. */
export function useAllowedModels(workspaceId: string, keys: SessionKeys) {
  return useQuery<ModelWire[], Error>({
    queryKey: [listUserModels.id, workspaceId],
    staleTime: FRESH_MS,
    queryFn: async () => {
      const { data } = await call(listUserModels, { limit: 1_000 }, (await keys.get()).secret)
      return data.filter(({ architecture }) => architecture.output_modalities.includes('text'))
    },
  })
}

function sessionKeys(workspaceId: string): SessionKeys {
  let made: { key: Promise<SessionKey>; at: number } | undefined
  const renew = () => {
    const before = made
    made = undefined
    // It ends by itself, so that nothing is lost where this fails.
    before?.key.then(({ hash }) => call(deleteKeys, { hash })).catch(() => undefined)
  }
  return {
    get: () => {
      if (made === undefined || performance.now() - made.at > FRESH_MS) {
        const next = { key: makeKey(workspaceId), at: performance.now() }
        // What failed is not kept.
        next.key.catch(() => {
          if (made === next) made = undefined
        })
        made = next
      }
      return made.key
    },
    renew,
    leaving: undefined,
  }
}

async function makeKey(workspaceId: string): Promise<SessionKey> {
  const { key, data } = await call(createKeys, {
    name: 'Playground',
    type: 'ephemeral',
    hidden: true,
    ttl_seconds: LIFE_SECONDS,
    limit: SESSION_LIMIT_USD,
    workspace_id: workspaceId,
  })
  return { secret: key, hash: data.hash }
}
