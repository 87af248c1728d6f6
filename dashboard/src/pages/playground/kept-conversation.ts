import { Conversation, DEFAULT_SETTINGS } from './conversation.ts'

/* Conversations are kept in the browser's memory of this tab, by person and workspace, and nowhere else. */

const PREFIX = 'switchyard.playground'

export function readKept(person: string, workspaceId: string): Conversation | undefined {
  try {
    const kept = sessionStorage.getItem(nameOf(person, workspaceId))
    const read = Conversation.safeParse(JSON.parse(kept ?? 'null'))
    return read.success ? withoutRunning(read.data) : undefined
  } catch {
    return undefined
  }
}

/** A conversation that is too large for the browser is not kept. */
export function keep(person: string, workspaceId: string, conversation: Conversation): void {
  const name = nameOf(person, workspaceId)
  try {
    sessionStorage.setItem(name, JSON.stringify(conversation))
  } catch {
    sessionStorage.removeItem(name)
  }
}

export function emptyConversation(): Conversation {
  return { settings: DEFAULT_SETTINGS, lanes: [{ id: 'a', model: '' }], turns: [] }
}

function nameOf(person: string, workspaceId: string): string {
  return `${PREFIX}.${person}.${workspaceId}`
}

/** What ran when the page went ended with it. */
function withoutRunning(conversation: Conversation): Conversation {
  const turns = conversation.turns.map((turn) => ({
    ...turn,
    answers: Object.fromEntries(
      Object.entries(turn.answers).map(([lane, answer]) => [
        lane,
        answer.state === 'running' ? { ...answer, state: 'stopped' as const } : answer,
      ]),
    ),
  }))
  return { ...conversation, turns }
}
