/** What `switchyard demo-data` makes. Names only; everything in it is told to the API by `make-demo-data.ts`. */

type DemoRole = 'admin' | 'developer' | 'viewer' | 'billing_manager'

export interface DemoMember {
  email: string
  role: DemoRole
  /** Of who has accepted; without one the invitation stays open. */
  name?: readonly [first: string, last: string]
  /** A month. */
  limitUsd?: number
}

export interface DemoProject {
  name: string
  /** Of the monthly budget of its workspace. */
  budgetShare?: number
}

export interface DemoKey {
  name: string
  type?: 'standard' | 'scoped' | 'read_only'
  allowedModels?: string[]
  limitUsd?: number
  limitReset?: 'daily' | 'weekly' | 'monthly'
  /** The share of its workspace's requests. A key without one is never used. */
  weight?: number
  app?: { title: string; url: string }
  project?: string
  /** Address of the member whose key it is; the organization's without one. */
  owner?: string
  /** Disabled, and yet somebody goes on presenting it. */
  isLost?: true
}

export interface DemoWorkspace {
  slug: string
  name: string
  /** Of all requests. */
  weight: number
  /** How much of its monthly budget is spent when everything is made. */
  budgetUse?: number
  /** By slug. */
  projects: Readonly<Record<string, DemoProject>>
  keys: readonly DemoKey[]
  members: readonly DemoMember[]
  hasGuardrail?: true
}

export const DEMO_WORKSPACES: readonly DemoWorkspace[] = [
  {
    slug: 'research',
    name: 'Research',
    weight: 4,
    budgetUse: 0.93,
    projects: {
      papers: { name: 'Reading of papers', budgetShare: 0.35 },
      evaluation: { name: 'Evaluation of models', budgetShare: 0.6 },
    },
    keys: [
      { name: 'Evaluation runs', weight: 6, project: 'evaluation', app: app('Model evaluation', 'evaluation') },
      {
        name: 'Paper reader',
        weight: 3,
        project: 'papers',
        app: app('Paper reader', 'papers'),
        owner: 'jonas.weber@example.com',
      },
      {
        name: 'Notebook of Mei',
        type: 'scoped',
        allowedModels: ['sim/*'],
        weight: 2,
        owner: 'mei.tanaka@example.com',
      },
      { name: 'Prototype', limitUsd: 0.002, limitReset: 'monthly', weight: 1 },
    ],
    members: [
      { email: 'mei.tanaka@example.com', role: 'admin', name: ['Mei', 'Tanaka'] },
      { email: 'jonas.weber@example.com', role: 'developer', name: ['Jonas', 'Weber'], limitUsd: 150 },
      { email: 'amara.okafor@example.com', role: 'developer' },
    ],
  },
  {
    slug: 'support',
    name: 'Customer support',
    weight: 5,
    budgetUse: 0.71,
    projects: {
      chat: { name: 'Chat on the website', budgetShare: 0.7 },
      mail: { name: 'Answers to mail', budgetShare: 0.25 },
    },
    keys: [
      {
        name: 'Website chat',
        weight: 7,
        project: 'chat',
        app: app('Website chat', 'chat'),
        limitUsd: 500,
        limitReset: 'monthly',
      },
      {
        name: 'Mail drafts',
        weight: 3,
        project: 'mail',
        app: app('Mail drafts', 'mail'),
        limitUsd: 200,
        limitReset: 'weekly',
        owner: 'lucia.romero@example.com',
      },
      { name: 'Dashboard of the team', type: 'read_only' },
    ],
    members: [
      { email: 'lucia.romero@example.com', role: 'admin', name: ['Lucía', 'Romero'] },
      { email: 'sam.oneill@example.com', role: 'viewer', name: ['Sam', "O'Neill"] },
    ],
    hasGuardrail: true,
  },
  {
    slug: 'platform',
    name: 'Platform',
    weight: 2,
    budgetUse: 0.38,
    projects: { reviews: { name: 'Reviews of code', budgetShare: 0.5 } },
    keys: [
      {
        name: 'Code reviews',
        weight: 5,
        project: 'reviews',
        app: app('Code reviews', 'reviews'),
        owner: 'ines.dubois@example.com',
      },
      { name: 'Nightly batch', weight: 2, limitUsd: 50, limitReset: 'daily' },
      { name: 'Old laptop', isLost: true },
    ],
    members: [
      { email: 'ines.dubois@example.com', role: 'admin', name: ['Inès', 'Dubois'] },
      { email: 'olu.adeyemi@example.com', role: 'billing_manager' },
    ],
  },
]

/** Models with how often each is asked for; the last ones fail. */
export const DEMO_MODELS: readonly (readonly [model: string, weight: number])[] = [
  ['sim/lorem', 70],
  ['sim/echo', 20],
  ['sim/slow-40', 6],
  ['sim/error-429', 1],
  ['sim/error-503', 1],
  ['sim/no-such-model', 1],
]

export interface DemoPastModel {
  model: string
  provider: string
  /** Of the requests. */
  weight: number
  /** Dollars for a million tokens. */
  inputPrice: number
  outputPrice: number
  latencyMs: number
}

/** What the days before were answered by. Names and prices are like those of the world outside; nothing ever went there. */
export const DEMO_PAST_MODELS: readonly DemoPastModel[] = [
  pastModel('anthropic/claude-sonnet-4.5', 'Anthropic', 5, [3, 15, 1_900]),
  pastModel('openai/gpt-5-mini', 'OpenAI', 6, [0.25, 2, 900]),
  pastModel('openai/gpt-5', 'OpenAI', 2, [1.25, 10, 3_200]),
  pastModel('google/gemini-2.5-flash', 'Google', 4, [0.3, 2.5, 700]),
  pastModel('mistralai/mistral-small-3.2', 'Mistral', 2, [0.1, 0.3, 600]),
]
/** Fails for an afternoon. */
export const DEMO_OUTAGE = { provider: 'Mistral', daysAgo: 5, hours: [13, 17] } as const

export const DEMO_QUESTIONS = [
  'Summarize the meeting of this morning in three sentences',
  'Which invoice is overdue, and by how much?',
  'Write a release note for version 2.4',
  'Explain why the build is slower than last week',
  'Translate the opening hours into Portuguese',
  'Where is my parcel? My address is anna.fischer@example.com',
  'Classify this message: I would like to cancel',
  'Draft a polite reminder of the appointment on Tuesday',
]
/** What the guardrail of a workspace blocks. The number is one that card schemes give out for tests. */
export const DEMO_FORBIDDEN_QUESTION = 'Charge my card 4111 1111 1111 1111, please'

function pastModel(
  model: string,
  provider: string,
  weight: number,
  [inputPrice, outputPrice, latencyMs]: readonly [number, number, number],
): DemoPastModel {
  return { model, provider, weight, inputPrice, outputPrice, latencyMs }
}

function app(title: string, path: string): { title: string; url: string } {
  return { title, url: `https://${path}.example.com` }
}
