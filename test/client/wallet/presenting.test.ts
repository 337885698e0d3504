import { beforeEach, describe, expect, test } from 'vitest'
import type { RequestView } from '../../../client/wallet/types.ts'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { decryptJwe } from '../../../core/jwe.ts'
import { shortCodeOf } from '../../../core/short-code.ts'
import { parsePresentation } from '../../../core/presentation.ts'
import { verdictOf } from '../../support/refusal.ts'
import { ADULT, PERSON, TODAY } from '../../support/world.ts'
import { POLICY, SHOP, linkOf } from '../fake-verifier.ts'
import { ISSUER } from '../fake-issuer.ts'
import { json } from '../fake-services.ts'
import { PASSPHRASE, WalletWorld } from './wallet-world.ts'

const RESPONSE_URI = `${SHOP}/oid4vp/response/1`

let world: WalletWorld
let wallet: Wallet

beforeEach(async () => {
  world = await WalletWorld.create()
  wallet = await world.withCredential()
})

const read = (): Promise<RequestView> => wallet.readRequest(world.verifier.link, 'en')

/** Asks and answers, with every warning accepted. */
async function answer() {
  const view = await read()
  return wallet.answer(view, { accepted: view.findings.map(({ code }) => code) })
}

/** Presentations that reached the verifier's address. */
async function presented() {
  const forms = world.sent.filter(({ url }) => url === RESPONSE_URI)
  const jwes = forms.map(({ body }) => new URLSearchParams(body).get('response') ?? '')
  const { privateJwk } = world.verifier.encryption
  const answers = await Promise.all(
    jwes.map((jwe) => decryptJwe(jwe, privateJwk, 'PRESENTATION_INVALID')),
  )
  return answers.map(
    (plain) => (plain as { vp_token: { eligibility: [string] } }).vp_token.eligibility[0],
  )
}

const ask = (policy: object) => {
  world.verifier.meta = { policy: { ...POLICY, ...policy } }
}

