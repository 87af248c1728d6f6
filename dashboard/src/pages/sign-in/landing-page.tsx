import { useEffect } from 'react'
import { ButtonLink } from '../../components/button.tsx'
import { Snippet } from '../../components/copy-text.tsx'
import { Mark } from './entrance.tsx'

const POINTS = [
  {
    title: 'One address for every model',
    text: 'The API speaks like OpenRouter, OpenAI and Anthropic. Change a base URL and keep your code.',
  },
  {
    title: 'Workspaces that hold',
    text: 'Each team has its own keys, members, guardrails and routing. Nothing of one is seen in another.',
  },
  {
    title: 'Budgets that are never overspent',
    text: 'Every request is held against its limits before it leaves, over any number of replicas.',
  },
  {
    title: 'A reason for every decision',
    text: 'Which provider, at which price, under which rule: asked for any request, also for refused ones.',
  },
] as const

/** What this installation is, for whoever is not signed in. */
export function LandingPage() {
  useEffect(() => {
    document.title = 'Switchyard'
  }, [])
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-[960px] flex-col gap-12 px-4 py-8 sm:px-8">
      <header className="flex items-center justify-between gap-4">
        <Mark />
        <ButtonLink to="/sign-in" look="primary">
          Sign in
        </ButtonLink>
      </header>
      <main className="flex flex-col gap-10">
        <div className="max-w-[640px]">
          <h1 className="text-2xl font-semibold">The gateway to your models, under your own roof.</h1>
          <p className="mt-3 text-lg text-muted">
            Switchyard stands between your applications and the providers of models: it routes, measures, limits and
            explains every request, and what it knows stays on your machines.
          </p>
        </div>
        <ul className="grid gap-x-10 gap-y-6 sm:grid-cols-2">
          {POINTS.map(({ title, text }) => (
            <li key={title} className="border-t border-line pt-3">
              <h2 className="font-semibold">{title}</h2>
              <p className="mt-1 text-muted">{text}</p>
            </li>
          ))}
        </ul>
        <section aria-labelledby="call" className="flex flex-col gap-2">
          <h2 id="call" className="font-semibold">
            Call it with a key
          </h2>
          <Snippet label="A first request with curl" code={firstRequest(location.origin)} />
        </section>
      </main>
      <footer className="mt-auto flex flex-wrap gap-x-6 gap-y-2 border-t border-line pt-4 text-sm text-muted">
        <a href="/docs" className="hover:text-ink">
          Documentation
        </a>
        <a href="/openapi.json" className="hover:text-ink">
          OpenAPI
        </a>
        <a href="/api/v1/models" className="hover:text-ink">
          Models
        </a>
      </footer>
    </div>
  )
}

function firstRequest(origin: string): string {
  return [
    `curl ${origin}/api/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $SWITCHYARD_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '{"model": "sim/echo", "messages": [{"role": "user", "content": "Hello"}]}'`,
  ].join('\n')
}
