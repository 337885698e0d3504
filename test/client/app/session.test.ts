import { beforeEach, describe, expect, test } from 'vitest'
import {
  agree,
  accept,
  goBack,
  refuse,
  speak,
  stay,
} from '../../../client/app/actions/answering.ts'
import {
  askWords,
  checkWords,
  createFromWords,
  createWallet,
  putWordsAway,
  unlock,
} from '../../../client/app/actions/entering.ts'
import { ask, confirm, exportBackup } from '../../../client/app/actions/keeping.ts'
import { followText, followWaiting, takeOffer } from '../../../client/app/actions/receiving.ts'
import { prepareWhenIdle } from '../../../client/app/idle.ts'
import { Session } from '../../../client/app/session.ts'
import { canAgree, placeOf, warningsOf } from '../../../client/app/state.ts'
import type { WalletState } from '../../../client/wallet/types.ts'
import { FakePage } from './fake-page.ts'
import { FakeWallet } from './fake-wallet.ts'
import { ELABORATE, EMPTY, IMPOSSIBLE, LOCKED, OPEN, PHRASE, REQUEST, STOPPED } from './samples.ts'

const LINK = 'https://wallet.example/?client_id=a&request_uri=b'
const TYPED = { passphrase: 'a long passphrase', repeated: 'a long passphrase' }

let page: FakePage

beforeEach(() => {
  page = new FakePage()
})

function begin(state: WalletState): { wallet: FakeWallet; session: Session } {
  const wallet = new FakeWallet(state)
  return { wallet, session: new Session(wallet, page) }
}

/** A question is on the screen. */
async function beginAsked(request = REQUEST): Promise<{ wallet: FakeWallet; session: Session }> {
  const begun = begin(OPEN)
  begun.wallet.request = request
  await followText(begun.session, LINK)
  expect(placeOf(begun.session.state)).toBe('request')
  return begun
}

describe('a link that arrives', () => {
  test('leaves the address, waits behind the lock and is followed after it', async () => {
    page.current = 'https://wallet.example/#?client_id=a&request_uri=b'
    const { session, wallet } = begin(LOCKED)
    expect(page.current).toBe('https://wallet.example/#/cards')
    expect(placeOf(session.state)).toBe('unlock')
    await followWaiting(session)
    expect(wallet.countOf('readRequest')).toBe(0)
    await unlock(session, TYPED.passphrase)
    expect(placeOf(session.state)).toBe('request')
    expect(page.current).toBe('https://wallet.example/#/request')
    expect(wallet.calls.find(({ method }) => method === 'readRequest')?.parameters[0]).toBe(LINK)
  })

  test('waits until the words of a new wallet are put away', async () => {
    page.current = LINK
    const { session } = begin(EMPTY)
    await createWallet(session, TYPED)
    expect(placeOf(session.state)).toBe('phrase')
    await putWordsAway(session)
    expect(placeOf(session.state)).toBe('request')
  })

  test('that is no link changes nothing', () => {
    page.current = 'https://wallet.example/?credential_offer_uri=x'
    expect(begin(OPEN).session.state.waiting?.kind).toBe('offer')
    page.current = 'https://wallet.example/?request_uri=x'
    expect(begin(OPEN).session.state.waiting).toBeUndefined()
  })
})

describe('the lock', () => {
  test('refuses a wrong passphrase and says so', async () => {
    const { session } = begin(LOCKED)
    await unlock(session, 'another')
    expect(session.state.failure).toEqual({ task: 'unlock', problem: 'UNLOCK_FAILED' })
    expect(placeOf(session.state)).toBe('unlock')
  })

  test('closes after the chosen time without use, and keeps the question but nothing it showed', async () => {
    const { session, wallet } = await beginAsked({ ...REQUEST, expiresAt: page.time + 9_999 })
    session.update({ opened: ['c1'] })
    page.advance(5 * 60 - 20)
    session.noteUse()
    page.advance(60)
    expect(wallet.state.status).toBe('open')
    page.advance(5 * 60)
    expect(wallet.state.status).toBe('locked')
    expect(session.state).toMatchObject({ request: undefined, opened: [] })
    await unlock(session, TYPED.passphrase)
    expect(placeOf(session.state)).toBe('request')
  })

  test('cancels what is being done', async () => {
    const { session, wallet } = await beginAsked()
    wallet.hold('answer')
    const answering = agree(session)
    wallet.lock()
    await answering
    expect(session.state).toMatchObject({ busy: undefined, outcome: undefined })
  })
})

