import type { z } from 'zod'
import type { ErrorCode } from './common/errors.ts'
import type { Permission } from './common/permissions.ts'

export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** One management action, declared once: the REST route, the OpenAPI entry, the MCP tool and the typed client derive from it. */
export interface Operation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** The official operationId in camelCase, or ours in the same manner. */
  id: string
  method: HttpMethod
  /** With `{name}` for the input keys that stand in the path; the rest is query on GET and DELETE, body otherwise. */
  path: string
  summary: string
  tag: string
  /** What the actor must be allowed; `public` needs no key, `any-key` any living one. */
  permission: Permission | 'public' | 'any-key'
  effect: 'read' | 'write' | 'destructive'
  input: Input
  output: Output
  errors: readonly ErrorCode[]
  /** Status of success; 200 when absent. */
  status?: 201 | 202
  /** Fields that official clients know and that mean nothing here: accepted, ignored and named in the answer's `warnings`. */
  ignoredFields?: readonly string[]
  /** A read that leaves a line in the audit log, as reading the log itself does. */
  isAuditedRead?: true
  /** Answered alike whether it changed something or not; only what it did change leaves a line in the audit log. */
  mayDoNothing?: true
  /** Pages of every origin may ask and read the answer: the catalogue, and what gives an application its key. */
  isForPages?: true
  /** `memory`: answered from what every process holds in memory, so also while the database is away. */
  reads?: 'memory' | 'database'
  /** The answer carries `effective_at`: from then on the change is in force in every process. */
  tellsEffect?: true
  /** Spoken in a protocol that others have defined, at its own paths and with its own credential: no REST route, no tool and no
   *  entry in the documentation derive from it. */
  protocol?: 'scim'
  /** For the tool when its name isn't the snake case of the id. */
  mcpName?: string
}

/** Declares an operation; the identity function that keeps its exact type. */
export function operation<
  const Id extends string,
  Input extends z.ZodType,
  Output extends z.ZodType,
  const Reads extends 'memory' | 'database' = 'database',
>(
  declaration: Operation<Input, Output> & { id: Id; reads?: Reads },
): Operation<Input, Output> & { id: Id; reads?: Reads } {
  return declaration
}

export type InputOf<O extends Operation> = z.output<O['input']>
export type RequestOf<O extends Operation> = z.input<O['input']>
export type OutputOf<O extends Operation> = z.input<O['output']>
export type ResponseOf<O extends Operation> = z.output<O['output']>

/** What carries an operation out: parsed input and a context in, the wire answer out. */
export type HandlerOf<O extends Operation, Context> = (input: InputOf<O>, context: Context) => Promise<OutputOf<O>>

/** One that takes from the database what it needs, and works the answer out of it when the transaction has ended. */
export type TwoStepHandlerOf<O extends Operation, Context> = (
  input: InputOf<O>,
  context: Context,
) => Promise<() => Promise<OutputOf<O>>>

/** Either of them. */
type AnyHandlerOf<O extends Operation, Context> = (
  ...call: Parameters<HandlerOf<O, Context>>
) => ReturnType<HandlerOf<O, Context>> | ReturnType<TwoStepHandlerOf<O, Context>>

/** One handler an operation: leaving one out doesn't compile, and neither does one that reads from memory and wants more. */
export type HandlersFor<Operations extends Readonly<Record<string, Operation>>, Context, MemoryContext> = {
  readonly [Name in keyof Operations]: Operations[Name] extends { reads?: 'memory' }
    ? HandlerOf<Operations[Name], MemoryContext>
    : AnyHandlerOf<Operations[Name], Context>
}

/** The names of the input keys that stand in the path. */
export function pathKeys(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
}