describe('a request', () => {
  test('says who asks, what they learn and what not, before anything is sent', async () => {
    const view = await read()
    expect(view).toMatchObject({
      verifier: { host: 'shop.example', name: 'Shop' },
      policy: 'over-18@1',
      purpose: 'Buy wine',
      recognition: 'none',
      askedBefore: 0,
      disclosed: [],
      isPrepared: false,
    })
    expect(view.obstacle).toBeUndefined()
    expect(view.asked.map(({ text }) => text).join()).toContain('18 or older')
    expect(view.hidden.join()).toContain('date of birth')
    expect(await presented()).toEqual([])
    expect(world.proofs).toBe(1)
  })

  test('asks no issuer about a credential before there is a consent', async () => {
    await read()
    expect(world.sent.filter(({ url }) => url.startsWith(ISSUER))).toEqual([])
  })

  test('says in the language of the wallet', async () => {
    const view = await wallet.readRequest(world.verifier.link, 'zh-Hans')
    expect(view.asked.map(({ text }) => text).join()).toMatch(/[\u4e00-\u9fff]/)
  })

  test('is put in another language without asking again, and stays the question it was', async () => {
    ask({ where: { age: 'person.birthDate', atLeast: 22 } })
    const view = await read()
    world.sent.length = 0
    ask({ where: { age: 'person.birthDate', atLeast: 33 }, disclose: ['person.personId'] })
    // The day that was shown is the day that is proved, in whatever language.
    world.now += 200
    const chinese = wallet.translate(view, 'zh-Hans')
    expect(world.sent).toEqual([])
    expect(chinese).toMatchObject({ id: view.id, findings: view.findings, disclosed: [] })
    expect(chinese.asked.map(({ text }) => text).join()).toMatch(/22.*[\u4e00-\u9fff]/)
    expect(wallet.translate(chinese, 'en')).toEqual(view)
    world.verifier.meta = {}
    await wallet.answer(chinese, { accepted: ['UNUSUAL_AGE'] })
    const [presentation = ''] = await presented()
    expect(parsePresentation(presentation).claims).toMatchObject({ audience: SHOP })
    expect(() => wallet.translate(view, 'en')).toThrow(TypeError)
  })

  test('that is put in another language after a failure is still answered by what was sent', async () => {
    const view = await read()
    world.down.add(RESPONSE_URI)
    expect(await verdictOf(() => wallet.answer(view))).toBe('FETCH_FAILED')
    world.down.clear()
    await wallet.answer(wallet.translate(view, 'zh-Hans'))
    const [first, second] = await presented()
    expect(first).toBe(second)
  })

  test('of a wallet that was locked meanwhile is not put in another language', async () => {
    const view = await read()
    wallet.lock()
    expect(() => wallet.translate(view, 'en')).toThrow(TypeError)
  })

  test('names its attributes by its own schemas, in the language of the wallet', async () => {
    const { titles } = await read()
    expect(titles).toMatchObject({ person: PERSON.title, 'person.birthDate': 'date of birth' })
    const translations = { 'zh-Hans': { attributes: { level: '级别' } } }
    const club = {
      id: 'club/1',
      title: 'Club',
      attributes: [{ name: 'birthDate', type: 'integer', title: 'years since' }],
    }
    const level = { name: 'level', type: 'integer', title: 'level' }
    world.verifier.meta = {
      schemas: [{ ...club, attributes: [...club.attributes, level], translations }],
      policy: {
        id: 'club@1',
        purpose: 'Join',
        credentials: { club: { schema: 'club/1', trust: 'registries' } },
      },
    }
    expect((await read()).titles).toEqual({
      club: 'Club',
      'club.birthDate': 'years since',
      'club.level': 'level',
    })
    const chinese = await wallet.readRequest(world.verifier.link, 'zh-Hans')
    expect(chinese.titles['club.level']).toBe('级别')
  })

  test('says on whose page it was asked, if that is not the verifier’s own', async () => {
    expect((await read()).page).toBeUndefined()
    world.verifier.meta = { page: 'https://pages.example' }
    expect((await read()).page).toBe('pages.example')
    for (const page of ['https://pages.example/x', 'pages.example', 'app://pages', 'null', 7]) {
      world.verifier.meta = { page }
      expect(await verdictOf(read)).toBe('REQUEST_INVALID')
    }
  })

  test.each(['\u3164', 'a\u200d\u200d\u200d', '\u0958'.repeat(150)])(
    'whose purpose cannot be read is no request: %j',
    async (purpose) => {
      ask({ purpose })
      expect(await verdictOf(read)).toBe('POLICY_INVALID')
      ask({})
      world.verifier.metadata = { client_name: purpose }
      expect(await verdictOf(read)).toBe('REQUEST_INVALID')
      wallet.lock()
      wallet = await world.open()
      await wallet.unlock(PASSPHRASE)
      expect(wallet.state.credentials).toHaveLength(1)
    },
  )

  test('tells only the person what is in the way', async () => {
    ask({ where: { age: 'person.birthDate', atLeast: 65 } })
    expect(await read()).toMatchObject({ obstacle: 'POLICY_NOT_SATISFIED' })
    ask({ credentials: { person: { schema: 'income/1', trust: 'registries' } }, where: undefined })
    expect(await verdictOf(read)).not.toBe('accepted')
  })

  test('shows the values that would be disclosed', async () => {
    ask({ disclose: ['person.region'] })
    expect((await read()).disclosed).toEqual([
      { title: expect.any(String) as string, value: 'DE-BY' },
    ])
  })

  test('is read by a typed host and code, and by no mistyped one', async () => {
    const code = shortCodeOf(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]))
    const typed = `shop.example ${code.slice(0, 4)}-${code.slice(4).toLowerCase()}`
    world.verifier.network.pages.set(`${SHOP}/v1/codes/${code}`, () =>
      json({ walletLink: world.verifier.link }),
    )
    expect(wallet.kindOf(typed)).toBe('request')
    expect(await wallet.readRequest(typed, 'en')).toMatchObject({ policy: 'over-18@1' })
    const mistyped = `shop.example ${code.slice(1)}${code.slice(0, 1)}`
    expect(await verdictOf(() => wallet.readRequest(mistyped, 'en'))).toBe('REQUEST_INVALID')
    world.verifier.network.pages.set(`${SHOP}/v1/codes/${code}`, () =>
      json({
        walletLink: linkOf({
          client_id: 'decentralized_identifier:did:web:other.example',
          request_uri: 'https://other.example/r',
        }),
      }),
    )
    expect(await verdictOf(() => wallet.readRequest(typed, 'en'))).toBe('ADDRESS_REFUSED')
  })

  test('of a locked wallet is not read', async () => {
    wallet.lock()
    expect(await verdictOf(read)).toBe('LOCKED')
    expect(world.sent).toEqual([])
  })
})

