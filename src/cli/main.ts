import { runCli } from './run-cli.ts'

const { env, stdin, stdout, stderr } = process
// Set, not called: what was written is still on its way out, and the MCP server goes on.
process.exitCode = await runCli(process.argv.slice(2), { env, stdin, stdout, stderr })
