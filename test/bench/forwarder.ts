/** The yardstick: node:http in, undici out, bodies piped, nothing looked at. Arguments: its port, the upstream's port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Pool } from 'undici'

const [port, upstreamPort] = process.argv.slice(2)
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 1_024, pipelining: 1 })

createServer((request, response) => {
  forward(request, response).catch(() => response.destroy())
}).listen(Number(port), '127.0.0.1')

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { host: _host, connection: _connection, ...headers } = request.headers
  const answer = await pool.request({ method: 'POST', path: request.url ?? '/', headers, body: request })
  response.writeHead(answer.statusCode, answer.headers)
  answer.body.pipe(response)
}