describe('an answer', () => {
  test('goes to the verifier, into the history, and is measured', async () => {
    const { bytes, wasPrepared } = await answer()
    const [presentation = ''] = await presented()
    expect(parsePresentation(presentation).claims).toMatchObject({ audience: SHOP })
    expect([bytes, wasPrepared]).toEqual([presentation.length, false])
    expect(wallet.state.history[0]).toMatchObject({
      kind: 'answered',
      host: 'shop.example',
      subject: 'over-18@1',
    })
    expect(await read()).toMatchObject({ askedBefore: 1, lastAskedAt: world.now })
  })

  test('leads back where the verifier says', async () => {
    world.verifier.reply = () => json({ redirect_uri: `${SHOP}/done#responseCode=abc` })
    expect(await answer()).toMatchObject({ redirectUri: `${SHOP}/done#responseCode=abc` })
  })

  test('is not given by a locked wallet, nor twice', async () => {
    const view = await read()
    await wallet.answer(view)
    await expect(wallet.answer(view)).rejects.toThrow(TypeError)
    const next = await read()
    wallet.lock()
    await expect(wallet.answer(next)).rejects.toThrow(TypeError)
    expect(await presented()).toHaveLength(1)
  })

  test('needs every warning accepted', async () => {
    ask({ where: { age: 'person.birthDate', atLeast: 23 } })
    const view = await read()
    expect(view.findings).toContainEqual(
      expect.objectContaining({ code: 'UNUSUAL_AGE', level: 'warn' }),
    )
    await expect(wallet.answer(view)).rejects.toThrow(TypeError)
    expect(await presented()).toEqual([])
    await wallet.answer(view, { accepted: ['UNUSUAL_AGE'] })
    expect(await presented()).toHaveLength(1)
  })

  test('is never given to a question that narrows, whatever the person wants', async () => {
    ask({ where: { attribute: 'person.birthDate', eq: '1990-05-17' } })
    const view = await read()
    const accepted = view.findings.map(({ code }) => code)
    expect(await verdictOf(() => wallet.answer(view, { accepted }))).toBe('BUDGET_SPENT')
    expect(await presented()).toEqual([])
  })

  test('can be stopped while it is proved: nothing is sent, and it can be given again', async () => {
    const view = await read()
    const controller = new AbortController()
    world.whileProving = () => {
      controller.abort()
      return Promise.resolve()
    }
    const stopped = () => wallet.answer(view, { signal: controller.signal })
    expect(await verdictOf(stopped)).toBe('ABORTED')
    expect(await presented()).toEqual([])
    world.whileProving = () => Promise.resolve()
    await wallet.answer(view)
    expect(await presented()).toHaveLength(1)
  })

  test('that got lost is sent again as it was', async () => {
    const view = await read()
    world.down.add(RESPONSE_URI)
    expect(await verdictOf(() => wallet.answer(view))).toBe('FETCH_FAILED')
    world.down.clear()
    await wallet.answer(view)
    const [first, second] = world.sent.filter(({ url }) => url === RESPONSE_URI)
    expect(second).toEqual(first)
    expect(wallet.state.history.filter(({ kind }) => kind === 'answered')).toHaveLength(1)
  })

  test('that has arrived, though its word got lost, is answered; by a stranger it is not', async () => {
    const used = () => json({ error: 'invalid_request', code: 'NONCE_USED' }, 400)
    const view = await read()
    world.down.add(RESPONSE_URI)
    expect(await verdictOf(() => wallet.answer(view))).toBe('FETCH_FAILED')
    world.down.clear()
    world.verifier.reply = used
    expect((await wallet.answer(view)).redirectUri).toBeUndefined()
    expect(wallet.state.history[0]).toMatchObject({ kind: 'answered' })
    expect(await verdictOf(async () => wallet.answer(await read()))).toBe('NONCE_USED')
  })

  test('is sent once, however often it is given at once', async () => {
    const view = await read()
    const [first, second] = await Promise.allSettled([wallet.answer(view), wallet.answer(view)])
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
    expect(await presented()).toHaveLength(1)
  })

  test('shows what the person has read, or nothing: another card may have other values', async () => {
    ask({ disclose: ['person.region'] })
    const view = await read()
    expect(view.disclosed[0]?.value).toBe('DE-BY')
    world.issuer.code = 'code-2'
    world.issuer.attributes = { ...ADULT, region: 'DE-BE' }
    await wallet.takeOffer(await wallet.readOffer(world.issuer.link), '123456')
    await wallet.removeCredential(wallet.state.credentials[0]?.id ?? '')
    expect(await verdictOf(() => wallet.answer(view))).toBe('CONSENT_STALE')
    expect(await presented()).toEqual([])
    expect((await read()).disclosed[0]?.value).toBe('DE-BE')
  })

  test('speaks of the day that was shown, also if that ends while an issuer answers', async () => {
    world.verifier.payload = { exp: world.now + 2 * 86_400 }
    const { pages } = world.issuer.network
    const [url = ''] = [...pages.keys()].filter((one) => one.includes('/status/sets/'))
    const page = pages.get(url)!
    pages.set(url, (body, headers) => {
      world.now = (Math.floor(world.now / 86_400) + 1) * 86_400
      return page(body, headers)
    })
    await answer()
    const [first = ''] = await presented()
    expect(parsePresentation(first).claims.asOf).toBe(TODAY)
  })

  test('of the day before is shown again first', async () => {
    world.verifier.payload = { exp: world.now + 2 * 86_400 }
    const view = await read()
    world.now = (Math.floor(world.now / 86_400) + 1) * 86_400
    expect(await verdictOf(() => wallet.answer(view))).toBe('CONSENT_STALE')
    expect(await presented()).toEqual([])
  })

  test('is not sent by a wallet that is locked in the last moment', async () => {
    const view = await read()
    const progress = (stage: string) => {
      if (stage === 'sending') wallet.lock()
    }
    expect(await verdictOf(() => wallet.answer(view, { progress }))).toBe('LOCKED')
    expect(await presented()).toEqual([])
  })

  test('is not sent by a wallet that is locked while it proves', async () => {
    const view = await read()
    world.whileProving = () => {
      wallet.lock()
      return Promise.resolve()
    }
    expect(['LOCKED', 'ABORTED']).toContain(await verdictOf(() => wallet.answer(view)))
    expect(await presented()).toEqual([])
    expect(wallet.state).toMatchObject({ status: 'locked', credentials: [] })
  })

  test('is in the history and in the memory of the site, whatever the verifier says of it', async () => {
    const view = await read()
    world.verifier.reply = () => json({ error: 'server_error' }, 500)
    expect(await verdictOf(() => wallet.answer(view))).toBe('FETCH_FAILED')
    expect(wallet.state.history[0]).toMatchObject({ kind: 'answered', code: 'FETCH_FAILED' })
    expect(wallet.state.history[0]?.learned).toEqual(view.learned)
    world.verifier.reply = () => json({ error: 'invalid_request', code: 'PROOF_INVALID' }, 400)
    expect(await verdictOf(() => wallet.answer(view))).toBe('PROOF_INVALID')
    expect(wallet.state.history[0]).toMatchObject({ kind: 'failed', code: 'PROOF_INVALID' })
    expect(wallet.state.history[0]?.learned).toEqual(view.learned)
    expect((await read()).askedBefore).toBe(1)
  })

  test('is not given where something is in the way: no issuer is asked for nothing', async () => {
    ask({ where: { age: 'person.birthDate', atLeast: 65 } })
    const view = await read()
    world.sent.length = 0
    expect(await verdictOf(() => wallet.answer(view))).toBe('POLICY_NOT_SATISFIED')
    expect(world.sent).toEqual([])
  })

  test('after the request has expired is not sent', async () => {
    const view = await read()
    world.now += 301
    expect(await verdictOf(() => wallet.answer(view))).toBe('SESSION_EXPIRED')
    expect(await presented()).toEqual([])
  })
})