describe('making a wallet', () => {
  test('refuses a short passphrase and two that differ', async () => {
    const { session, wallet } = begin(EMPTY)
    await createWallet(session, { passphrase: '1234567', repeated: '1234567' })
    expect(session.state.failure?.problem).toBe('PASSPHRASE_SHORT')
    await createWallet(session, { ...TYPED, repeated: 'a long passphrasf' })
    expect(session.state.failure?.problem).toBe('PASSPHRASES_DIFFER')
    expect(wallet.calls).toEqual([])
  })

  test('shows the words once, and believes that they are kept only if two are right', async () => {
    const { session, wallet } = begin(EMPTY)
    await createWallet(session, TYPED)
    expect(session.state.phrase?.words.join(' ')).toBe(PHRASE)
    askWords(session)
    const [first, second] = session.state.phrase!.asked!
    expect(first).toBeLessThan(second)
    const words = PHRASE.split(' ')
    await checkWords(session, [words[second]!, words[first]!])
    expect(session.state.failure?.problem).toBe('WORDS_WRONG')
    expect(wallet.countOf('confirmPhraseKept')).toBe(0)
    await checkWords(session, [` ${words[first]!.toUpperCase()} `, words[second]!])
    expect(wallet.state.isPhraseKept).toBe(true)
    expect(session.state.phrase).toBeUndefined()
  })

  test('from words of somebody who has them on paper reminds of nothing', async () => {
    const { session, wallet } = begin(EMPTY)
    await createFromWords(session, PHRASE, TYPED)
    expect(wallet.state).toMatchObject({ status: 'open', isPhraseKept: true })
    expect(placeOf(session.state)).toBe('cards')
  })
})

describe('a question', () => {
  test('is answered once, however often somebody clicks', async () => {
    const { session, wallet } = await beginAsked()
    const release = wallet.hold('answer')
    const clicks = [agree(session), agree(session), refuse(session)]
    expect(placeOf(session.state)).toBe('proving')
    expect(session.state.busy).toMatchObject({ stage: 'proof', fraction: 0.4 })
    release()
    await Promise.all(clicks)
    expect([wallet.countOf('answer'), wallet.countOf('refuse')]).toEqual([1, 0])
    expect(placeOf(session.state)).toBe('answered')
  })

  test('that is cancelled stays open, and nothing was sent', async () => {
    const { session, wallet } = await beginAsked()
    wallet.hold('answer')
    const answering = agree(session)
    session.cancel()
    await answering
    expect(session.state).toMatchObject({
      notice: 'cancelled',
      failure: undefined,
      busy: undefined,
    })
    expect(placeOf(session.state)).toBe('request')
  })

  test('that has expired can not be agreed to', async () => {
    const { session, wallet } = await beginAsked()
    page.time = REQUEST.expiresAt - 1
    session.tick()
    expect(canAgree(session.state)).toBe(true)
    // Not even in the seconds before the page has looked at the clock.
    page.time = REQUEST.expiresAt
    session.noteUse()
    await agree(session)
    expect(placeOf(session.state)).toBe('request')
    expect(canAgree(session.state)).toBe(false)
    expect(wallet.countOf('answer')).toBe(0)
  })

  test('with warnings is answered when each is accepted, and tells the wallet which', async () => {
    const { session, wallet } = await beginAsked(ELABORATE)
    const [, date, list] = ELABORATE.findings
    accept(session, date!, true)
    accept(session, list!, true)
    accept(session, list!, false)
    await agree(session)
    expect(wallet.countOf('answer')).toBe(0)
    accept(session, list!, true)
    await agree(session)
    expect(wallet.calls.at(-1)?.parameters[1]).toEqual(['UNUSUAL_DATE', 'NARROW_LIST'])
  })

  test.each([
    ['the wallet refuses', STOPPED],
    ['the person cannot answer', IMPOSSIBLE],
  ])('that %s has no other way out than to refuse', async (_, request) => {
    const { session, wallet } = await beginAsked(request)
    for (const finding of request.findings) accept(session, finding, true)
    await agree(session)
    expect(wallet.countOf('answer')).toBe(0)
    await refuse(session)
    expect(placeOf(session.state)).toBe('refused')
  })

  test('is put in a language that is chosen while it is open, and nobody is asked again', async () => {
    const { session, wallet } = await beginAsked(ELABORATE)
    const warnings = warningsOf(ELABORATE)
    for (const warning of warnings) accept(session, warning, true)
    await speak(session, 'zh-Hans')
    expect(wallet.countOf('readRequest')).toBe(1)
    expect(session.state.request).toMatchObject({
      id: ELABORATE.id,
      purpose: `${ELABORATE.purpose} (zh-Hans)`,
    })
    expect(canAgree(session.state)).toBe(true)
    expect(wallet.state.settings.language).toBe('zh-Hans')
  })

  test('of another id begins without a tick, however it came', async () => {
    const { session } = await beginAsked(ELABORATE)
    for (const warning of warningsOf(ELABORATE)) accept(session, warning, true)
    expect(canAgree(session.state)).toBe(true)
    session.update({ request: { ...ELABORATE, id: 'another' } })
    expect(session.state.accepted).toEqual([])
    expect(canAgree(session.state)).toBe(false)
  })

  test('with two limits of one attribute has a tick for each', async () => {
    const warn = { code: 'UNUSUAL_AGE', level: 'warn', path: 'person.birthDate' } as const
    const both = [
      { ...warn, value: 33 },
      { ...warn, value: 36 },
    ]
    const { session } = await beginAsked({ ...REQUEST, findings: both })
    accept(session, both[0]!, true)
    expect(canAgree(session.state)).toBe(false)
    accept(session, both[1]!, true)
    expect(canAgree(session.state)).toBe(true)
  })

  test('that fails keeps its sentence and can be tried again', async () => {
    const { session, wallet } = await beginAsked()
    wallet.failWith('answer', 'FETCH_FAILED')
    await agree(session)
    expect(session.state.failure).toEqual({ task: 'answer', problem: 'FETCH_FAILED' })
    wallet.failWith('answer', undefined)
    await agree(session)
    expect(placeOf(session.state)).toBe('answered')
  })
})

