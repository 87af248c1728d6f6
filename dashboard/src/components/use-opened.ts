import { useState } from 'react'

type Opened<Row> = { what: 'add' } | { what: 'edit' | 'delete'; row: Row } | undefined

/** Which dialog of a list is open: for a new thing, for the change of one, or before one is deleted. */
export function useOpened<Row>() {
  const [opened, setOpened] = useState<Opened<Row>>()
  return {
    isForm: opened?.what === 'add' || opened?.what === 'edit',
    edited: opened?.what === 'edit' ? opened.row : undefined,
    deleted: opened?.what === 'delete' ? opened.row : undefined,
    add: () => setOpened({ what: 'add' }),
    edit: (row: Row) => setOpened({ what: 'edit', row }),
    remove: (row: Row) => setOpened({ what: 'delete', row }),
    close: () => setOpened(undefined),
  }
}
