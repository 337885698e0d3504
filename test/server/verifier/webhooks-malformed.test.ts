import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '../../../server/http/log.ts'
import { openDatabase } from '../../../server/storage/database.ts'
import type { Database } from '../../../server/storage/database.ts'
import { signWebhook, webhookKey } from '../../../server/verifier/webhook-signature.ts'
import { createWebhookSender, verifyWebhook } from '../../../server/verifier/webhooks.ts'
import type { WebhookSender } from '../../../server/verifier/webhooks.ts'
import { malformed, malformedTexts } from '../../support/malformed.ts'
import { refusal } from '../../support/refusal.ts'
import { NOW } from '../../support/world.ts'
import { MARK } from '../malformed-requests.ts'
import { COMPONENT, SECRET } from './webhook-world.ts'
import type { Tables } from './webhook-world.ts'

// Webhooks whose receiver answers whatever it likes, and whatever is received as a webhook.

const BODY = {
  type: 'session.verified',
  timestamp: '2026-11-22T00:00:00.000Z',
  data: { session: MARK, policy: 'over-18@1', flow: 'cross-device', status: 'verified' },
}
const GOOD = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 14\r\n\r\n${MARK}`
const SUCCESS = /^\s*HTTP\/1\.[01] 2[0-9]{2}\b/

describe('a receiver of webhooks that answers', () => {
  /** What is answered to each message, by its id; by default what is good. */
  let answers: Map<string, (socket: Socket) => void>
  let server: Server
  let target: string
  let database: Database<Tables>
  let sender: WebhookSender
  let now: number
  let log: string[]

  beforeEach(async () => {
    answers = new Map()
    now = NOW
    log = []
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', (request) => {
        const id = /^webhook-id: (.*)\r$/m.exec(request.toString())?.[1] ?? ''
        const answer = answers.get(id) ?? ((open: Socket) => void open.end(GOOD))
        answer(socket)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    target = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`
    database = await openDatabase<Tables>('sqlite::memory:', COMPONENT)
    sender = createWebhookSender({
      database,
      targets: [{ url: target }],
      secret: SECRET,
      clock: () => now,
      logger: createLogger('test', 'info', { write: (line: string) => void log.push(line) }),
      allowPrivate: true,
    })
    return async () => {
      await sender.close()
      await database.close()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  const add = (id: string) =>
    database.query
      .insertInto('verifier_deliveries')
      .values({
        id,
        target,
        body: JSON.stringify(BODY),
        attempts: 0,
        next_at: now,
        created_at: now,
        done_at: null,
      })
      .execute()

  const waiting = () =>
    database.query
      .selectFrom('verifier_deliveries')
      .selectAll()
      .where('done_at', 'is', null)
      .execute()

  /** What did not arrive is tried again later, and arrives when the answer is a good one. */
  async function expectAllInTheEnd(): Promise<void> {
    for (const { attempts, next_at } of await waiting()) {
      expect(attempts).toBe(1)
      expect(next_at).toBeGreaterThan(now)
      expect(next_at).toBeLessThan(now + 60)
    }
    answers.clear()
    now += 60
    await sender.sendDue()
    expect(await waiting()).toEqual([])
    expect(log.join('')).not.toContain(MARK)
    expect(log.filter((line) => (JSON.parse(line) as { level: number }).level > 40)).toEqual([])
  }

  test('what is no answer is not taken for one, and the message is sent again', async () => {
    const refusals = new Map<string, string>()
    for (const { kind, bytes } of malformedTexts(GOOD, 1, 300)) {
      const id = `msg_${String(answers.size)}`
      answers.set(id, (socket) => void socket.end(bytes))
      if (!SUCCESS.test(Buffer.from(bytes).toString('latin1'))) refusals.set(id, kind)
      await add(id)
    }
    expect(await sender.sendDue()).toBe(300)
    const open = new Set((await waiting()).map(({ id }) => id))
    expect([...refusals].filter(([id]) => !open.has(id))).toEqual([])
    expect(refusals.size).toBeGreaterThan(100)
    await expectAllInTheEnd()
  })

  test('without an end is not waited for', async () => {
    const timers: NodeJS.Timeout[] = []
    const drip = (text: string) => (socket: Socket) => {
      timers.push(setInterval(() => socket.writable && socket.write(text), 50))
    }
    const first = (head: string, text: string) => (socket: Socket) => {
      socket.write(head)
      drip(text)(socket)
    }
    const endless: Readonly<Record<string, (socket: Socket) => void>> = {
      silent: () => undefined,
      'one byte at a time': drip('H'),
      headers: first('HTTP/1.1 200 OK\r\n', `x-${MARK}: 1\r\n`),
      'a header': first('HTTP/1.1 200 OK\r\nx: ', 'x'.repeat(2_000)),
      'early hints': drip('HTTP/1.1 103 Early Hints\r\n\r\n'),
      'another protocol': first('HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n', 'x'),
    }
    for (const [id, answer] of Object.entries(endless)) {
      answers.set(id.replaceAll(' ', '-'), answer)
      await add(id.replaceAll(' ', '-'))
    }
    expect(await sender.sendDue()).toBe(6)
    timers.forEach(clearInterval)
    expect(await waiting()).toHaveLength(6)
    await expectAllInTheEnd()
  })

  test('more than anybody reads has answered', async () => {
    let written = 0
    answers.set('msg_huge', (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const more = (): void => {
        while (socket.writable && socket.write('x'.repeat(65_536))) written += 65_536
      }
      socket.on('drain', more)
      more()
    })
    await add('msg_huge')
    await sender.sendDue()
    expect(await waiting()).toEqual([])
    expect(written).toBeLessThan(64 * 2 ** 20)
  })
})

describe('a received webhook', () => {
  const text = JSON.stringify(BODY)
  const headers = signWebhook('msg_1', text, webhookKey(SECRET), NOW)
  const verdict = (changed: object, body: string | Uint8Array): string | undefined =>
    refusal(() => verifyWebhook({ ...headers, ...changed }, body, SECRET, NOW))

  test('with another body is refused', () => {
    expect(verdict({}, text)).toBeUndefined()
    for (const { kind, bytes } of malformed(BODY, 1, 1_000)) {
      const isSame = Buffer.from(text).equals(bytes)
      expect([kind, verdict({}, bytes)]).toEqual([kind, isSame ? undefined : 'UNAUTHORIZED'])
    }
  })

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const)(
    'with another header %s is refused',
    (name) => {
      for (const { kind, bytes } of malformedTexts(headers[name], 1, 1_000)) {
        const value = Buffer.from(bytes).toString('latin1')
        const code = verdict({ [name]: value }, text)
        if (code === 'UNAUTHORIZED') continue
        expect(code, kind).toBeUndefined()
        // Other signatures may stand beside the one of this message.
        const values = name === 'webhook-signature' ? value.split(' ') : [value]
        expect(values, kind).toContain(headers[name])
      }
    },
  )
})
