import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { fieldText } from '../../../core/presentation.ts'
import { hashToken } from '../../../server/http/access.ts'
import type { RunningService } from '../../../server/http/listen.ts'
import { startTrustService } from '../../../server/trust/index.ts'
import { newFolder } from '../../support/folders.ts'
import { malformed, malformedTexts } from '../../support/malformed.ts'
import type { Malformed } from '../../support/malformed.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { NOW } from '../../support/world.ts'
import { expectProblem, tryTexts, tryTokens } from '../malformed-requests.ts'
import { StatusServer } from './town.ts'

// What operators send to a trust service, and what it reads from issuers, changed in every way.

const TOKEN = `zct_publisher-${'x'.repeat(30)}`
const REFRESH = {
  method: 'POST',
  path: '/v1/refresh',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
}

describe.each([
  ['SQLite', () => Promise.resolve('sqlite:trust.sqlite')],
  ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
])('a trust service with %s', (_, newDatabase) => {
  const log: string[] = []
  let registry: StatusServer
  let service: RunningService

  beforeAll(async () => {
    registry = await StatusServer.start()
    await registry.publish(1, NOW)
    const configPath = join(newFolder(), 'trust.json')
    const config = {
      baseUrl: 'https://trust.example',
      listen: '127.0.0.1:0',
      database: await newDatabase(),
      tokens: [{ name: 'publisher', roles: ['publisher'], sha256: hashToken(TOKEN) }],
      limits: { requestsPerMinute: 0, failuresPerMinute: 0 },
      trust: { registries: { issuers: [registry.entry] } },
      trustOptions: { timeout: '2s' },
      allowPrivateAddresses: true,
    }
    writeFileSync(configPath, JSON.stringify(config))
    const destination = { write: (line: string) => void log.push(line) }
    service = await startTrustService({
      configPath,
      environment: {},
      clock: () => NOW,
      destination,
    })
    expect(await refresh()).toMatch(/known|unchanged|new/)
    return async () => {
      await service.close()
      await registry.close()
    }
  })

  /** What became of a look at the one issuer. */
  async function refresh(): Promise<string> {
    const answer = await fetch(service.address + REFRESH.path, REFRESH)
    expect(answer.status).toBe(200)
    const { sources } = (await answer.json()) as { sources: { outcome: string }[] }
    return sources[0]!.outcome
  }

  test('reads no body of an operator, and no token but the right one', async () => {
    const own = { url: service.address, log }
    expect(await tryTexts(own, REFRESH, '{}', () => true, 30)).toBe(0)
    const padded = await fetch(own.url + REFRESH.path, { ...REFRESH, body: 'x'.repeat(5_000_000) })
    expect(padded.status).toBe(200)
    expect(await tryTokens(own, REFRESH, {}, 100)).toBeGreaterThan(30)
  })

  test('refuses names of lists that no database keeps', async () => {
    for (const name of ['%00', 'a%00', '%ed%a0%80', '%', 'x'.repeat(201), 'https:%2f%2f%00']) {
      for (const path of [`/trust/${name}`, `/trust/${name}/${fieldText(5n)}`]) {
        const answer = await fetch(service.address + path)
        expectProblem(answer, await answer.text(), path)
      }
    }
  })

  test('takes no malformed document of an issuer', async () => {
    await registry.publish(2, NOW)
    const good = registry.text!
    for (const { kind, bytes } of malformedTexts(good, 1, 60)) {
      const text = Buffer.from(bytes).toString()
      if (text.trim() === good) continue
      registry.text = text
      expect(await refresh(), kind).toMatch(/^(invalid|failed)$/)
    }
    registry.text = good
    expect(await refresh()).toBe('new')
  })

  test('takes no malformed part of the log of an issuer', async () => {
    await registry.publish(5, NOW)
    const good = registry.log.tile(0) as object
    const plain = (message: Malformed): string => Buffer.from(message.bytes).toString().trim()
    for (const message of malformed(good, 1, 80)) {
      if (plain(message) === JSON.stringify(good)) continue
      registry.tileBytes = message.bytes
      expect(await refresh(), message.kind).toMatch(/^(invalid|failed)$/)
    }
    registry.tileBytes = undefined
    expect(await refresh()).toBe('new')
  })
})