describe('a refusal', () => {
  test('is the same whether the person could have answered or not', async () => {
    await wallet.refuse(await read())
    ask({ where: { age: 'person.birthDate', atLeast: 65 } })
    await wallet.refuse(await read())
    const [could, couldNot] = world.sent.filter(({ url }) => url === RESPONSE_URI)
    expect(could?.body).toBe('error=access_denied&state=session-1')
    expect(couldNot).toEqual(could)
    expect(wallet.state.history.filter(({ kind }) => kind === 'refused')).toHaveLength(2)
  })
})

describe('codes that count', () => {
  const once = { once: { scope: 'gift', limit: 2 } }
  const refuseWith = (code: string) => {
    world.verifier.reply = () => json({ error: 'invalid_request', code }, 400)
  }
  const pseudonyms = async () =>
    (await presented()).map((text) => String(parsePresentation(text).claims.pseudonym))

  test('are shown one after another, and no more than there are', async () => {
    ask(once)
    await answer()
    await answer()
    expect(new Set(await pseudonyms()).size).toBe(2)
    expect(await read()).toMatchObject({ obstacle: 'USE_EXHAUSTED', recognition: 'once' })
    expect(await verdictOf(answer)).toBe('USE_EXHAUSTED')
    expect(await presented()).toHaveLength(2)
  })

  test('stay counted when the page is opened anew', async () => {
    ask(once)
    await answer()
    wallet = await world.open()
    await wallet.unlock(PASSPHRASE)
    await answer()
    expect(new Set(await pseudonyms()).size).toBe(2)
  })

  test('that a verifier has refused for another reason are not lost', async () => {
    ask(once)
    refuseWith('PROOF_INVALID')
    expect(await verdictOf(answer)).toBe('PROOF_INVALID')
    world.verifier.reply = () => json({})
    await answer()
    const [first, second] = await pseudonyms()
    expect(first).toBe(second)
  })

  test('that were used already are not shown again', async () => {
    ask(once)
    refuseWith('PSEUDONYM_USED')
    expect(await verdictOf(answer)).toBe('PSEUDONYM_USED')
    world.verifier.reply = () => json({})
    await answer()
    expect(new Set(await pseudonyms()).size).toBe(2)
    expect(await verdictOf(answer)).toBe('USE_EXHAUSTED')
  })

  test('whose answer got lost in a closed tab are shown again, not skipped', async () => {
    ask(once)
    world.down.add(RESPONSE_URI)
    expect(await verdictOf(answer)).toBe('FETCH_FAILED')
    world.down.clear()
    wallet = await world.open()
    await wallet.unlock(PASSPHRASE)
    await answer()
    const [first, second] = await pseudonyms()
    expect(first).toBe(second)
  })

  test('are not shown twice by two tabs', async () => {
    ask(once)
    const other = await world.open()
    await other.unlock(PASSPHRASE)
    const views = [await read(), await other.readRequest(world.verifier.link, 'en')] as const
    await Promise.all([wallet.answer(views[0]), other.answer(views[1])])
    expect(new Set(await pseudonyms()).size).toBe(2)
  })
})

