import { type AskedRange, askedRange, RANGES, type RangeId } from '../../../dashboard/src/analytics/ranges.ts'
import type { AnalyticsFilter } from '../../../src/contract/management/analytics.ts'

/** What the questions are asked about, different ones in turn. */
export interface Subjects {
  workspaces: readonly string[]
  /** Hashes, the most used first. */
  keys: readonly string[]
  users: readonly string[]
  generations: readonly string[]
  sessions: readonly string[]
}

export interface Request {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
}

/** Something that a page asks, the `turn`th time. */
export interface Question {
  name: string
  ask: (turn: number, subjects: Subjects) => Request
  /** Asked again from where its answer ended. */
  hasPages?: true
}

const RANGE_IDS = Object.keys(RANGES) as RangeId[]
const SINGLE_REQUESTS_MS_MAX = 31 * 86_400_000
const TOP = ['total_usage', 'request_count', 'error_rate', 'tokens_prompt', 'tokens_completion', 'latency_avg']

function pick<T>(list: readonly T[], turn: number): T {
  const one = list[turn % list.length]
  if (one === undefined) throw new Error('nothing to ask about')
  return one
}

/** Every reading operation whose cost may depend on how many generations there are, as the dashboard asks it. */
export const QUESTIONS: readonly Question[] = [
  ...RANGE_IDS.flatMap((id) => [...ofRange(id, 'organization'), ...ofRange(id, 'workspace')]),
  ...logs(),
  get('log sessions', () => '/api/v1/logs/sessions?limit=50'),
  get(
    'log sessions of a workspace',
    (turn, { workspaces }) => `/api/v1/logs/sessions?limit=50&workspace_id=${pick(workspaces, turn)}`,
  ),
  get('generation by id', (turn, { generations }) => `/api/v1/generation?id=${pick(generations, turn)}`),
  get(
    'explanation of a generation',
    (turn, { generations }) => `/api/v1/generation/explanation?id=${pick(generations, turn)}`,
  ),
  get('activity, 30 days', () => '/api/v1/activity'),
  get('activity of a workspace', (turn, { workspaces }) => `/api/v1/activity?workspace_id=${pick(workspaces, turn)}`),
  get('activity of a key', (turn, { keys }) => `/api/v1/activity?api_key_hash=${pick(keys, turn)}`),
  get('credits', () => '/api/v1/credits'),
  get('credit grants', () => '/api/v1/credits/grants'),
  get('credit purchases', () => '/api/v1/credits/purchases'),
  get('invoices', () => '/api/v1/credits/invoices'),
  get('invoice preview', () => '/api/v1/credits/invoices/preview'),
  get('keys of a workspace', (turn, { workspaces }) => `/api/v1/keys?workspace_id=${pick(workspaces, turn)}`),
  get('key', (turn, { keys }) => `/api/v1/keys/${pick(keys, turn)}`),
  get('members', () => '/api/v1/organization/members?limit=50'),
  get('members of a workspace', (turn, { workspaces }) => `/api/v1/workspaces/${pick(workspaces, turn)}/members`),
  get('workspaces', () => '/api/v1/workspaces?limit=100'),
  get('projects of a workspace', (turn, { workspaces }) => `/api/v1/workspaces/${pick(workspaces, turn)}/projects`),
  get('budgets of a workspace', (turn, { workspaces }) => `/api/v1/workspaces/${pick(workspaces, turn)}/budgets`),
  get(
    'forecasts of budgets',
    (turn, { workspaces }) => `/api/v1/workspaces/${pick(workspaces, turn)}/budget-forecasts`,
  ),
  get('audit log', () => '/api/v1/audit-logs?limit=50'),
  get('alerts', () => '/api/v1/alerts'),
]

function get(name: string, path: (turn: number, subjects: Subjects) => string): Question {
  return { name, ask: (turn, subjects) => ({ method: 'GET', path: path(turn, subjects) }) }
}

