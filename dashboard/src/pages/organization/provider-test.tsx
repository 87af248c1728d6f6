import { useState } from 'react'
import type { CustomProviderWire } from '../../../../src/contract/management/custom-providers.ts'
import { createKeys } from '../../../../src/contract/management/keys.ts'
import { useChange } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { FailureNote } from '../../components/states.tsx'
import { useWorkspaces } from '../../frame/workspaces.tsx'
import { TestRequest } from '../keys/test-request.tsx'

const KEY_SECONDS = 900

/** One real request to a model of the provider and to no other, with a key that is gone in a quarter of an hour. */
export function ProviderTest({ provider, onClose }: { provider: CustomProviderWire | undefined; onClose: () => void }) {
  return (
    <Dialog
      title={`Try ${provider?.name ?? ''}`}
      description="A short request, answered and charged as any other."
      isOpen={provider !== undefined}
      onClose={onClose}
      isForgetful
    >
      {provider === undefined ? null : <Test provider={provider} onClose={onClose} />}
    </Dialog>
  )
}

function Test({ provider, onClose }: { provider: CustomProviderWire; onClose: () => void }) {
  const workspaces = useWorkspaces()
  const places = workspaces.filter(({ id }) => provider.workspace_ids?.includes(id) ?? true)
  const [workspaceId, setWorkspaceId] = useState(places[0]?.id ?? '')
  const [model, setModel] = useState(provider.models[0]?.id ?? '')
  const key = useChange(createKeys, { refreshes: [] })
  const secret = key.data?.key
  return (
    <div className="flex flex-col gap-4">
      <SelectField
        label="Model"
        value={model}
        onChange={(event) => setModel(event.target.value)}
        choices={provider.models.map(({ id }) => ({ value: id, label: id }))}
      />
      {secret === undefined ? (
        <>
          <SelectField
            label="In the workspace"
            hint="Its guardrails and budgets hold for the request, too."
            value={workspaceId}
            onChange={(event) => setWorkspaceId(event.target.value)}
            choices={places.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <FailureNote error={key.error} />
          <DialogActions>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              data-operation={createKeys.id}
              look="primary"
              isBusy={key.isPending}
              onClick={() =>
                key.mutate({
                  name: `Test of ${provider.slug}`,
                  workspace_id: workspaceId,
                  type: 'ephemeral',
                  ttl_seconds: KEY_SECONDS,
                  hidden: true,
                })
              }
            >
              Make a key for the test
            </Button>
          </DialogActions>
        </>
      ) : (
        <TestRequest key={model} secret={secret} model={model} provider={provider.slug} />
      )}
    </div>
  )
}
