import { Download } from 'lucide-react'
import { listModels } from '../../../../src/contract/inference/catalogue.ts'
import { saveText } from '../../analytics/csv.ts'
import { useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton, Snippet } from '../../components/copy-text.tsx'
import { DialogActions } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useWorkspace } from '../../frame/workspaces.tsx'
import { callsModels, type KeyChoice } from './key-types.ts'
import { envFile, keySnippets } from './snippets.ts'
import { TestRequest } from './test-request.tsx'

/** The secret, the only time it is seen, and what to do with it. */
export function NewKey({
  secret,
  choice,
  warnings,
  onDone,
}: {
  secret: string
  choice: KeyChoice
  warnings: readonly string[]
  onDone: () => void
}) {
  const model = useModelToTry()
  const { origin } = location
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-end gap-2 rounded-md border border-accent bg-accent-soft p-3">
        <div className="min-w-56 flex-1">
          <TextField label="Key" readOnly isMono value={secret} onFocus={(event) => event.currentTarget.select()} />
        </div>
        <CopyButton text={secret} label="Copy" />
        <Button onClick={() => saveText('.env', 'text/plain', envFile({ origin, key: secret }))}>
          <Download aria-hidden />
          .env
        </Button>
      </div>
      {warnings.map((warning) => (
        <p key={warning} className="text-sm text-accent-text">
          {warning}
        </p>
      ))}
      {callsModels(choice) && model !== undefined ? (
        <>
          <TestRequest secret={secret} model={model} />
          <Tabs
            label="A first request"
            tabs={keySnippets({ origin, key: secret, model }).map(({ id, label, code }) => ({
              id,
              label,
              content: <Snippet label={label} code={code} />,
            }))}
          />
        </>
      ) : null}
      <DialogActions>
        <Button look="primary" onClick={onDone}>
          I have kept it
        </Button>
      </DialogActions>
    </div>
  )
}

/** The workspace's own default, else the built-in model that costs nothing, else whatever there is. */
function useModelToTry(): string | undefined {
  const { default_text_model } = useWorkspace()
  const models = useOperation(listModels, { limit: 1 })
  const echo = useOperation(listModels, { q: 'sim/echo', limit: 1 })
  if (default_text_model !== null) return default_text_model
  return echo.data?.data[0]?.id ?? models.data?.data[0]?.id
}