describe('proofs made ahead', () => {
  /** Answers once, so that the wallet knows the policy, and has it prepare. */
  const known = async (policy: object = {}) => {
    ask(policy)
    await answer()
    await answer().catch(() => undefined)
    await wallet.prepare()
    world.proofs = 0
  }

  test('are made from the second answer on, and for the newest form of a policy', async () => {
    await answer()
    await wallet.prepare()
    expect(wallet.state.prepared).toMatchObject([{ ready: 0, wanted: 0 }])
    await answer()
    ask({ purpose: 'Buy wine and beer' })
    await answer()
    expect(wallet.state.prepared).toMatchObject([{ wanted: 0 }])
  })

  test('are not made for lists whose address could name the visitor, nor for ever', async () => {
    const url = `${SHOP}/trust/registries?visitor=7`
    const { pages } = world.verifier.network
    pages.set(url, pages.get(`${SHOP}/trust/registries`)!)
    world.verifier.meta = { trust: { registries: url } }
    await answer()
    await answer()
    expect(wallet.state.prepared).toMatchObject([{ wanted: 0 }])
    world.now += 61 * 86_400
    world.sent.length = 0
    await verdictOf(() => wallet.prepare())
    expect(world.sent.filter(({ url }) => url.startsWith(SHOP))).toEqual([])
  })

  test('are ready for what was answered before, and answer without proving', async () => {
    await known()
    expect(wallet.state.prepared).toEqual([
      { host: 'shop.example', policy: 'over-18@1', ready: 1, wanted: 1 },
    ])
    const view = await read()
    expect(view.isPrepared).toBe(true)
    expect(await wallet.answer(view)).toMatchObject({ wasPrepared: true })
    expect([world.proofs, wallet.state.prepared[0]?.ready]).toEqual([0, 0])
    const [first = '', second = ''] = (await presented()).slice(1)
    expect(parsePresentation(first).jwk).not.toEqual(parsePresentation(second).jwk)
  })

  test('are given out once, whatever tab asks', async () => {
    await known()
    const other = await world.open()
    await other.unlock(PASSPHRASE)
    const views = [await read(), await other.readRequest(world.verifier.link, 'en')] as const
    const answers = await Promise.all([wallet.answer(views[0]), other.answer(views[1])])
    expect(answers.map(({ wasPrepared }) => wasPrepared).sort()).toEqual([false, true])
  })

  test('of another day are not shown', async () => {
    await known()
    world.now += 1_800
    world.verifier.payload = { iat: world.now, exp: world.now + 86_400 }
    expect((await read()).isPrepared).toBe(true)
    world.now = (Math.floor(world.now / 86_400) + 1) * 86_400
    expect(wallet.state.prepared[0]?.wanted).toBe(1)
    await wallet.prepare()
    expect(wallet.state.prepared[0]?.ready).toBe(0)
  })

  test('are not made of what can be answered once, shows a value or counts by credential', async () => {
    await known({ id: 'once@1', once: { scope: 'gift' } })
    await known({ id: 'shown@1', disclose: ['person.region'] })
    await known({ id: 'refill@1', once: { scope: 'refill', limit: 3, per: 'credential' } })
    expect(wallet.state.prepared.map(({ policy, ready }) => [policy, ready])).toEqual([
      ['once@1', 0],
    ])
  })

  test('of codes that count are of the next code', async () => {
    await known({ once: { scope: 'gift', limit: 3 } })
    expect(await answer()).toMatchObject({ wasPrepared: true })
    const names = (await presented()).map((text) => parsePresentation(text).claims.pseudonym)
    expect(new Set(names).size).toBe(3)
  })

  test('are made only where the person wants them', async () => {
    await known()
    await wallet.keepReady('shop.example', 'over-18@1', 0)
    await wallet.prepare()
    expect(wallet.state.prepared).toMatchObject([{ ready: 0, wanted: 0 }])
    await wallet.keepReady('shop.example', 'over-18@1', 2)
    await wallet.changeSettings({ preparesProofs: false })
    await wallet.prepare()
    expect(wallet.state.prepared).toMatchObject([{ ready: 0, wanted: 2 }])
    await wallet.changeSettings({ preparesProofs: true })
    await wallet.prepare()
    expect(wallet.state.prepared).toMatchObject([{ ready: 2, wanted: 2 }])
  })

  test('go with the credential', async () => {
    await known()
    await wallet.removeCredential(wallet.state.credentials[0]?.id ?? '')
    expect(wallet.state.prepared[0]?.ready).toBe(0)
  })

  test('make way for somebody who waits', async () => {
    await known()
    await wallet.answer(await read())
    let stopped = false
    world.whileProving = (signal) =>
      new Promise((resolve, reject) => {
        if (stopped) resolve()
        signal?.addEventListener('abort', () => {
          stopped = true
          reject(new ZerocardError('ABORTED', 'stopped'))
        })
      })
    const preparing = verdictOf(() => wallet.prepare())
    const view = await read()
    while (world.proofs === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await wallet.answer(view)
    expect([await preparing, stopped]).toEqual(['ABORTED', true])
  })
})
