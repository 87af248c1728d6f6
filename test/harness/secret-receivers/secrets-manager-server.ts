import { createHash, createHmac } from 'node:crypto'
import { type Received, type Receiver, type Reply, startReceiver } from './receiver.ts'

export interface SecretsManagerServer extends Receiver {
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** Secrets that exist, with the ids of their versions in order. */
  secrets: Map<string, { id: string; value: string }[]>
}

const TARGET = 'secretsmanager.PutSecretValue'

/** Speaks AWS JSON 1.1 as Secrets Manager does, as far as PutSecretValue goes, and checks each request's SigV4 signature. */
export async function startSecretsManagerServer(secretIds: readonly string[]): Promise<SecretsManagerServer> {
  const secrets: SecretsManagerServer['secrets'] = new Map(secretIds.map((id) => [id, []]))
  const identity = { region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' }
  const receiver = await startReceiver((request) => {
    if (!isSigned(request, identity)) return failure(403, 'InvalidSignatureException')
    if (request.headers['x-amz-target'] !== TARGET) return failure(400, 'UnknownOperationException')
    return putSecretValue(secrets, JSON.parse(request.body) as PutSecretValue)
  })
  return { ...receiver, ...identity, secrets }
}

interface PutSecretValue {
  SecretId: string
  SecretString: string
  ClientRequestToken: string
}

/** A token that was used already makes no second version, and is refused for another value. */
function putSecretValue(secrets: SecretsManagerServer['secrets'], input: PutSecretValue): Reply {
  const { ClientRequestToken: id, SecretId, SecretString: value } = input
  const versions = secrets.get(SecretId)
  if (versions === undefined) return failure(400, 'ResourceNotFoundException')
  const known = versions.find((version) => version.id === id)
  if (known !== undefined && known.value !== value) return failure(400, 'ResourceExistsException')
  if (known === undefined) versions.push({ id, value })
  const body = {
    ARN: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${SecretId}`,
    Name: SecretId,
    VersionId: id,
  }
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) }
}

function failure(status: number, type: string): Reply {
  const body = JSON.stringify({ __type: type, message: `${type} of the test server` })
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type }, body }
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/

/** Signature Version 4, written from its specification and not with the client's code. */
function isSigned(
  request: Received,
  identity: { region: string; accessKeyId: string; secretAccessKey: string },
): boolean {
  const parts = AUTHORIZATION.exec(String(request.headers.authorization))
  if (parts === null) return false
  const [, accessKeyId = '', day = '', region = '', service = '', signedHeaders = '', signature = ''] = parts
  if (accessKeyId !== identity.accessKeyId || region !== identity.region || service !== 'secretsmanager') return false
  const names = signedHeaders.split(';')
  if (!['host', 'x-amz-date', 'x-amz-target'].every((name) => names.includes(name))) return false
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const canonicalHeaders = names.map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}\n`)
  const canonical = [request.method, request.path, '', canonicalHeaders.join(''), signedHeaders, sha256(request.body)]
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', String(request.headers['x-amz-date']), scope, sha256(canonical.join('\n'))].join(
    '\n',
  )
  const keyOfDay = hmac(`AWS4${identity.secretAccessKey}`, day)
  const signingKey = hmac(hmac(hmac(keyOfDay, region), service), 'aws4_request')
  return hmac(signingKey, text).toString('hex') === signature
}