describe('the way back to the site', () => {
  test('is taken by itself a moment after the answer, and after a refusal', async () => {
    for (const act of [agree, refuse]) {
      const { session } = await beginAsked()
      await act(session)
      expect(page.visited).toEqual([])
      page.advance(5)
      expect(page.visited).toEqual(['https://shop.example/back'])
      page.visited.length = 0
    }
  })

  test('is left to the person who wants less movement, or stays, or has gone elsewhere', async () => {
    page.calm = true
    const calm = (await beginAsked()).session
    await agree(calm)
    page.calm = false
    const staying = (await beginAsked()).session
    await agree(staying)
    stay(staying)
    const away = (await beginAsked()).session
    await agree(away)
    away.show('history')
    page.advance(10)
    expect(page.visited).toEqual([])
    goBack(calm)
    expect(page.visited).toEqual(['https://shop.example/back'])
  })

  test.each([
    'https://evil.example/back',
    'https://shop.example.evil.example/',
    'https://shop.example:8443/',
    'http://shop.example/',
    'https://shop.example@evil.example/',
  ])('to another origin is taken only by a click, whose button names it: %s', async (uri) => {
    for (const act of [agree, refuse]) {
      const { session, wallet } = await beginAsked()
      wallet.redirectUri = uri
      await act(session)
      page.advance(10)
      expect(page.visited).toEqual([])
      expect(session.state.outcome).toMatchObject({
        isLeaving: false,
        redirectHost: new URL(uri).host,
      })
      goBack(session)
      expect(page.visited.splice(0)).toEqual([uri])
    }
  })

  test.each(['javascript:alert(1)', 'data:text/html,x', 'no address'])(
    'is not taken to %s',
    async (uri) => {
      const { session, wallet } = await beginAsked()
      wallet.redirectUri = uri
      await agree(session)
      page.advance(10)
      goBack(session)
      expect(page.visited).toEqual([])
      expect(session.state.outcome?.redirectUri).toBeUndefined()
    },
  )
})