/** The pages Overview, Activity and Usage over one range. */
function ofRange(id: RangeId, scope: 'organization' | 'workspace'): Question[] {
  const name = (what: string) => `${id} of ${scope}: ${what}`
  const dimensions = [
    'model',
    'provider',
    'api_key_id',
    'user',
    'project',
    'app',
    ...(scope === 'organization' ? ['workspace'] : []),
  ]
  const question = (what: string, body: (range: AskedRange) => object): Question => ({
    name: name(what),
    ask: (turn, { workspaces }) => {
      const filters: AnalyticsFilter[] =
        scope === 'organization' ? [] : [{ field: 'workspace', operator: 'eq', value: pick(workspaces, turn) }]
      return { method: 'POST', path: '/api/v1/analytics/query', body: { filters, ...body(askedRange(id, Date.now())) } }
    },
  })
  return [
    question('figures', (range) => ({
      metrics: ['total_usage', 'request_count', 'error_rate', 'tokens_total', ...latenciesOf(range)],
      time_range: range.time_range,
    })),
    question('charts', (range) => ({
      metrics: ['request_count', 'error_rate', 'tokens_prompt', 'tokens_completion', ...latenciesOf(range)],
      limit: 10_000,
      ...range,
    })),
    ...dimensions.flatMap((by) => [
      question(`spend by ${by}`, (range) => ({ metrics: ['total_usage'], dimensions: [by], limit: 10_000, ...range })),
      question(`ranking of ${by}`, (range) => ({
        metrics: TOP,
        dimensions: [by],
        time_range: range.time_range,
        limit: 100,
      })),
    ]),
  ]
}

function latenciesOf({ time_range: { start, end } }: AskedRange): string[] {
  return Date.parse(end) - Date.parse(start) <= SINGLE_REQUESTS_MS_MAX
    ? ['latency_p50', 'latency_p99']
    : ['latency_avg']
}

/** The log as it opens, and narrowed down by each of its filters; what is rare or isn't there makes a filter look furthest. */
function logs(): Question[] {
  const filters: Record<string, (turn: number, subjects: Subjects) => string> = {
    none: () => '',
    'outcome done': () => 'outcome=done',
    'outcome refused': () => 'outcome=refused',
    'outcome crash_padding': () => 'outcome=crash_padding',
    'status 402': () => 'status=402',
    'model ': (turn) => `model=${encodeURIComponent(`bench/model-${(turn * 7) % 40}`)}`,
    'model without requests': () => 'model=bench/never',
    provider: (turn) => `provider=${encodeURIComponent(`Provider ${turn % 8}`)}`,
    'provider without requests': () => 'provider=Never',
    key: (turn, { keys }) => `api_key_hash=${pick(keys, turn)}`,
    member: (turn, { users }) => `user_id=${pick(users, turn)}`,
    app: (turn) => `app=${encodeURIComponent(`https://app-${turn % 100}.example`)}`,
    'app without requests': () => 'app=https://never.example',
    customer: (turn) => `external_user=customer-${(turn * 397) % 10_000}`,
    'customer without requests': () => 'external_user=never',
    session: (turn, { sessions }) => `session_id=${pick(sessions, turn)}`,
    'session without requests': () => 'session_id=never',
    'cost of a cent or more': () => 'min_cost=0.01',
    'cost out of reach': () => 'min_cost=100',
    'false positives': () => 'false_positive=true',
    'a day half a year ago': (turn) => {
      const to = Date.now() - (180 + turn) * 86_400_000
      return `from=${new Date(to - 86_400_000).toISOString()}&to=${new Date(to).toISOString()}`
    },
  }
  return Object.entries(filters).flatMap(([name, filter]) => [
    {
      ...get(`log, ${name}`, (turn, subjects) => `/api/v1/logs?limit=50&${filter(turn, subjects)}`),
      hasPages: true as const,
    },
    {
      ...get(
        `log of a workspace, ${name}`,
        (turn, subjects) =>
          `/api/v1/logs?limit=50&workspace_id=${pick(subjects.workspaces, turn)}&${filter(turn, subjects)}`,
      ),
      hasPages: true as const,
    },
  ])
}
