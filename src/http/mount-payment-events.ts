import type { FastifyInstance } from 'fastify'
import { AppError } from '../domain/app-error.ts'
import type { HttpParts } from './http-parts.ts'

const PATH = '/webhooks/stripe'

/** Where the payment provider tells what has happened: its signature is over the bytes as they were sent. */
export async function mountPaymentEvents(app: FastifyInstance, { receivePayment }: HttpParts): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.post(PATH, async (request) => {
      const receive = receivePayment()
      if (receive === undefined) throw new AppError('not_found', 'Resource not found')
      const signature = request.headers['stripe-signature']
      if (typeof signature !== 'string' || !Buffer.isBuffer(request.body))
        throw new AppError('invalid_request', 'The signature of the event is not valid')
      await receive(request.body, signature)
      return { received: true }
    })
  })
}
