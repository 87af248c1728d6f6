import { Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { PROJECT_OPERATIONS, type ProjectWire } from '../../../../src/contract/management/projects.ts'
import { useReach, useSession } from '../../access/session.tsx'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog, DialogActions } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { LimitBar } from '../../components/limit-bar.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { FailureNote } from '../../components/states.tsx'
import { toSlug } from '../../format/slug.ts'
import { BudgetDialog, type Interval } from './budget-dialog.tsx'

/** Projects, by whose slug requests are tagged, and what each may spend. */
export function ProjectList({ workspaceId }: { workspaceId: string }) {
  const projects = useOperation(PROJECT_OPERATIONS.listProjects, { id: workspaceId, limit: 100 })
  const mayCreate = useReach('project:write', workspaceId) === 'ws'
  const [isCreating, setCreating] = useState(false)
  return (
    <Section
      title="Projects"
      description="Requests that name a project with the header X-Switchyard-Project count on its budgets, too."
      action={
        mayCreate ? (
          <Button data-operation={PROJECT_OPERATIONS.createProject.id} onClick={() => setCreating(true)}>
            <Plus aria-hidden />
            New project
          </Button>
        ) : undefined
      }
    >
      <Loaded query={projects} what="the projects" rows={2}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="border-y border-line py-8 text-center text-muted">This workspace has no project.</p>
          ) : (
            <ul className="divide-y divide-line border-y border-line">
              {data.map((project) => (
                <Project key={project.id} project={project} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <CreateProject workspaceId={workspaceId} isOpen={isCreating} onClose={() => setCreating(false)} />
    </Section>
  )
}

function Project({ project: { workspace_id, slug, name, lead_user_ids } }: { project: ProjectWire }) {
  const budgets = useOperation(PROJECT_OPERATIONS.listProjectBudgets, { id: workspace_id, slug })
  const reach = useReach('budget:write', workspace_id)
  const { user } = useSession()
  const mayEdit = reach === 'ws' || (reach === 'own' && user !== null && lead_user_ids.includes(user.id))
  const [edited, setEdited] = useState<Interval>()
  const limits = budgets.data?.data ?? []
  return (
    <li className="grid items-center gap-x-6 gap-y-2 py-3 sm:grid-cols-[12rem_1fr_auto]">
      <div className="min-w-0">
        <p className="truncate font-medium">{name}</p>
        <p className="truncate font-mono text-sm text-muted">{slug}</p>
      </div>
      <div className="flex flex-col gap-2">
        {limits.length === 0 ? <p className="text-muted">No limit</p> : null}
        {limits.map(({ id, limit_usd, spent_usd, reset_interval }) => (
          <LimitBar key={id} label={`${name}, ${reset_interval ?? 'lifetime'}`} spent={spent_usd} limit={limit_usd} />
        ))}
      </div>
      {mayEdit ? (
        <Button data-operation={PROJECT_OPERATIONS.upsertProjectBudget.id} onClick={() => setEdited('monthly')}>
          Monthly budget
          <span className="sr-only"> of {name}</span>
        </Button>
      ) : null}
      <BudgetDialog
        title={`Monthly budget of ${name}`}
        interval={edited}
        current={limits.find(({ reset_interval }) => reset_interval === edited)?.limit_usd}
        target={{ workspaceId: workspace_id, projectSlug: slug }}
        onClose={() => setEdited(undefined)}
      />
    </li>
  )
}

function CreateProject({
  workspaceId,
  isOpen,
  onClose,
}: {
  workspaceId: string
  isOpen: boolean
  onClose: () => void
}) {
  const [name, setName] = useState('')
  const create = useChange(PROJECT_OPERATIONS.createProject, {
    refreshes: [PROJECT_OPERATIONS.listProjects],
    onDone: () => {
      setName('')
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ id: workspaceId, name: name.trim(), slug: toSlug(name) })
  }
  return (
    <Dialog title="New project" isOpen={isOpen} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="Name"
          hint={name === '' ? 'Requests name it by its slug.' : `Requests name it ${toSlug(name)}.`}
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <FailureNote error={create.error} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            data-operation={PROJECT_OPERATIONS.createProject.id}
            type="submit"
            look="primary"
            isBusy={create.isPending}
          >
            Create
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
