export interface SampleRequest {
  method: string
  /** With values in place of what the path names, and the query. */
  path: string
  body: unknown
  needsKey: boolean
  /** The variable that holds the key. */
  keyVariable: string
}

const BASE = 'http://127.0.0.1:8787'

/** The same request in four languages, each a program that runs: name of the fence, and text. */
export function samplesOf(request: SampleRequest): { title: string; language: string; text: string }[] {
  return [
    { title: 'curl', language: 'bash', text: curl(request) },
    { title: 'Python', language: 'python', text: python(request) },
    { title: 'TypeScript', language: 'typescript', text: typescript(request) },
    { title: 'Go', language: 'go', text: go(request) },
  ]
}

function curl({ method, path, body, needsKey, keyVariable }: SampleRequest): string {
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}"${BASE}${path}"`]
  if (needsKey) lines.push(`-H "Authorization: Bearer $${keyVariable}"`)
  if (body !== undefined) {
    lines.push("-H 'Content-Type: application/json'")
    lines.push(`-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`)
  }
  return lines.join(' \\\n  ')
}

function python({ method, path, body, needsKey, keyVariable }: SampleRequest): string {
  const lines = ['import json', 'import os', 'import urllib.request', '', 'request = urllib.request.Request(']
  lines.push(`    ${JSON.stringify(BASE + path)},`, `    method="${method}",`, '    headers={')
  if (needsKey) lines.push(`        "Authorization": f"Bearer {os.environ['${keyVariable}']}",`)
  if (body !== undefined) lines.push('        "Content-Type": "application/json",')
  lines.push('    },')
  if (body !== undefined)
    lines.push(`    data=json.dumps(json.loads(${JSON.stringify(JSON.stringify(body))})).encode(),`)
  lines.push(')', 'with urllib.request.urlopen(request) as answer:', '    print(answer.read().decode())')
  return lines.join('\n')
}

function typescript({ method, path, body, needsKey, keyVariable }: SampleRequest): string {
  const headers = [
    ...(needsKey ? [`Authorization: \`Bearer \${process.env.${keyVariable}}\``] : []),
    ...(body === undefined ? [] : ["'Content-Type': 'application/json'"]),
  ]
  const lines = [`const answer = await fetch('${BASE}${path}', {`, `  method: '${method}',`]
  if (headers.length > 0) lines.push(`  headers: { ${headers.join(', ')} },`)
  if (body !== undefined) lines.push(`  body: JSON.stringify(${JSON.stringify(body)}),`)
  lines.push('})', 'console.log(answer.status, await answer.text())')
  return lines.join('\n')
}

function go({ method, path, body, needsKey, keyVariable }: SampleRequest): string {
  const imports = ['"fmt"', '"io"', '"net/http"']
  if (needsKey) imports.push('"os"')
  if (body !== undefined) imports.push('"strings"')
  const payload = body === undefined ? 'nil' : `strings.NewReader(${goText(JSON.stringify(body))})`
  return [
    'package main',
    '',
    'import (',
    ...imports.map((name) => `\t${name}`),
    ')',
    '',
    'func main() {',
    `\trequest, err := http.NewRequest("${method}", ${JSON.stringify(BASE + path)}, ${payload})`,
    '\tif err != nil {',
    '\t\tpanic(err)',
    '\t}',
    ...(needsKey ? [`\trequest.Header.Set("Authorization", "Bearer "+os.Getenv("${keyVariable}"))`] : []),
    ...(body === undefined ? [] : ['\trequest.Header.Set("Content-Type", "application/json")']),
    '\tanswer, err := http.DefaultClient.Do(request)',
    '\tif err != nil {',
    '\t\tpanic(err)',
    '\t}',
    '\tdefer answer.Body.Close()',
    '\ttext, err := io.ReadAll(answer.Body)',
    '\tif err != nil {',
    '\t\tpanic(err)',
    '\t}',
    '\tfmt.Println(answer.Status, string(text))',
    '}',
  ].join('\n')
}

function goText(text: string): string {
  return text.includes('`') ? JSON.stringify(text) : `\`${text}\``
}
