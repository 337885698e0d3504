import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { secretFromPhrase } from '../../client/phrase.ts'
import { openBackup } from '../../client/storage/backup.ts'
import type { BackupContent } from '../../client/wallet/backup.ts'
import {
  agree,
  askedBy,
  askedByLink,
  exportBackup,
  hostOf,
  leave,
  makeWallet,
  takeByLink,
  takeCredential,
  visit,
  visitByLink,
} from './stories/acts.ts'
import { bytesOf, claimsOf, commonRun, found, layersOf, secretsIn } from './stories/secrets.ts'
import type { Secret } from './stories/secrets.ts'
import { recordRequests } from './stories/wire.ts'
import type { Received } from './stories/wire.ts'
import { PASSPHRASE, Person } from './stories/person.ts'
import { startWorld } from './stories/world.ts'
import type { World } from './stories/world.ts'

// Every story of the portal, played in Chromium against the services themselves, with the wallet as
// it is shipped.

/** What verifiers found in the encrypted answers: part of what is searched. */
const opened = vi.hoisted((): unknown[] => [])
vi.mock('../../core/jwe.ts', async (original) => {
  const real = await original<typeof import('../../core/jwe.ts')>()
  const decryptJwe: typeof real.decryptJwe = async (...parameters) => {
    const plain = await real.decryptJwe(...parameters)
    opened.push(plain)
    return plain
  }
  return { ...real, decryptJwe }
})

let world: World
const seen = new Set<string>()
const wire = recordRequests()
/** Everything that somebody's browser sent, and the secrets that must not be in it. */
const records: Partial<Record<'tom' | 'ada', Sent>> = {}

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => wire.stop())
afterAll(() => world.stop())

describe('a teenager', () => {
  let tom: Person

  beforeAll(async () => {
    tom = await Person.arrive(world, 'tom', {}, seen)
    await makeWallet(tom)
    await takeCredential(tom, 'civil-registry', 'T000002', 'Person')
  })
  afterAll(() => tom.leave())

  test('joins the youth forum, and keeps a name there', async () => {
    await visit(tom, 'forum')
    const name = await tom.page.locator('.name').innerText()
    await tom.field(tom.town.site.yourText).fill('Hello from Tom')
    await tom.button(tom.town.site.write).click()
    await tom.page.locator('.posts').getByText('Hello from Tom').waitFor()
    await leave(tom, 'forum')
    await visitByLink(tom, 'forum')
    expect(await tom.page.locator('.name').innerText()).toBe(name)
  })

  test('cannot buy wine, and only he sees why', async () => {
    await refusedAt(tom, 'shop')
  })

  test('makes a backup file', async () => {
    records.tom = await sentBy(tom)
    expect(records.tom.secrets.length).toBeGreaterThan(20)
  })

  test('has seen no page with a fault', () => {
    expect(tom.complaints).toEqual([])
  })
})

describe('a pensioner', () => {
  let ada: Person

  beforeAll(async () => {
    ada = await Person.arrive(world, 'ada', {}, seen)
    await makeWallet(ada)
  })
  afterAll(() => ada.leave())

  test('takes her first card with a code from a letter, and buys wine', async () => {
    await takeCredential(ada, 'civil-registry', 'T000001', 'Person')
    await visit(ada, 'shop')
    await leave(ada, 'shop')
  })

  test('cannot join the youth forum, and only she sees why', async () => {
    await refusedAt(ada, 'forum')
  })

  test('is granted fuel by three offices, once', async () => {
    await takeByLink(ada, 'tax-office', 'T000001', 'Income and benefits')
    await takeByLink(ada, 'health-board', 'T000001', 'Degree of disability')
    await visitByLink(ada, 'benefits')
    await leave(ada, 'benefits')
    await usedUpAt(ada, 'benefits')
  })

  test('collects a medicine three times, and not a fourth time', async () => {
    await takeByLink(ada, 'health-board', 'T000001', 'Prescription')
    for (let time = 1; time <= 3; time++) {
      await visitByLink(ada, 'pharmacy')
      expect(await ada.text()).toContain(ada.town.pharmacy.count(time))
      await leave(ada, 'pharmacy')
    }
    await usedUpAt(ada, 'pharmacy')
  })

  test('writes one review, and not a second one', async () => {
    await visitByLink(ada, 'reviews')
    await ada.field(ada.town.site.yourText).fill('A film for winter evenings')
    await ada.button(ada.town.site.write).click()
    await ada.page.getByText(ada.town.reviews.one).waitFor()
    await ada.page.locator('.posts').getByText('A film for winter evenings').waitFor()
    expect(await ada.page.locator('textarea').count()).toBe(0)
    await leave(ada, 'reviews')
    await usedUpAt(ada, 'reviews')
  })

  test('streams under a name, is banned, and does not come back', async () => {
    await visitByLink(ada, 'stream')
    const name = await ada.page.locator('p .name').innerText()
    await ada.button(ada.town.stream.ban(name)).click()
    await ada.page.getByText(ada.town.stream.banned, { exact: true }).waitFor()
    await ada.look('stream banned')
    await leave(ada, 'stream')
    await askedByLink(ada, 'stream')
    await ada.inWallet(async () => {
      await agree(ada)
      await ada.saysProblem('PSEUDONYM_BANNED')
      await ada.look('wallet banned')
    })
    await ada.go('stream')
    await ada.button(ada.town.stream.lift(name)).click()
    await visitByLink(ada, 'stream')
    expect(await ada.page.locator('p .name').innerText()).toBe(name)
  })

  test('makes a backup file', async () => {
    records.ada = await sentBy(ada)
    expect(records.ada.secrets.length).toBeGreaterThan(50)
  })

  test('has seen no page with a fault', () => {
    expect(ada.complaints).toEqual([])
  })
})

