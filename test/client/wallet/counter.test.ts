import { beforeEach, describe, expect, test } from 'vitest'
import type { RequestView } from '../../../client/wallet/types.ts'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { signCounterQuestion } from '../../../core/counter.ts'
import type { CounterQuestion } from '../../../core/counter.ts'
import { generateSigningKey } from '../../../core/jws.ts'
import { parsePresentation } from '../../../core/presentation.ts'
import { schemaHash } from '../../../core/schema.ts'
import { verdictOf } from '../../support/refusal.ts'
import { keys } from '../../support/tools.ts'
import { GUEST, INCOME, NOW, PERSON } from '../../support/world.ts'
import { ISSUER } from '../fake-issuer.ts'
import { POLICY, SHOP } from '../fake-verifier.ts'
import { PASSPHRASE, WalletWorld } from './wallet-world.ts'

// Answering at a counter: what the wallet knows without a network, and what it does not.

let world: WalletWorld
let wallet: Wallet

beforeEach(async () => {
  world = await WalletWorld.create()
  wallet = await world.withCredential()
})

async function codeOf(
  changes: Partial<CounterQuestion> = {},
  key = world.verifier.signingKey,
): Promise<string> {
  const question: CounterQuestion = {
    audience: SHOP,
    name: 'Shop',
    nonce: 'c'.repeat(32),
    issuedAt: world.now,
    expiresAt: world.now + 300,
    policy: POLICY,
    schemas: new Map([['person/1', schemaHash(PERSON)]]),
    trust: new Map([['registries', `${SHOP}/trust/registries`]]),
    circuits: [keys['eligibility-1'].id],
    ...changes,
  }
  return `zerocard-counter:${await signCounterQuestion(question, key)}`
}

const read = async (changes?: Partial<CounterQuestion>): Promise<RequestView> =>
  wallet.readCounter(await codeOf(changes), 'en')

const goOffline = (): void => {
  world.down.add('https://')
  world.sent.length = 0
}

/** A visit with a network, after which the wallet has been idle once. */
async function visitOnline(): Promise<void> {
  const view = await read()
  await wallet.refuse(view)
  await wallet.prepare()
}

/** Shows the answer, with every warning accepted. */
async function show(view: RequestView) {
  return wallet.answerCounter(view, { accepted: view.findings.map(({ code }) => code) })
}

describe('a question at a counter', () => {
  test('with a network is checked like any other, and its answer is sent nowhere', async () => {
    const view = await read()
    expect(view).toMatchObject({
      kind: 'counter',
      isVerified: true,
      verifier: { host: 'shop.example', name: 'Shop' },
      policy: 'over-18@1',
    })
    expect(view.obstacle).toBeUndefined()
    world.sent.length = 0
    const { presentation, bytes } = await show(view)
    expect(parsePresentation(presentation).claims).toMatchObject({
      audience: SHOP,
      nonce: 'c'.repeat(32),
    })
    expect(bytes).toBe(presentation.length)
    expect(world.sent.filter(({ url }) => !url.startsWith(ISSUER))).toEqual([])
    expect(wallet.state.history[0]).toMatchObject({ kind: 'shown', host: 'shop.example' })
    expect(await read()).toMatchObject({ askedBefore: 1 })
  })

  test('is one for witnesses, too, whatever the verifier’s address answers', async () => {
    const witness = 'https://witness.example'
    wallet = await world.open({ witnesses: [witness] })
    await wallet.unlock(PASSPHRASE)
    const asked = () => world.sent.splice(0).some(({ url }) => url.startsWith(witness))
    await visitOnline()
    asked()
    world.now += 61
    await read()
    expect(asked()).toBe(true)
    world.down.add(`${SHOP}/.well-known`)
    await read()
    expect(asked()).toBe(true)
    goOffline()
    expect((await read()).obstacle).toBeUndefined()
  })

  test('is answered without a network by a wallet that was here before', async () => {
    await visitOnline()
    goOffline()
    const view = await read()
    expect(view).toMatchObject({ isVerified: true })
    expect([view.obstacle, view.findings.filter(({ level }) => level !== 'note')]).toEqual([
      undefined,
      [],
    ])
    const { presentation } = await show(view)
    expect(parsePresentation(presentation).claims.audience).toBe(SHOP)
  })

  test('is answered so after the wallet was closed and opened', async () => {
    await visitOnline()
    goOffline()
    wallet.lock()
    const other = await world.open()
    await other.unlock(PASSPHRASE)
    const view = await other.readCounter(await codeOf(), 'en')
    expect((await other.answerCounter(view)).presentation).not.toBe('')
  })

  test('is answered so after the host was answered on the web', async () => {
    const online = await wallet.readRequest(world.verifier.link, 'en')
    await wallet.answer(online)
    goOffline()
    const view = await read()
    expect(view).toMatchObject({ isVerified: true })
    expect(view.obstacle).toBeUndefined()
    expect((await show(view)).presentation).not.toBe('')
  })

  test('of a host never met is not answered without a network: the list is not there', async () => {
    goOffline()
    const view = await read()
    expect(view).toMatchObject({ isVerified: false, obstacle: 'FETCH_FAILED' })
    expect(await verdictOf(() => show(view))).not.toBe('accepted')
  })

  test('is not answered with a list that is over, or without its revocations', async () => {
    await visitOnline()
    goOffline()
    world.now = NOW + 3_600
    expect((await read()).obstacle).toBe('TRUST_INVALID')
    world = await WalletWorld.create()
    wallet = await world.withCredential()
    await wallet.refuse(await read())
    goOffline()
    expect((await read()).obstacle).toBe('FETCH_FAILED')
  })

  test('of a locked wallet is not read', async () => {
    wallet.lock()
    expect(await verdictOf(read)).not.toBe('accepted')
  })

  test('that was not answered is no reason to ask its host again: any page can lead to one', async () => {
    const isAskedAgain = async () => {
      world.sent.length = 0
      await wallet.prepare()
      return world.sent.some(({ url }) => url.startsWith(SHOP))
    }
    const view = await read()
    expect(await isAskedAgain()).toBe(false)
    await show(view)
    expect(await isAskedAgain()).toBe(true)
    await read()
    expect(await isAskedAgain()).toBe(true)
  })

  test('asks no issuer before there is a consent', async () => {
    await read()
    expect(world.sent.filter(({ url }) => url.startsWith(ISSUER))).toEqual([])
  })
})

