import { Code, MessagesSquare, Plus, SlidersHorizontal, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ModelWire } from '../../../../src/contract/inference/model-wire.ts'
import { useSession } from '../../access/session.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { CheckField } from '../../components/field.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { formatExactMoney, formatMoney } from '../../format/money.ts'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { LogDrawer } from '../logs/log-drawer.tsx'
import { CodeDialog } from './code-dialog.tsx'
import { Composer } from './composer.tsx'
import { type Conversation, type Draft, LANES_MAX, type Lane, settingsFaults } from './conversation.ts'
import { ModelPicker } from './model-picker.tsx'
import { SettingsPanel } from './settings-panel.tsx'
import { TurnList } from './turn-list.tsx'
import { useConversation } from './use-conversation.ts'
import { SESSION_LIMIT_USD, useAllowedModels, useSessionKeys } from './use-session-key.ts'

const NOTHING: Draft = { text: '', images: [] }
const LANE_IDS = ['a', 'b', 'c'] as const

/** Talks with up to three models side by side, under the rules and at the expense of the workspace. */
export function PlaygroundPage() {
  const workspace = useWorkspace()
  return <Playground key={workspace.id} />
}

function Playground() {
  const workspace = useWorkspace()
  const keys = useSessionKeys(workspace.id)
  const models = useAllowedModels(workspace.id, keys)
  const { user } = useSession()
  const talk = useConversation(user?.id ?? 'nobody', workspace.id, keys)
  const [draft, setDraft] = useState(NOTHING)
  const [open, setOpen] = useState<'code' | 'settings'>()
  const { conversation, changeSettings } = talk
  const close = () => setOpen(undefined)
  return (
    <Page
      title="Playground"
      description={`Try models under the rules of ${workspace.name}. What they cost is charged to it like any other call.`}
      action={
        <>
          <Button className="lg:hidden" onClick={() => setOpen('settings')}>
            <SlidersHorizontal aria-hidden />
            Settings
          </Button>
          <Button onClick={() => setOpen('code')}>
            <Code aria-hidden />
            View as code
          </Button>
          <Button onClick={talk.clear} disabled={conversation.turns.length === 0}>
            <Trash2 aria-hidden />
            Clear
          </Button>
        </>
      }
    >
      <Loaded query={models} what="the models that you may use">
        {(allowed) => (
          <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_280px]">
            <Chat models={allowed} talk={talk} draft={draft} onDraft={setDraft} onNewSession={keys.renew} />
            <aside aria-label="Settings" className="border-l border-line pl-6 max-lg:hidden print:hidden">
              <SettingsPanel settings={conversation.settings} onChange={changeSettings} />
            </aside>
          </div>
        )}
      </Loaded>
      <CodeDialog conversation={conversation} draft={draft} isOpen={open === 'code'} onClose={close} />
      <Dialog title="Settings" place="side" isOpen={open === 'settings'} onClose={close}>
        <SettingsPanel settings={conversation.settings} onChange={changeSettings} />
      </Dialog>
    </Page>
  )
}

interface ChatProps {
  models: readonly ModelWire[]
  talk: ReturnType<typeof useConversation>
  draft: Draft
  onDraft: (draft: Draft) => void
  onNewSession: () => void
}

