import type { UseQueryResult } from '@tanstack/react-query'
import { type LucideIcon, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Operation, RequestOf } from '../../../../src/contract/operation.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { DeleteDialog } from '../../components/delete-dialog.tsx'
import type { Choice } from '../../components/field.tsx'
import { EmptyState, FailureNote } from '../../components/states.tsx'
import { useOpened } from '../../components/use-opened.ts'
import { usePlaceName, usePlaces } from '../../frame/use-places.ts'
import { AlertMenu } from './alert-menu.tsx'
import { useAlertRights } from './use-alert-rights.ts'

interface AlertThing {
  id: string
  name: string
  enabled: boolean
  workspace_id: string | null
  user_id: string | null
}

interface Sending<Input> {
  mutate: (input: Input) => void
  error: Error | null
}

interface AlertListProps<Row extends AlertThing, Remove extends Operation> {
  noun: 'channel' | 'rule'
  query: UseQueryResult<{ data: Row[] }, Error>
  operations: Record<'create' | 'list' | 'test' | 'update', Operation> & { remove: Remove }
  toggle: Sending<{ id: string; enabled: boolean }>
  test: Sending<{ id: string }>
  /** Before the place, from where on that is shown. */
  columns: readonly Column<Row>[]
  placeFrom: 'md' | 'lg'
  /** In place of a table without rows. */
  empty: { icon: LucideIcon; title: string; text: string }
  form: (opened: {
    isOpen: boolean
    edited: Row | undefined
    places: readonly Choice[]
    onClose: () => void
  }) => ReactNode
  /** What is lost with the one of this name. */
  loss: (name: string | undefined) => string
}

/** Rules or channels, with all that can be done with them. */
export function AlertList<Row extends AlertThing, Remove extends Operation>(props: AlertListProps<Row, Remove>) {
  const { noun, query, operations, toggle, test, empty, form, loss } = props
  const opened = useOpened<Row>()
  const places = usePlaces('alert:write')
  const add =
    places.length === 0 ? undefined : (
      <Button data-operation={operations.create.id} onClick={opened.add}>
        <Plus aria-hidden />
        Add a {noun}
      </Button>
    )
  const { deleted } = opened
  return (
    <>
      <FailureNote error={test.error ?? toggle.error} />
      <DataList
        query={query}
        what={`the ${noun}s`}
        caption={noun === 'rule' ? 'Rules' : 'Channels'}
        action={add}
        columns={useColumns(props, opened)}
        keyOf={({ id }) => id}
        empty={
          <EmptyState icon={empty.icon} title={empty.title} action={add}>
            {empty.text}
          </EmptyState>
        }
      />
      {form({ isOpen: opened.isForm, edited: opened.edited, places, onClose: opened.close })}
      <DeleteDialog
        action={`Delete the ${noun}`}
        operation={operations.remove}
        input={deleted && ({ id: deleted.id } as RequestOf<Remove>)}
        refreshes={[operations.list]}
        onClose={opened.close}
      >
        <p>{loss(deleted?.name)}</p>
      </DeleteDialog>
    </>
  )
}

function useColumns<Row extends AlertThing, Remove extends Operation>(
  { columns, operations, placeFrom, test, toggle }: AlertListProps<Row, Remove>,
  { edit, remove }: Record<'edit' | 'remove', (row: Row) => void>,
): readonly Column<Row>[] {
  const { mayChange } = useAlertRights()
  const placeName = usePlaceName()
  return [
    ...columns,
    { id: 'where', header: 'Where', from: placeFrom, cell: ({ workspace_id }) => placeName(workspace_id) },
    {
      id: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      cell: (row) =>
        mayChange(row) ? (
          <AlertMenu
            name={row.name}
            isOn={row.enabled}
            operations={operations}
            onEdit={() => edit(row)}
            onTest={() => test.mutate({ id: row.id })}
            onToggle={() => toggle.mutate({ id: row.id, enabled: !row.enabled })}
            onDelete={() => remove(row)}
          />
        ) : null,
    },
  ]
}

/** The name of a rule or a channel, and below it what it is. */
export function AlertName({ name, isOwn, children }: { name: string; isOwn: boolean; children: ReactNode }) {
  return (
    <span className="flex max-w-md min-w-40 flex-col">
      <span className="font-medium break-words">
        {name} {isOwn ? <Badge>Somebody's own</Badge> : null}
      </span>
      {children}
    </span>
  )
}
