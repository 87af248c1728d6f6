import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { LOG_OPERATIONS } from '../../../../src/contract/management/logs.ts'
import { messageOf, RequestFailed } from '../../api/request-failed.ts'
import { askModel } from './ask-model.ts'
import { type Answer, type Conversation, type Draft, type Lane, type Settings, toBody } from './conversation.ts'
import { emptyConversation, keep, readKept } from './kept-conversation.ts'
import type { SessionKeys } from './use-session-key.ts'

/** So often at most is the page drawn anew while answers come. */
const DRAW_MS = 60
const KEEP_MS = 400

export interface Talk {
  conversation: Conversation
  isRunning: boolean
  changeSettings: (settings: Settings) => void
  changeLanes: (lanes: Lane[]) => void
  /** Asks the model of every lane. */
  send: (draft: Draft) => void
  /** Asks the lane's model the last turn again. */
  again: (lane: Lane) => void
  stop: () => void
  /** Forgets what was said; the settings stay. */
  clear: () => void
}

/** A conversation with the models of up to three lanes at a time. */
export function useConversation(person: string, workspaceId: string, keys: SessionKeys): Talk {
  const client = useQueryClient()
  const [conversation, setConversation] = useState(() => readKept(person, workspaceId) ?? emptyConversation())
  const [isRunning, setRunning] = useState(false)
  const abort = useRef<AbortController>(undefined)
  useEffect(() => () => abort.current?.abort(), [])
  useEffect(() => {
    const timer = setTimeout(() => keep(person, workspaceId, conversation), KEEP_MS)
    return () => clearTimeout(timer)
  }, [person, workspaceId, conversation])

  const run = async (turnId: string, asked: { lane: Lane; before: Conversation; draft: Draft }[]) => {
    const controller = new AbortController()
    abort.current = controller
    setRunning(true)
    const { signal } = controller
    await Promise.all(
      asked.map(async ({ lane, before, draft }) => {
        const painter = paintLater((change) => setConversation((now) => withAnswer(now, turnId, lane, change)))
        try {
          const { secret } = await keys.get()
          await askModel({ secret, body: toBody(before, lane, draft), signal, onChange: painter.add })
        } catch (error) {
          painter.add({ state: 'failed', failure: toFailure(error) })
        }
        painter.finish()
      }),
    )
    if (abort.current === controller) setRunning(false)
    await client.invalidateQueries({ queryKey: [LOG_OPERATIONS.listLogs.id] })
  }

  const change = (fields: Partial<Conversation>) => setConversation((now) => ({ ...now, ...fields }))
  return {
    conversation,
    isRunning,
    changeSettings: (settings) => change({ settings }),
    changeLanes: (lanes) => change({ lanes }),
    send: (draft) => {
      const id = crypto.randomUUID()
      const asked = conversation.lanes.map((lane) => ({ lane, before: conversation, draft }))
      const answers = Object.fromEntries(asked.map(({ lane }) => [lane.id, emptyAnswer(lane)]))
      change({ turns: [...conversation.turns, { id, text: draft.text, images: [...draft.images], answers }] })
      void run(id, asked)
    },
    again: (lane) => {
      const last = conversation.turns.at(-1)
      if (last === undefined) return
      const before = { ...conversation, turns: conversation.turns.slice(0, -1) }
      const answers = { ...last.answers, [lane.id]: emptyAnswer(lane) }
      change({ turns: [...before.turns, { ...last, answers }] })
      void run(last.id, [{ lane, before, draft: last }])
    },
    stop: () => abort.current?.abort(),
    clear: () => {
      abort.current?.abort()
      change({ turns: [] })
    },
  }
}

function emptyAnswer({ model }: Lane): Answer {
  return { model, state: 'running', text: '', reasoning: '' }
}

/** A turn that was cleared meanwhile stays cleared. */
function withAnswer(now: Conversation, turnId: string, lane: Lane, change: Partial<Answer>): Conversation {
  const turns = now.turns.map((turn) => {
    const answer = turn.answers[lane.id]
    if (turn.id !== turnId || answer === undefined) return turn
    return { ...turn, answers: { ...turn.answers, [lane.id]: { ...answer, ...change } } }
  })
  return { ...now, turns }
}

/** Gathers changes, and shows those of a moment together. */
function paintLater(show: (change: Partial<Answer>) => void) {
  let gathered: Partial<Answer> = {}
  let timer: ReturnType<typeof setTimeout> | undefined
  const paint = () => {
    timer = undefined
    show(gathered)
    gathered = {}
  }
  return {
    add: (change: Partial<Answer>) => {
      gathered = { ...gathered, ...change }
      timer ??= setTimeout(paint, DRAW_MS)
    },
    finish: () => {
      clearTimeout(timer)
      paint()
    },
  }
}

function toFailure(error: unknown) {
  const { status = 0, requestId } = error instanceof RequestFailed ? error : {}
  return { status, message: messageOf(error), ...(requestId === undefined ? {} : { requestId }) }
}
