import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { createLogger } from '../../../server/http/log.ts'
import { Metrics } from '../../../server/http/metrics.ts'
import { openDatabase } from '../../../server/storage/database.ts'
import type { Database } from '../../../server/storage/database.ts'
import { createWebhookSender, verifyWebhook } from '../../../server/verifier/webhooks.ts'
import type {
  WebhookDelivery,
  WebhookSender,
  WebhookSenderOptions,
} from '../../../server/verifier/webhooks.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { refusal } from '../../support/refusal.ts'
import { NOW } from '../../support/world.ts'
import { COMPONENT, SECRET } from './webhook-world.ts'
import type { Tables } from './webhook-world.ts'

const BODY = '{"type":"session.verified"}'
const DAY = 86_400

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let server: Server
let url: string
let received: Received[]
let status: number
/** Milliseconds. */
/** What answers wait for. */
let answersHeld: Promise<unknown>
let now: number
let log: string

beforeEach(async () => {
  received = []
  status = 204
  answersHeld = Promise.resolve()
  now = NOW
  log = ''
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      void answersHeld.then(() => response.writeHead(status).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/secret-path`
})

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
})

describe.each([
  ['SQLite', () => Promise.resolve('sqlite::memory:')],
  ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
])('a sender of webhooks in %s', (_, newUrl) => {
  let database: Database<Tables>

  beforeEach(async () => {
    database = await openDatabase<Tables>(await newUrl(), COMPONENT)
    return () => database.close()
  })

  const senderWith = (options: Partial<WebhookSenderOptions<Tables>> = {}): WebhookSender =>
    createWebhookSender({
      database,
      targets: [{ url }],
      secret: SECRET,
      clock: () => now,
      logger: createLogger('test', 'info', { write: (line: string) => void (log += line) }),
      allowPrivate: true,
      ...options,
    })

  const add = async (id: string, changes: Partial<WebhookDelivery> = {}): Promise<void> => {
    const row = { id, target: url, body: BODY, attempts: 0, next_at: now, created_at: now }
    await database.query
      .insertInto('verifier_deliveries')
      .values({ ...row, done_at: null, ...changes })
      .execute()
  }

  const find = (id: string) =>
    database.query
      .selectFrom('verifier_deliveries')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()

  test('sends what is due, signed, once', async () => {
    const sender = senderWith()
    await add('msg_1')
    await add('msg_2', { next_at: now + 1 })
    expect(await sender.sendDue()).toBe(1)
    expect(await sender.sendDue()).toBe(0)
    expect(received).toHaveLength(1)
    const { headers, body } = received[0]!
    expect(body).toBe(BODY)
    const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(`msg_1.${NOW}.${BODY}`)
    expect(headers).toMatchObject({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(NOW),
      'webhook-signature': `v1,${mac.digest('base64')}`,
      'content-type': 'application/json',
    })
    expect(verifyWebhook(headers, body, SECRET, now)).toEqual({ id: 'msg_1' })
    expect(await find('msg_1')).toMatchObject({ attempts: 1, done_at: NOW })
  })

  test.each([301, 400, 410, 500])('tries again, later and later, after %i', async (answer) => {
    status = answer
    const sender = senderWith()
    await add('msg_1')
    const delays: number[] = []
    for (let i = 0; i < 5; i++) {
      expect(await sender.sendDue()).toBe(1)
      const { next_at } = await find('msg_1')
      delays.push(next_at - now)
      now = next_at - 1
      expect(await sender.sendDue()).toBe(0)
      now = next_at
    }
    for (const [i, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(4 * 2 ** i)
      expect(delay).toBeLessThanOrEqual(6 * 2 ** i)
    }
    status = 200
    await sender.sendDue()
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(await find('msg_1')).toMatchObject({ attempts: 6, done_at: now })
  })

  test('gives up after a day, and says so without the message or the path', async () => {
    status = 500
    const metrics = new Metrics()
    const sender = senderWith({ metrics })
    await add('msg_1')
    let last = now
    for (;;) {
      await sender.sendDue()
      const { next_at, done_at } = await find('msg_1')
      if (done_at !== null) break
      last = now
      now = next_at
    }
    expect(now - NOW).toBeLessThanOrEqual(DAY)
    expect(last - NOW).toBeGreaterThan(DAY - 3 * 4_320)
    now += DAY
    expect(await sender.sendDue()).toBe(0)
    expect(log).toContain('given up')
    expect(log).not.toContain('session.verified')
    expect(log).not.toContain('secret')
    expect((await metrics.text()).text).toContain('zerocard_webhooks_total{outcome="given-up"} 1')
  })

  test('gives up what goes to a target that is not configured any more', async () => {
    const sender = senderWith({ targets: [] })
    await add('msg_1')
    await sender.sendDue()
    expect(received).toEqual([])
    expect(await find('msg_1')).toMatchObject({ done_at: NOW })
  })

  test('does not send to addresses that are not allowed', async () => {
    const sender = senderWith({ allowPrivate: false })
    await add('msg_1')
    expect(await sender.sendDue()).toBe(1)
    expect(received).toEqual([])
    expect(await find('msg_1')).toMatchObject({ attempts: 1, done_at: null })
  })

  test('shares its work with others, each message for one of them', async () => {
    const senders = [senderWith(), senderWith(), senderWith()]
    for (let i = 0; i < 150; i++) await add(`msg_${i}`)
    const attempts = await Promise.all(senders.map((sender) => sender.sendDue()))
    expect(attempts.reduce((sum, count) => sum + count, 0)).toBe(150)
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(150)
    expect(received).toHaveLength(150)
  })

  test('takes over from one that ended in the middle, but not before its time is over', async () => {
    // A sender that claimed and never came back.
    await add('msg_1', { attempts: 1, next_at: now + 30 })
    const sender = senderWith()
    now += 29
    expect(await sender.sendDue()).toBe(0)
    now += 1
    expect(await sender.sendDue()).toBe(1)
    expect(await find('msg_1')).toMatchObject({ attempts: 2, done_at: now })
  })

  test('finishes what is under way before it closes, and begins nothing more', async () => {
    const { promise, resolve } = Promise.withResolvers()
    answersHeld = promise
    const sender = senderWith()
    for (let i = 0; i < 20; i++) await add(`msg_${i}`)
    const sending = sender.sendDue()
    await expect.poll(() => received.length).toBeGreaterThan(0)
    const closed = sender.close()
    resolve(undefined)
    await closed
    const attempts = await sending
    expect(attempts).toBeLessThan(20)
    expect(received).toHaveLength(attempts)
    const done = await database.query
      .selectFrom('verifier_deliveries')
      .where('done_at', 'is not', null)
      .selectAll()
      .execute()
    expect(done).toHaveLength(attempts)
  })

  test('keeps no target waiting for another that does not answer', async () => {
    const { promise, resolve } = Promise.withResolvers()
    const silent = createServer((_request, response) => {
      void promise.then(() => response.writeHead(204).end())
    })
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
    const target = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    const sender = senderWith({ targets: [{ url: target }, { url }] })
    for (let i = 0; i < 20; i++) await add(`msg_${i}`, { target, next_at: now - 1 })
    sender.start()
    await add('msg_20')
    await expect.poll(() => received.length, { timeout: 4_000 }).toBe(1)
    // Nor later ones, while those before are still under way.
    await add('msg_21')
    await expect.poll(() => received.length, { timeout: 4_000 }).toBe(2)
    resolve(undefined)
    await sender.close()
    await new Promise((closed) => silent.close(closed))
  })

  test('looks by itself once it is started', async () => {
    const sender = senderWith()
    await add('msg_1')
    sender.start()
    await expect.poll(() => received.length).toBe(1)
    await sender.close()
  })
})

describe('a webhook that was received', () => {
  const key = Buffer.alloc(32, 7)
  const signed = (id: string, timestamp: string, body = BODY) =>
    `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  const honest = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(NOW),
    'webhook-signature': signed('msg_1', String(NOW)),
  }
  const verdict = (changes: object = {}, body: string | Uint8Array = BODY, at = NOW) =>
    refusal(() => verifyWebhook({ ...honest, ...changes }, body, SECRET, at))

  test('is accepted as text, as bytes, and with other signatures beside its own', () => {
    expect(verdict()).toBeUndefined()
    expect(verdict({}, Buffer.from(BODY))).toBeUndefined()
    const several = `v1,AAAA v2,x ${honest['webhook-signature']}`
    expect(verdict({ 'webhook-signature': several })).toBeUndefined()
  })

  test('is refused with any part changed or left out', () => {
    const other = `v1,${Buffer.alloc(32).toString('base64')}`
    for (const changes of [
      { 'webhook-id': 'msg_2' },
      { 'webhook-timestamp': String(NOW + 1) },
      { 'webhook-signature': other },
      { 'webhook-signature': '' },
      { 'webhook-signature': honest['webhook-signature'].slice(3) },
      { 'webhook-signature': honest['webhook-signature'].slice(0, -4) },
      { 'webhook-signature': `${'x '.repeat(20)}${honest['webhook-signature']}` },
      { 'webhook-id': undefined },
      { 'webhook-timestamp': undefined },
      { 'webhook-signature': undefined },
      { 'webhook-signature': [honest['webhook-signature']] },
    ]) {
      expect(verdict(changes)).toBe('UNAUTHORIZED')
    }
    expect(verdict({}, `${BODY} `)).toBe('UNAUTHORIZED')
    const secret = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
    expect(refusal(() => verifyWebhook(honest, BODY, secret, NOW))).toBe('UNAUTHORIZED')
  })

  test('is refused if its id and time could be read in two ways', () => {
    const id = `msg.${NOW}`
    const body = `${NOW}.x`
    const changes = { 'webhook-id': id, 'webhook-signature': signed(id, String(NOW), body) }
    expect(verdict(changes, body)).toBe('UNAUTHORIZED')
  })

  test('is refused outside five minutes, and with a time that is none', () => {
    expect(verdict({}, BODY, NOW + 300)).toBeUndefined()
    expect(verdict({}, BODY, NOW + 301)).toBe('UNAUTHORIZED')
    expect(verdict({}, BODY, NOW - 300)).toBeUndefined()
    expect(verdict({}, BODY, NOW - 301)).toBe('UNAUTHORIZED')
    for (const time of ['NaN', '', 'Infinity', `${NOW}.0`, `+${NOW}`]) {
      const changes = { 'webhook-timestamp': time, 'webhook-signature': signed('msg_1', time) }
      expect(verdict(changes)).toBe('UNAUTHORIZED')
    }
  })

  test.each([
    '',
    'whsec_',
    'whsec_short',
    Buffer.alloc(32).toString('base64'),
    `whsec_${'A'.repeat(200)}`,
  ])('is not judged with %s for a secret', (secret) =>
    expect(refusal(() => verifyWebhook(honest, BODY, secret, NOW))).toBe('CONFIG_INVALID'),
  )
})
