import { ask } from './api-client.ts'
import { DEMO_FORBIDDEN_QUESTION, DEMO_MODELS, DEMO_QUESTIONS, type DemoKey, type DemoWorkspace } from './demo-plan.ts'
import { choose, type Random, randomOf } from './demo-random.ts'

const AT_A_TIME = 6
/** How often the guardrail is met, where there is one. */
const FORBIDDEN_SHARE = 0.04
const STREAMED_SHARE = 0.3
/** Of the requests that are part of a conversation, and how many of those there are. */
const SESSION_SHARE = 0.3
const SESSIONS = 12
/** More than it takes for the alert of dead keys in use. */
const LOST_KEY_REQUESTS = 12

export interface DemoSender extends DemoKey {
  secret: string
}

interface Sending {
  origin: string
  requestCount: number
  seed: number
  onProgress: (line: string) => void
}

type Senders = readonly (Pick<DemoWorkspace, 'weight' | 'hasGuardrail'> & { keys: readonly DemoSender[] })[]

/** How many requests ended with each status, whatever comes of each: refusals and failures are a part of what is looked at. */
export async function sendRequests(workspaces: Senders, sending: Sending): Promise<Record<string, number>> {
  const { origin, requestCount, seed, onProgress } = sending
  const random = randomOf(seed)
  const statuses: Record<string, number> = {}
  let left = requestCount
  const sendSome = async () => {
    while (left > 0) {
      left -= 1
      if (left > 0 && left % 500 === 0) onProgress(`${left} requests to go`)
      const status = await send(origin, chooseRequest(workspaces, random))
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, sendSome))
  return statuses
}

/** Has each disabled key that somebody lost be presented as if they hadn't noticed. */
export async function presentLostKeys(workspaces: Senders, origin: string): Promise<void> {
  for (const { secret } of workspaces.flatMap(({ keys }) => keys.filter(({ isLost }) => isLost))) {
    const [question = ''] = DEMO_QUESTIONS
    for (let sent = 0; sent < LOST_KEY_REQUESTS; sent += 1)
      await send(origin, { headers: headersOf({ secret }), body: bodyOf('sim/lorem', question) })
  }
}

interface DemoRequest {
  headers: Record<string, string>
  body: object
}

function chooseRequest(workspaces: Senders, random: Random): DemoRequest {
  const { keys, hasGuardrail } = choose(workspaces, random, ({ weight }) => weight)
  const key = choose(keys, random, ({ weight = 0 }) => weight)
  const [model] = choose(DEMO_MODELS, random, ([, weight]) => weight)
  const question = choose(DEMO_QUESTIONS, random)
  const content = hasGuardrail && random() < FORBIDDEN_SHARE ? DEMO_FORBIDDEN_QUESTION : question
  const session = random() < SESSION_SHARE ? `conversation-${1 + Math.floor(random() * SESSIONS)}` : undefined
  return {
    headers: headersOf(key),
    body: { ...bodyOf(model, content), stream: random() < STREAMED_SHARE, session_id: session },
  }
}

function bodyOf(model: string, content: string): object {
  return { model, messages: [{ role: 'user', content }] }
}

function headersOf({ secret, app, project }: Pick<DemoSender, 'secret' | 'app' | 'project'>): Record<string, string> {
  return {
    authorization: `Bearer ${secret}`,
    'content-type': 'application/json',
    ...(app !== undefined && { 'http-referer': app.url, 'x-title': app.title }),
    ...(project !== undefined && { 'x-switchyard-project': project }),
  }
}

async function send(origin: string, { headers, body }: DemoRequest): Promise<number> {
  const init = { method: 'POST', headers, body: JSON.stringify(body) }
  return (await ask(`${origin}/api/v1/chat/completions`, init)).status
}
