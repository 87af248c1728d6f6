import { asObject } from '../json-fields.ts'

const STRICT_TOOLS_BETA = 'structured-outputs'

/** `beta`: without the feature of strict tools among them, that wish is left out. Tools that are no functions are the provider's. */
export function encodeTools(tools: unknown, beta: string | null): Record<string, unknown>[] {
  const isStrictKnown = beta?.includes(STRICT_TOOLS_BETA) === true
  return (Array.isArray(tools) ? tools : []).flatMap((entry: unknown) => {
    const tool = asObject(entry)
    const part = asObject(tool?.['function'])
    if (tool === undefined || part === undefined) return tool === undefined ? [] : [tool]
    const { name, description, parameters, strict } = part
    const marker = tool['cache_control'] ?? part['cache_control']
    return [
      {
        name,
        ...(typeof description === 'string' && { description }),
        input_schema: asObject(parameters) ?? { type: 'object', properties: {} },
        ...(isStrictKnown && typeof strict === 'boolean' && { strict }),
        ...(marker !== undefined && { cache_control: marker }),
      },
    ]
  })
}

/** Undefined where the provider's default is meant. */
export function encodeToolChoice(request: Record<string, unknown>): Record<string, unknown> | undefined {
  const { tool_choice: choice, parallel_tool_calls: isParallel } = request
  const alone = isParallel === false ? { disable_parallel_tool_use: true } : {}
  if (choice === 'none') return { type: 'none' }
  if (choice === 'required') return { type: 'any', ...alone }
  const name = asObject(asObject(choice)?.['function'])?.['name']
  if (typeof name === 'string') return { type: 'tool', name, ...alone }
  return choice === 'auto' || isParallel === false ? { type: 'auto', ...alone } : undefined
}

export function isForced(choice: Record<string, unknown> | undefined): boolean {
  return choice?.['type'] === 'any' || choice?.['type'] === 'tool'
}
