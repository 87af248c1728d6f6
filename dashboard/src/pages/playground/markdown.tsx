import { memo, type ReactNode } from 'react'
import { MARKDOWN_LENGTH_MAX, markdownTree, type Part } from './markdown-tree.ts'
import { toVisible } from './visible-text.ts'

/** A text that nobody vouches for, as it is. */
export const PlainText = memo(function PlainText({ text }: { text: string }) {
  return (
    <p dir="auto" className="[overflow-wrap:anywhere] whitespace-pre-wrap">
      {toVisible(text)}
    </p>
  )
})

/**
 * Such a text with its Markdown shown. Elements are made of a list of known ones and hold text alone: no HTML of the text comes
 * to the page, nothing is loaded for it, and links say where they lead.
 */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const parts = text.length > MARKDOWN_LENGTH_MAX ? undefined : markdownTree(toVisible(text))
  if (parts === undefined) return <PlainText text={text} />
  return (
    <div dir="auto" className="flex flex-col gap-2 [overflow-wrap:anywhere]">
      {showAll(parts)}
    </div>
  )
})

function showAll(parts: readonly Part[]): ReactNode[] {
  return parts.map((part, index) => <Shown key={`${index}-${part.type}`} part={part} />)
}

const INLINE: Readonly<Record<string, 'em' | 'strong' | 's'>> = { em: 'em', strong: 'strong', s: 's' }

function Shown({ part }: { part: Part }): ReactNode {
  const { type, text, children } = part
  const Inline = INLINE[type]
  if (Inline !== undefined) return <Inline>{showAll(children)}</Inline>
  switch (type) {
    case 'text':
      return text
    case 'inline':
      return showAll(children)
    case 'softbreak':
    case 'hardbreak':
      return <br />
    case 'code_inline':
      return <code className="rounded-sm bg-raised px-1 font-mono text-sm">{text}</code>
    case 'link':
      return <LinkOut part={part} />
    case 'image':
      return <span className="text-muted">[picture: {text === '' ? 'without a name' : text}]</span>
    default:
      return <Block part={part} />
  }
}

function Block({ part: { type, text, start, children } }: { part: Part }): ReactNode {
  switch (type) {
    case 'paragraph':
      return <p dir="auto">{showAll(children)}</p>
    case 'heading':
      // Not a heading of this page.
      return (
        <p dir="auto" className="mt-1 text-lg font-semibold">
          {showAll(children)}
        </p>
      )
    case 'bullet_list':
      return <ul className="flex list-disc flex-col gap-1 ps-6">{showAll(children)}</ul>
    case 'ordered_list':
      return (
        <ol start={start ?? 1} className="flex list-decimal flex-col gap-1 ps-6">
          {showAll(children)}
        </ol>
      )
    case 'list_item':
      return <li>{showAll(children)}</li>
    case 'blockquote':
      return (
        <blockquote className="flex flex-col gap-2 border-s-2 border-line-strong ps-3 text-muted">
          {showAll(children)}
        </blockquote>
      )
    case 'hr':
      return <hr className="border-line" />
    case 'fence':
    case 'code_block':
      return <CodeBlock text={text} />
    default:
      return <TablePart type={type}>{showAll(children)}</TablePart>
  }
}

function TablePart({ type, children }: { type: string; children: ReactNode[] }): ReactNode {
  switch (type) {
    case 'table':
      return (
        <Scrolling label="Table">
          <table className="border-collapse">{children}</table>
        </Scrolling>
      )
    case 'thead':
      return <thead>{children}</thead>
    case 'tbody':
      return <tbody>{children}</tbody>
    case 'tr':
      return <tr className="border-b border-line">{children}</tr>
    case 'th':
      return <th className="px-2 py-1 text-start font-medium">{children}</th>
    case 'td':
      return <td className="px-2 py-1">{children}</td>
    default:
      return children
  }
}

function CodeBlock({ text }: { text: string }) {
  return (
    <Scrolling label="Code">
      <pre dir="ltr" className="rounded-md bg-raised p-3 font-mono text-sm leading-5">
        {text.replace(/\n$/, '')}
      </pre>
    </Scrolling>
  )
}

function Scrolling({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      className="max-w-full overflow-x-auto [overflow-wrap:normal]"
    >
      {children}
    </section>
  )
}

/** Its host stands beside it, because its text may name another. */
function LinkOut({ part: { href, children } }: { part: Part }) {
  if (href === undefined) return <span>{showAll(children)}</span>
  const { host, protocol } = new URL(href)
  return (
    <>
      <a
        href={href}
        target="_blank"
        rel="noreferrer noopener nofollow"
        className="text-accent-text underline"
        title={href}
      >
        {showAll(children)}
      </a>{' '}
      <bdi className="text-xs text-muted">({protocol === 'mailto:' ? 'e-mail' : host})</bdi>
    </>
  )
}