describe('other things', () => {
  test('an offer with a code is taken with it, without spaces, and not without it', async () => {
    const { session, wallet } = begin(OPEN)
    await followText(session, 'https://wallet.example/?credential_offer_uri=x')
    await takeOffer(session, '  ')
    expect(session.state.failure?.problem).toBe('CODE_MISSING')
    await takeOffer(session, '123 456')
    expect(wallet.calls.at(-1)?.parameters[1]).toBe('123456')
    expect(placeOf(session.state)).toBe('received')
  })

  test.each([
    ['', 'LINK_MISSING'],
    ['hello', 'REQUEST_INVALID'],
  ])('the text %j is no link to follow', async (text, problem) => {
    const { session } = begin(OPEN)
    await followText(session, text)
    expect(session.state.failure).toEqual({ task: 'link', problem })
  })

  test('the question of a counter is answered with a code that is shown, and nothing is left for', async () => {
    const { session, wallet } = begin(OPEN)
    await followText(session, 'https://wallet.example/#counter=a.b.c')
    expect(placeOf(session.state)).toBe('request')
    await agree(session)
    expect(placeOf(session.state)).toBe('shown')
    expect(session.state.outcome).toMatchObject({ presentation: 'shown', isLeaving: false })
    expect(wallet.countOf('answerCounter')).toBe(1)
    expect(wallet.countOf('answer') + wallet.countOf('readRequest')).toBe(0)
    wallet.lock()
    expect(session.state.outcome).toBeUndefined()
  })

  test('what cannot be undone is done only after it was confirmed', async () => {
    const { session, wallet } = begin(OPEN)
    ask(session, { kind: 'remove', id: 'c1', title: 'Person' })
    expect(wallet.calls).toEqual([])
    await Promise.all([confirm(session), confirm(session)])
    expect(wallet.countOf('removeCredential')).toBe(1)
  })

  test('a backup is handed to the browser under the day it was made', async () => {
    const { session } = begin(OPEN)
    await exportBackup(session, TYPED)
    expect(page.saved).toEqual(['zerocard-2026-11-22.backup'])
    expect(session.state.notice).toBe('exported')
    page.advance(10)
    expect(session.state.notice).toBeUndefined()
  })

  test('an error that nobody foresaw shows its kind and never its text', async () => {
    const { session, wallet } = begin(LOCKED)
    wallet.unlock = () => Promise.reject(new RangeError('a secret'))
    await unlock(session, 'x')
    expect(session.state.failure).toEqual({ task: 'unlock', problem: 'RangeError' })
  })

  /** Lets the open page lie, and counts how often something was done ahead. */
  const lying = () => {
    const { session, wallet } = begin({ ...OPEN, settings: { ...OPEN.settings, lockAfter: 600 } })
    const end = prepareWhenIdle(session)
    const pass = async (seconds: number): Promise<number> => {
      for (let passed = 0; passed < seconds; passed += 5) {
        page.advance(Math.min(5, seconds - passed))
        await new Promise(setImmediate)
      }
      return wallet.countOf('prepareNext')
    }
    return { session, wallet, end, pass }
  }

  test('hosts are asked ahead while nobody does anything, one by one, minutes apart', async () => {
    const { session, wallet, end, pass } = lying()
    wallet.due = 3
    expect(await pass(30)).toBe(0)
    page.isOnPower = false
    expect(await pass(60)).toBe(0)
    page.isOnPower = true
    expect(await pass(10)).toBe(1)
    expect(await pass(55)).toBe(1)
    expect(await pass(20)).toBe(2)
    session.noteUse()
    expect(await pass(40)).toBe(2)
    expect(await pass(25)).toBe(3)
    expect(await pass(570)).toBe(3)
    expect(await pass(40)).toBe(4)
    end()
  })

  test('when each is asked is drawn anew', async () => {
    const picked: number[] = []
    page.pick = (limit) => {
      picked.push(limit)
      return limit - 1
    }
    const { wallet, end, pass } = lying()
    wallet.due = 2
    expect(await pass(55)).toBe(0)
    expect(await pass(10)).toBe(1)
    expect(await pass(110)).toBe(1)
    expect(await pass(20)).toBe(2)
    expect(await pass(1_170)).toBe(2)
    expect(await pass(40)).toBe(3)
    expect(new Set(picked)).toEqual(new Set([30, 60, 600]))
    end()
  })

  test('proofs that the person has just asked for are made at once', async () => {
    const { session, wallet, end, pass } = lying()
    expect(await pass(5)).toBe(0)
    await session.run('ready', () => wallet.keepReady('a', 'b', 2))
    expect(await pass(15)).toBe(1)
    expect(await pass(45)).toBe(1)
    end()
  })

  test.each<[string, (session: Session) => Promise<unknown>]>([
    [
      'a question',
      async (session) => {
        await followText(session, LINK)
        expect(session.state.request).toBeDefined()
        page.advance(1_000)
        await agree(session)
        session.update({ request: undefined })
      },
    ],
    ['an issuance', (session) => session.run('take', () => Promise.resolve())],
  ])('nothing is fetched ahead for many minutes after %s', async (_, act) => {
    const { session, wallet, end, pass } = lying()
    wallet.request = REQUEST
    await act(session)
    expect(await pass(595)).toBe(0)
    expect(await pass(20)).toBe(1)
    end()
  })

  test.each([
    ['before the page was loaded anew', 0],
    ['in another tab', 100],
  ])('nor after an answer %s', async (_, seconds) => {
    const { wallet, end, pass } = lying()
    wallet.due = 9
    const before = await pass(seconds)
    const entry = { kind: 'answered', host: 'shop.example', subject: 'over-18@1' } as const
    wallet.change({ history: [{ ...entry, id: 'h1', at: page.time }] })
    expect(await pass(595)).toBe(before)
    expect(await pass(20)).toBe(before + 1)
    end()
  })
})
