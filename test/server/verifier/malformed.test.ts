import { beforeAll, describe, expect, inject, test } from 'vitest'
import { fieldText } from '../../../core/presentation.ts'
import type { Members } from '../../independent/json.ts'
import { hasOnly } from '../../support/malformed.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { NOW } from '../../support/world.ts'
import { MARK, tryBodies, tryTokens } from '../malformed-requests.ts'
import type { Operation } from '../malformed-requests.ts'
import { ORIGIN, POLICIES, RETURN, Shop, tokenOf } from './shop.ts'
import type { Role } from './shop.ts'

// What sites, pages and their operators send to a verifier, changed in every way.

const PAGE = 'https://pages.example'
const IDS: readonly unknown[] = Object.values(POLICIES).map(({ id }) => id)
const JSON_TYPE = { 'content-type': 'application/json' }

const isText = (value: unknown, form: RegExp): boolean =>
  typeof value === 'string' && form.test(value)

/** Whether a flow and the way back fit together, and it leads to one of the origins. */
function isWayBack(members: Members, origins: readonly string[]): boolean {
  const [flow, back] = [members.get('flow'), members.get('returnTo')]
  if (flow === 'cross-device') return back === undefined
  if (flow !== 'same-device' || typeof back !== 'string' || back.length > 2_000) return false
  const url = URL.parse(back)
  return (
    url !== null &&
    url.protocol === 'https:' &&
    origins.includes(url.origin) &&
    !url.href.includes('#') &&
    `${url.username}${url.password}` === ''
  )
}

const isPageQuestion = (members: Members): boolean =>
  hasOnly(members, 'policy', 'flow', 'returnTo', 'challenge') &&
  IDS.includes(members.get('policy')) &&
  isWayBack(members, [PAGE]) &&
  (!members.has('challenge') || isText(members.get('challenge'), /^[A-Za-z0-9._~-]{1,200}$/))

const isSiteQuestion = (members: Members): boolean =>
  hasOnly(members, 'policy', 'flow', 'returnTo') &&
  IDS.includes(members.get('policy')) &&
  ((members.get('flow') === 'counter' && members.size === 2) ||
    isWayBack(members, [ORIGIN, new URL(RETURN).origin]))

const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > NOW

const isBan = (members: Members): boolean => {
  const reason = members.has('reason') ? members.get('reason') : ''
  return (
    hasOnly(members, 'policy', 'pseudonym', 'until', 'reason') &&
    members.get('policy') === POLICIES.once.id &&
    members.get('pseudonym') === fieldText(7n) &&
    (!members.has('until') || isTime(members.get('until'))) &&
    typeof reason === 'string' &&
    reason.length <= 500 &&
    reason.isWellFormed() &&
    !reason.includes('\0')
  )
}

describe.each([
  ['SQLite', () => Promise.resolve('sqlite:verifier.sqlite')],
  ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
])('a malformed body at a verifier with %s', (_, newDatabase) => {
  let shop: Shop

  beforeAll(async () => {
    shop = await Shop.open({ pageOrigins: [PAGE], database: await newDatabase() })
    return () => shop.close()
  })

  const as = (role: Role, path: string): Operation => ({
    method: 'POST',
    path,
    headers: { ...JSON_TYPE, authorization: `Bearer ${tokenOf(role)}` },
  })
  const page = {
    method: 'POST',
    path: '/v1/page-sessions',
    headers: { ...JSON_TYPE, origin: PAGE },
  }
  const question = { policy: POLICIES.plain.id, flow: 'cross-device', challenge: MARK }

  test.each([
    ['for another device', question],
    ['for the same device', { ...question, flow: 'same-device', returnTo: `${PAGE}/${MARK}` }],
  ])('of a page that asks %s is refused with a code', async (_, json) => {
    expect(await tryBodies(shop, page, { json, isGood: isPageQuestion }, 250)).toBeGreaterThan(150)
  })

  test.each([
    ['for the same device', { flow: 'same-device', returnTo: `${RETURN}/${MARK}` }],
    ['at a counter', { flow: 'counter' }],
  ])('of a site that asks %s is refused with a code', async (_, asking) => {
    const json = { policy: POLICIES.plain.id, ...asking }
    const body = { json, isGood: isSiteQuestion }
    expect(await tryBodies(shop, as('site', '/v1/sessions'), body, 200)).toBeGreaterThan(120)
  })

  test('of a moderator is refused with a code', async () => {
    const json = {
      policy: POLICIES.once.id,
      pseudonym: fieldText(7n),
      until: NOW + 1_000,
      reason: MARK,
    }
    const body = { json, isGood: isBan }
    expect(await tryBodies(shop, as('moderator', '/v1/bans'), body, 300)).toBeGreaterThan(150)
    const { text } = await shop.call('GET', '/v1/bans', { token: tokenOf('moderator') })
    expect(text.match(/"id"/g)).toHaveLength(1)
  })

  test('does not count, whatever its token is like', async () => {
    const operation = as('site', '/v1/sessions')
    const json = { policy: POLICIES.plain.id, flow: 'cross-device' }
    expect(await tryTokens(shop, operation, json, 150)).toBeGreaterThan(40)
  })
})