describe('a question whose signature nobody can check', () => {
  /** The list is there, the key of this host is not. */
  const unknown = { audience: 'https://other.example' }
  beforeEach(async () => {
    await wallet.answer(await wallet.readRequest(world.verifier.link, 'en'))
    goOffline()
  })

  test('is answered only by who accepts the warning', async () => {
    const view = await read(unknown)
    expect(view.findings).toContainEqual({
      code: 'UNVERIFIED_VERIFIER',
      level: 'warn',
      value: 'other.example',
    })
    await expect(wallet.answerCounter(view)).rejects.toThrow(TypeError)
    expect((await show(view)).presentation).not.toBe('')
  })

  test.each([
    ['once', { once: { scope: 'present' } }],
    ['recognise', { recognise: { scope: 'login' } }],
  ])('gets no code of the person (%s), whatever they accept', async (_what, rule) => {
    const view = await read({ ...unknown, policy: { ...POLICY, id: 'named@1', ...rule } })
    expect(view.findings).toContainEqual(
      expect.objectContaining({ code: 'UNVERIFIED_VERIFIER', level: 'refuse' }),
    )
    expect(await verdictOf(() => show(view))).toBe('BUDGET_SPENT')
  })

  test('counts with all others of its kind, by whatever name it goes, and not against the host', async () => {
    await show(await read(unknown))
    expect((await read({ audience: 'https://third.example' })).askedBefore).toBe(1)
    expect((await read()).askedBefore).toBe(1)
    await show(await read())
    expect((await read({ audience: 'https://third.example' })).askedBefore).toBe(1)
    expect((await read()).askedBefore).toBe(2)
  })
})

describe('what is no question of this host is refused', () => {
  test('signed by another key, with a network and by the key that was kept', async () => {
    const { privateKey } = await generateSigningKey()
    const forged = await codeOf({}, privateKey)
    const reading = () => wallet.readCounter(forged, 'en')
    expect(await verdictOf(reading)).toBe('REQUEST_INVALID')
    await visitOnline()
    goOffline()
    expect(await verdictOf(reading)).toBe('REQUEST_INVALID')
  })

  test('over, of another schema, for credentials or keys that this wallet has not', async () => {
    const late = await codeOf()
    world.now += 300
    expect(await verdictOf(() => wallet.readCounter(late, 'en'))).toBe('SESSION_EXPIRED')
    const verdict = (changes: Partial<CounterQuestion>) => verdictOf(() => read(changes))
    expect(await verdict({ schemas: new Map([['person/1', schemaHash(GUEST)]]) })).toBe(
      'SCHEMA_INVALID',
    )
    expect(await verdict({ schemas: new Map([['income/1', schemaHash(INCOME)]]) })).toBe(
      'POLICY_NOT_SATISFIED',
    )
    expect(await verdict({ circuits: ['c'.repeat(43)] })).toBe('KEY_UNKNOWN')
    expect(await verdict({ trust: new Map([['other', SHOP]]) })).toBe('REQUEST_INVALID')
    expect(await verdict({ audience: 'http://shop.example' })).toBe('ADDRESS_REFUSED')
  })
})

describe('a code that counts once', () => {
  const policy = { ...POLICY, id: 'present@1', once: { scope: 'present' } }

  test('is spent when it is shown: nobody says whether it was scanned', async () => {
    await show(await read({ policy }))
    expect(await read({ policy })).toMatchObject({ obstacle: 'USE_EXHAUSTED' })
  })

  test('is not spent by a question that was only looked at or refused', async () => {
    await wallet.refuse(await read({ policy }))
    expect((await read({ policy })).obstacle).toBeUndefined()
    expect(wallet.state.history[0]).toMatchObject({ kind: 'refused' })
    expect(world.sent.filter(({ body }) => body !== '')).toEqual([])
  })
})

test('an answer at a counter takes a proof that was made ahead', async () => {
  await show(await read())
  await show(await read())
  await wallet.prepare()
  const view = await read()
  expect(view.isPrepared).toBe(true)
  expect(await show(view)).toMatchObject({ wasPrepared: true })
})

test('what is shown cannot be sent, and what is sent cannot be shown', async () => {
  const shown = await read()
  await expect(wallet.answer(shown)).rejects.toThrow(TypeError)
  const sent = await wallet.readRequest(world.verifier.link, 'en')
  await expect(wallet.answerCounter(sent)).rejects.toThrow(TypeError)
})
