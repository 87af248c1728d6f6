import { useEffect, useRef } from 'react'
import { classNames } from '../../components/class-names.ts'
import { AnswerView } from './answer-view.tsx'
import type { Lane, Turn } from './conversation.ts'
import { PlainText } from './markdown.tsx'
import type { Talk } from './use-conversation.ts'

const COLUMNS = ['', 'md:grid-cols-1', 'md:grid-cols-2', 'md:grid-cols-3']

interface TurnListProps {
  talk: Talk
  isPlain: boolean
  onWhy: (id: string) => void
  onNewSession: () => void
}

/** What was asked, each with the answers side by side. */
export function TurnList({ talk, ...rest }: TurnListProps) {
  const { turns } = talk.conversation
  const list = useRef<HTMLOListElement>(null)
  const seen = useRef(turns.length)
  useEffect(() => {
    if (turns.length > seen.current) list.current?.lastElementChild?.scrollIntoView({ block: 'start' })
    seen.current = turns.length
  }, [turns.length])
  return (
    <ol ref={list} aria-label="Conversation" className="flex flex-col gap-6">
      {turns.map((turn, index) => (
        <li key={turn.id} className="flex scroll-mt-14 flex-col gap-3">
          <Question turn={turn} />
          <Answers turn={turn} isLast={index === turns.length - 1} talk={talk} {...rest} />
        </li>
      ))}
    </ol>
  )
}

function Question({ turn: { text, images } }: { turn: Turn }) {
  return (
    <section aria-label="You" className="rounded-md bg-raised px-3 py-2">
      {text === '' ? null : <PlainText text={text} />}
      {images.length === 0 ? null : (
        <div className="mt-2 flex flex-wrap gap-2">
          {images.map(({ name, url }, index) => (
            <img key={`${index}-${name}`} src={url} alt={name} className="max-h-40 max-w-full rounded-md" />
          ))}
        </div>
      )}
    </section>
  )
}

function Answers({ turn, isLast, talk, ...rest }: TurnListProps & { turn: Turn; isLast: boolean }) {
  const { conversation, isRunning, again } = talk
  const answered = conversation.lanes.flatMap((lane) => {
    const answer = turn.answers[lane.id]
    return answer === undefined ? [] : [{ lane, answer }]
  })
  const onAgain = (lane: Lane) => (isLast && !isRunning ? () => again(lane) : undefined)
  return (
    <div className={classNames('grid gap-4', COLUMNS[answered.length])}>
      {answered.map(({ lane, answer }) => (
        <AnswerView key={lane.id} answer={answer} onAgain={onAgain(lane)} {...rest} />
      ))}
    </div>
  )
}
