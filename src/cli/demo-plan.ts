/** What `switchyard demo-data` makes. Names only; everything in it is told to the API by `make-demo-data.ts`. */

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
}

export interface DemoWorkspace {
  slug: string
  name: string
  /** Of all requests. */
  weight: number
  /** How much of its monthly budget is spent when everything is made. */
  budgetUse?: number
  projects: Readonly<Record<string, string>>
  keys: readonly DemoKey[]
  members: readonly (readonly [email: string, role: 'admin' | 'developer' | 'viewer' | 'billing_manager'])[]
  hasGuardrail?: true
}

export const DEMO_WORKSPACES: readonly DemoWorkspace[] = [
  {
    slug: 'research',
    name: 'Research',
    weight: 4,
    budgetUse: 0.93,
    projects: { papers: 'Reading of papers', evaluation: 'Evaluation of models' },
    keys: [
      { name: 'Evaluation runs', weight: 6, project: 'evaluation', app: app('Model evaluation', 'evaluation') },
      { name: 'Paper reader', weight: 3, project: 'papers', app: app('Paper reader', 'papers') },
      { name: 'Notebook of Mei', type: 'scoped', allowedModels: ['sim/*'], weight: 2 },
      { name: 'Prototype', limitUsd: 0.002, limitReset: 'monthly', weight: 1 },
    ],
    members: [
      ['mei.tanaka@example.com', 'admin'],
      ['jonas.weber@example.com', 'developer'],
      ['amara.okafor@example.com', 'developer'],
    ],
  },
  {
    slug: 'support',
    name: 'Customer support',
    weight: 5,
    budgetUse: 0.71,
    projects: { chat: 'Chat on the website', mail: 'Answers to mail' },
    keys: [
      {
        name: 'Website chat',
        weight: 7,
        project: 'chat',
        app: app('Website chat', 'chat'),
        limitUsd: 50,
        limitReset: 'monthly',
      },
      {
        name: 'Mail drafts',
        weight: 3,
        project: 'mail',
        app: app('Mail drafts', 'mail'),
        limitUsd: 20,
        limitReset: 'weekly',
      },
      { name: 'Dashboard of the team', type: 'read_only' },
    ],
    members: [
      ['lucia.romero@example.com', 'admin'],
      ['sam.oneill@example.com', 'viewer'],
    ],
    hasGuardrail: true,
  },
  {
    slug: 'platform',
    name: 'Platform',
    weight: 2,
    budgetUse: 0.38,
    projects: { reviews: 'Reviews of code' },
    keys: [
      { name: 'Code reviews', weight: 5, project: 'reviews', app: app('Code reviews', 'reviews') },
      { name: 'Nightly batch', weight: 2, limitUsd: 10, limitReset: 'daily' },
      { name: 'Old laptop' },
    ],
    members: [
      ['ines.dubois@example.com', 'admin'],
      ['olu.adeyemi@example.com', 'billing_manager'],
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

function app(title: string, path: string): { title: string; url: string } {
  return { title, url: `https://${path}.example.com` }
}