describe.each(['tom', 'ada'] as const)('what %s has sent', (name) => {
  test('holds no attribute, no secret and nothing that stays the same', () => {
    const { secrets, requests, answers } = recordOf(name)
    expect(answers.length).toBeGreaterThan(1)
    const issuing = requests.filter(({ url }) => url === '/credential')
    const others = requests.filter(({ url }) => url !== '/credential')
    const commitments = secrets.filter((secret) => secret.name.endsWith('commitment'))
    // What an issuer signs is the commitment: nobody else sees it, and the search can find it.
    expect(found(commitments, issuing.flatMap(bytesOf))).toEqual(commitments.map((one) => one.name))
    const hidden = secrets.filter((secret) => !commitments.includes(secret))
    expect(found(hidden, issuing.flatMap(bytesOf))).toEqual([])
    expect(found(secrets, [...others.flatMap(bytesOf), ...answers.flatMap(layersOf)])).toEqual([])
  })

  test('went with no cookie and no referrer to sites and offices', () => {
    const walletHost = new URL(world.at('wallet')).host
    const sent = recordOf(name).requests.filter(({ host }) => host !== walletHost)
    expect(sent.length).toBeGreaterThan(10)
    const headers = sent.flatMap((request) =>
      request.headers.map(([header]) => header.toLowerCase()),
    )
    expect(headers.filter((header) => ['cookie', 'referer'].includes(header))).toEqual([])
  })
})

test('both wallets send the same headers', () => {
  const [tom, ada] = [headersOf(recordOf('tom')), headersOf(recordOf('ada'))]
  const common = [...tom.keys()].filter((kind) => ada.has(kind))
  expect(common.length).toBeGreaterThan(8)
  for (const kind of common) expect([kind, ada.get(kind)]).toEqual([kind, tom.get(kind)])
})

describe('two answers of one person share nothing', () => {
  const pairs = [
    ['to one site', 'pharmacy', 0, 'pharmacy', 1, true],
    ['to two sites', 'shop', 0, 'pharmacy', 0, false],
  ] as const

  test.each(pairs)('%s', (_, one, first, other, second, isSameSite) => {
    const all = recordOf('ada').answers.map(claimsOf)
    const of = (name: string) => all.filter(({ aud }) => aud === world.at(name))
    const [a, b] = [of(one)[first], of(other)[second]]
    const names = Object.keys(a ?? {})
    const shared = names.filter((claim) => a?.[claim] === b?.[claim]).sort()
    const ofAll = ['alg', 'asOf', 'circuit', 'crv', 'kty', 'typ']
    expect(shared).toEqual(isSameSite ? [...ofAll, 'aud', 'policy', 'trust'].sort() : ofAll)
    // Addresses of the town are alike up to the port.
    const own = (claims: Record<string, string> = {}) =>
      Object.entries(claims).filter(([claim]) => !shared.includes(claim) && claim !== 'aud')
    expect(own(a).length).toBeGreaterThan(5)
    for (const [claim, text] of own(a)) {
      for (const [otherClaim, otherText] of own(b)) {
        expect([claim, otherClaim, commonRun(text, otherText, LONG) < LONG]).toEqual([
          claim,
          otherClaim,
          true,
        ])
      }
    }
  })

  test('and the search finds what they would share', () => {
    const [claims = {}] = recordOf('ada').answers.map(claimsOf)
    const { proof = '' } = claims
    expect(commonRun(`x${proof.slice(20)}`, proof, LONG)).toBe(LONG)
  })
})

