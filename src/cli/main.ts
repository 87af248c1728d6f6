import { runCli } from './run-cli.ts'

const { env, stdin, stdout, stderr } = process
// Whoever reads, such as `head`, may have had enough; what the command did is done all the same.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
// Set, not called: what was written is still on its way out, and the MCP server goes on.
process.exitCode = await runCli(process.argv.slice(2), { env, stdin, stdout, stderr })
