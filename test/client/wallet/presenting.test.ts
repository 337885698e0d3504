import { beforeEach, describe, expect, test } from 'vitest'
import type { RequestView } from '../../../client/wallet/types.ts'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { decryptJwe } from '../../../core/jwe.ts'
import { parsePresentation } from '../../../core/presentation.ts'
import { verdictOf } from '../../support/refusal.ts'
import { POLICY, SHOP } from '../fake-verifier.ts'
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
    const [first, second] = await presented()
    expect(first).toBe(second)
    expect(wallet.state.history.filter(({ kind }) => kind === 'answered')).toHaveLength(1)
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
    await wallet.prepare()
    world.proofs = 0
  }

  test('are ready for what was answered before, and answer without proving', async () => {
    await known()
    expect(wallet.state.prepared).toEqual([
      { host: 'shop.example', policy: 'over-18@1', ready: 1, wanted: 1 },
    ])
    const view = await read()
    expect(view.isPrepared).toBe(true)
    expect(await wallet.answer(view)).toMatchObject({ wasPrepared: true })
    expect([world.proofs, wallet.state.prepared[0]?.ready]).toEqual([0, 0])
    const [first = '', second = ''] = await presented()
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
    expect(new Set(names).size).toBe(2)
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