function Chat({ models, talk, draft, onDraft, onNewSession }: ChatProps) {
  const { conversation, isRunning } = talk
  const [isPlain, setPlain] = useState(false)
  const [asked, setAsked] = useState<string>()
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Lanes models={models} lanes={conversation.lanes} onChange={talk.changeLanes} isLocked={isRunning} />
      <CheckField
        label="Show answers as plain text"
        checked={isPlain}
        onChange={(event) => setPlain(event.target.checked)}
      />
      <p role="status" className="sr-only">
        {isRunning ? 'Answers are coming.' : conversation.turns.length === 0 ? '' : 'The answers are here.'}
      </p>
      {conversation.turns.length === 0 ? (
        <EmptyState icon={MessagesSquare} title="Nothing said yet">
          Write a message below. Add a second and a third model to see their answers side by side.
        </EmptyState>
      ) : (
        <TurnList talk={talk} isPlain={isPlain} onWhy={setAsked} onNewSession={onNewSession} />
      )}
      <Composer
        draft={draft}
        onDraft={onDraft}
        obstacle={obstacleOf(conversation, models, draft)}
        isRunning={isRunning}
        onStop={talk.stop}
        onSend={() => {
          talk.send(draft)
          onDraft(NOTHING)
        }}
      />
      <Footnote conversation={conversation} />
      <LogDrawer id={asked} onClose={() => setAsked(undefined)} />
    </div>
  )
}

function Lanes({
  models,
  lanes,
  onChange,
  isLocked,
}: {
  models: readonly ModelWire[]
  lanes: readonly Lane[]
  onChange: (lanes: Lane[]) => void
  isLocked: boolean
}) {
  const first = useFirstModel(models)
  useEffect(() => {
    if (first !== undefined && lanes.some(({ model }) => model === ''))
      onChange(lanes.map((lane) => (lane.model === '' ? { ...lane, model: first } : lane)))
  }, [first, lanes, onChange])
  const free = LANE_IDS.find((id) => lanes.every((lane) => lane.id !== id))
  return (
    <div className="flex flex-wrap items-center gap-2">
      {lanes.map((lane, index) => (
        <ModelPicker
          key={lane.id}
          label={`Model ${index + 1}`}
          models={models}
          chosen={lane.model}
          onChoose={(model) => onChange(lanes.map((one) => (one.id === lane.id ? { ...one, model } : one)))}
          onRemove={lanes.length < 2 || isLocked ? undefined : () => onChange(lanes.filter(({ id }) => id !== lane.id))}
        />
      ))}
      {free === undefined || lanes.length >= LANES_MAX ? null : (
        <Button disabled={isLocked} onClick={() => onChange([...lanes, { id: free, model: first ?? '' }])}>
          <Plus aria-hidden />
          Compare
        </Button>
      )}
    </div>
  )
}

/** The workspace's own default, else the built-in model that costs nothing, else whatever there is. */
function useFirstModel(models: readonly ModelWire[]): string | undefined {
  const { default_text_model: usual } = useWorkspace()
  const isAllowed = (id: string | null) => models.some((model) => model.id === id)
  if (usual !== null && isAllowed(usual)) return usual
  return isAllowed('sim/echo') ? 'sim/echo' : models[0]?.id
}

function obstacleOf({ settings, lanes }: Conversation, models: readonly ModelWire[], draft: Draft): string | undefined {
  if (models.length === 0) return 'There is no model that you may use here. Ask an Admin of this workspace.'
  if (Object.keys(settingsFaults(settings)).length > 0) return 'A setting is wrong. Mend it first.'
  const blind = lanes
    .map(({ model }) => models.find(({ id }) => id === model))
    .find((model) => model !== undefined && !model.architecture.input_modalities.includes('image'))
  return draft.images.length > 0 && blind !== undefined
    ? `${blind.name} takes no images. Choose another model, or take them off.`
    : undefined
}

/** Where it is kept, what it cost, and what it may. */
function Footnote({ conversation: { turns } }: { conversation: Conversation }) {
  const costs = turns.flatMap(({ answers }) => Object.values(answers)).map(({ usage }) => usage?.cost ?? 0)
  const total = costs.reduce((sum, cost) => sum + cost, 0)
  return (
    <p className="text-sm text-muted">
      This conversation cost <span className="figures text-ink">{formatExactMoney(total)}</span>. It is kept in this
      browser tab only, until you clear it, sign out or close the tab; the workspace may log requests as it does for any
      call. A session spends at most {formatMoney(SESSION_LIMIT_USD)}.
    </p>
  )
}
