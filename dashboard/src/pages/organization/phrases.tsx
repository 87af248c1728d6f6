import { useState } from 'react'
import { z } from 'zod'
import {
  ORGANIZATION_POLICY_OPERATIONS,
  PHRASES_MAX,
  type PhraseWire,
} from '../../../../src/contract/management/organization-policy.ts'
import { useChange, useOperation } from '../../api/use-operation.ts'
import { Button } from '../../components/button.tsx'
import { DataList } from '../../components/data-list.tsx'
import type { Column } from '../../components/data-table.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { When } from '../../components/figures.tsx'
import { Form } from '../../components/form.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/page.tsx'
import { FailureNote } from '../../components/states.tsx'
import { pageOf, useFilters } from '../../frame/use-filters.ts'
import { FilterTester } from '../guardrails/filter-tester.tsx'
import { useAllGuardrails } from './use-all-guardrails.ts'

const { createPromptInjectionPhrase, deletePromptInjectionPhrase, listPromptInjectionPhrases } =
  ORGANIZATION_POLICY_OPERATIONS
const SIZE = 50
const Search = z.object({ offset: z.coerce.number().int().min(0).catch(0).optional() })

/** What the prompt-injection detector lets pass, in every guardrail that has it. */
export function Phrases() {
  const [{ offset = 0 }, change] = useFilters(Search)
  const phrases = useOperation(listPromptInjectionPhrases, { offset, limit: SIZE }, { keepsPrevious: true })
  const remove = useChange(deletePromptInjectionPhrase, { refreshes: [listPromptInjectionPhrases] })
  return (
    <>
      <Section
        title="Phrases that are no prompt injection"
        description={`What the detector finds in a text is let pass where it is a part of one of these; up to ${PHRASES_MAX}. Administrators of the organization alone see them.`}
      >
        <div className="flex flex-col gap-4">
          <NewPhrase />
          <FailureNote error={remove.error} />
          <DataList
            query={phrases}
            what="the phrases"
            caption="Phrases"
            loadingRows={2}
            columns={columns(({ id }) => remove.mutate({ id }))}
            keyOf={({ id }) => id}
            page={pageOf(offset, SIZE, change)}
            empty={
              <p className="border-y border-line py-6 text-center text-muted">
                No phrase: everything that the detector finds counts.
              </p>
            }
          />
        </div>
      </Section>
      <Section title="Try a text" description="With the phrases above, against a guardrail that has the detector.">
        <TryText />
      </Section>
    </>
  )
}

function NewPhrase() {
  const [phrase, setPhrase] = useState('')
  const add = useChange(createPromptInjectionPhrase, {
    refreshes: [listPromptInjectionPhrases],
    onDone: () => setPhrase(''),
  })
  return (
    <Form error={add.error} onSubmit={() => add.mutate({ phrase })}>
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-56 flex-1">
          <TextField
            label="A phrase to let pass"
            field="phrase"
            required
            maxLength={1000}
            value={phrase}
            onChange={(event) => setPhrase(event.target.value)}
          />
        </div>
        <div className="pt-6">
          <Button data-operation={createPromptInjectionPhrase.id} type="submit" isBusy={add.isPending}>
            Add the phrase
          </Button>
        </div>
      </div>
    </Form>
  )
}

function columns(onRemove: (phrase: PhraseWire) => void): readonly Column<PhraseWire>[] {
  return [
    { id: 'phrase', header: 'Phrase', cell: ({ phrase }) => <span className="break-words">{phrase}</span> },
    { id: 'added', header: 'Added', from: 'sm', cell: ({ created_at }) => <When iso={created_at} /> },
    {
      id: 'remove',
      header: 'Remove',
      isHeaderHidden: true,
      align: 'right',
      cell: (phrase) => (
        <Button data-operation={deletePromptInjectionPhrase.id} size="small" onClick={() => onRemove(phrase)}>
          Remove
          <span className="sr-only"> {phrase.phrase}</span>
        </Button>
      ),
    },
  ]
}

function TryText() {
  const [chosen, setChosen] = useState('')
  const guardrails = useAllGuardrails()
  return (
    <Loaded query={guardrails} what="the guardrails" rows={2}>
      {(all) => {
        const detecting = all.filter(({ content_filter_builtins }) =>
          content_filter_builtins?.some(({ slug }) => slug === 'regex-prompt-injection'),
        )
        const id = detecting.some((guardrail) => guardrail.id === chosen) ? chosen : detecting[0]?.id
        if (id === undefined)
          return (
            <p className="border-y border-line py-6 text-center text-muted">
              No guardrail has the prompt-injection detector yet; it is among the built-in filters of a guardrail.
            </p>
          )
        return (
          <div className="flex max-w-[680px] flex-col gap-3">
            <SelectField
              label="Guardrail"
              value={id}
              onChange={(event) => setChosen(event.target.value)}
              choices={detecting.map((guardrail) => ({ value: guardrail.id, label: guardrail.title }))}
            />
            <FilterTester key={id} id={id} />
          </div>
        )
      }}
    </Loaded>
  )
}