/** Characters that two texts have in common by chance once in 64 to the twelfth. */
const LONG = 12

interface Sent {
  readonly requests: readonly Received[]
  /** Presentations that verifiers have opened. */
  readonly answers: readonly string[]
  readonly secrets: readonly Secret[]
}

/** What a browser has sent since the last call; asks the wallet for a backup to know its secrets. */
async function sentBy(person: Person): Promise<Sent> {
  let file = new Uint8Array()
  await person.inWallet(async () => {
    file = await exportBackup(person)
  })
  const { documents, identity } = (await openBackup(file, PASSPHRASE)) as BackupContent
  const words = identity.phrase.split(' ')
  const pairs = words.slice(1).map((word, i) => `${words[i] ?? ''} ${word}`)
  const kept = documents.flatMap(([name, value]) => {
    if (!name.startsWith('credential/')) return []
    const { credential, blinding } = value as { credential: StoredCredential; blinding: string }
    const { attributes, commitment, revocationId, signature } = credential
    return secretsIn('card', { attributes, commitment, revocationId, signature, blinding })
  })
  const identitySecrets = {
    pairs,
    phrase: identity.phrase,
    secret: secretFromPhrase(identity.phrase),
  }
  // The desk's pages are the clerk's, and the browser's own pages of sites hold no wallet.
  const wallet = world.at('wallet')
  const requests = wire.received
    .splice(0)
    .filter(
      ({ host, headers }) =>
        host === new URL(wallet).host || headers.some(([, value]) => value === wallet),
    )
  const answers = opened.splice(0).flatMap((answer) => {
    const tokens = (answer as { vp_token?: Record<string, string[]> }).vp_token ?? {}
    return Object.values(tokens).flat()
  })
  return { requests, answers, secrets: [...kept, ...secretsIn('wallet', identitySecrets)] }
}

interface StoredCredential {
  readonly attributes: unknown
  readonly commitment: unknown
  readonly revocationId: unknown
  readonly signature: unknown
}

function recordOf(name: 'tom' | 'ada'): Sent {
  const record = records[name]
  if (record === undefined) throw new Error(`${name} has played no story`)
  return record
}

/** The headers of each kind of request, but for lengths, and cookies of other ports of this machine. */
function headersOf({ requests }: Sent): Map<string, string[]> {
  const walletHost = new URL(world.at('wallet')).host
  // Its own files a browser fetches for several purposes, each with headers of its own.
  const sent = requests.filter(({ host }) => host !== walletHost)
  const kinds = Map.groupBy(sent, ({ method, host, url }) => {
    const path = url.split('?')[0]?.replaceAll(/[A-Za-z0-9_-]{16,}|[0-9a-f]{2,}(?=$)/g, '*')
    return `${method} ${host}${path ?? ''}`
  })
  const varying = ['content-length', 'cookie', 'if-none-match', 'range']
  return new Map(
    [...kinds].map(([kind, all]) => {
      const lines = all.flatMap(({ headers }) =>
        headers
          .filter(([name]) => !varying.includes(name.toLowerCase()))
          // A token is good for one card.
          .map(
            ([name, value]) => `${name}: ${name.toLowerCase() === 'authorization' ? '' : value}`,
          ),
      )
      return [kind, [...new Set(lines)].sort()]
    }),
  )
}

/** A question that cannot be answered: the wallet says why, and the site learns that there was no answer. */
async function refusedAt(person: Person, name: 'shop' | 'forum'): Promise<void> {
  const { words } = person
  await askedBy(person, name)
  await person.obstacleIs('POLICY_NOT_SATISFIED')
  expect(await person.button(words.request.agree).count()).toBe(0)
  await person.button(words.request.refuseAction).click()
  await person.arriveAt(words.titles.refused)
  await person.look('wallet refused')
  await person.button(words.outcome.back(hostOf(person.at(name)))).click()
  await person.page.getByText(person.gate.refused).waitFor()
  await person.look('gate after a refusal')
  expect(await person.text()).not.toContain(words.problems.codes.POLICY_NOT_SATISFIED[0])
}

/** The wallet does not show a code a second time. */
async function usedUpAt(person: Person, name: 'benefits' | 'pharmacy' | 'reviews'): Promise<void> {
  await askedByLink(person, name)
  await person.inWallet(async () => {
    await person.obstacleIs('USE_EXHAUSTED')
    await person.look(`wallet used up at ${name}`)
    expect(await person.button(person.words.request.agree).count()).toBe(0)
  })
}
