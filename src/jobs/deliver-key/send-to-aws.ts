import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager'
import type { SendGuarded } from '../../upstream/guarded-http.ts'
import type { KeyAttempt } from './key-payload.ts'

type RequestHandler = Extract<SecretsManagerClientConfig['requestHandler'], { handle: unknown }>
type HttpRequest = Parameters<RequestHandler['handle']>[0]

/** Puts a new version of a secret. The id of the delivery is the id of the version, so that a repetition makes no second one.
 *  The official client signs; our guarded client connects. */
export async function sendToAws(send: SendGuarded, attempt: KeyAttempt<'aws_secrets_manager'>): Promise<void> {
  // Not before it is needed: few installations do, and it is large.
  const { PutSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const { id, secret, signal, target } = attempt
  const client = new SecretsManagerClient({
    region: target.region,
    credentials: {
      accessKeyId: target.access_key_id,
      secretAccessKey: target.secret_access_key,
      ...(target.session_token === undefined ? {} : { sessionToken: target.session_token }),
    },
    ...(target.endpoint === undefined ? {} : { endpoint: target.endpoint }),
    maxAttempts: 1,
    requestHandler: handlerOver(send, signal),
  })
  try {
    const version = { SecretId: target.secret_id, SecretString: secret, ClientRequestToken: id }
    await client.send(new PutSecretValueCommand(version), { abortSignal: signal })
  } catch (error) {
    throw withoutDetails(error)
  } finally {
    client.destroy()
  }
}

function handlerOver(send: SendGuarded, signal: AbortSignal): RequestHandler {
  return {
    handle: async (request: HttpRequest) => {
      const { body, headers, status } = await send({
        method: 'POST',
        url: urlOf(request),
        headers: withoutHost(request.headers),
        body: request.body,
        signal,
      })
      return { response: { statusCode: status, headers, body: new Uint8Array(body) } as never }
    },
    destroy: () => {},
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  }
}

function urlOf({ hostname, path, port, protocol }: HttpRequest): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`
}

/** It follows from the URL, which is what was signed. */
function withoutHost({ host: _host, ...headers }: Record<string, string>): Record<string, string> {
  return headers
}

/** The message of a refusal might repeat what was sent. */
function withoutDetails(error: unknown): unknown {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  if (!(error instanceof Error) || status === undefined) return error
  return new Error(`the receiver answered ${status}: ${error.name.slice(0, 100)}`)
}
