import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secretFromPhrase } from '../../client/phrase.ts'
import { fieldText } from '../../core/presentation.ts'
import {
  PERSON_SCHEMA,
  REGION,
  REGISTRY,
  SHOP,
  Terminal,
  errorCode,
  gift,
  yearsAgo,
} from '../support/cli.ts'

// One small world, played from the first command to the last; each test builds on those before.

const terminal = new Terminal()
const at = (...parts: readonly string[]): string => terminal.path(...parts)

afterAll(() => terminal.remove())

const issueTo = (subject: string, request: string, out: string): string[] => [
  ...['issuer', 'issue', '--issuer', at('issuer'), '--nonce', 'visit-1', '--subject', subject],
  ...['--values', at('values.json'), '--set', 'isStudent=false'],
  ...['--request', at(request), '--out', at(out)],
]

const ask = (out: string, audience = SHOP): string[] => [
  ...['verifier', 'request', '--state', at('verifier'), '--policy', at('gift.json')],
  ...['--schema', at('issuer', 'issuer.json'), '--audience', audience],
  ...['--trust', at('trust.json'), '--out', at(out)],
]

const prove = (request: string, out: string): string[] => [
  ...['holder', 'prove', '--wallet', at('wallet'), '--request', at(request)],
  ...['--trust', at('trust.json'), '--shards', at('issuer', 'published'), '--out', at(out)],
]

const verify = (request: string, presentation: string): string[] => [
  ...[
    'verifier',
    'verify',
    '--state',
    at('verifier'),
    '--request',
    idOf(request),
    at(presentation),
  ],
]

function idOf(request: string): string {
  return (JSON.parse(readFileSync(at(request), 'utf8')) as { id: string }).id
}

function publishAndTrust(): Promise<unknown> {
  const publish = terminal.ok(['issuer', 'publish', '--issuer', at('issuer')])
  const build = ['trust', 'build', '--name', 'registries', '--issuer', at('issuer')]
  return publish.then(() => terminal.ok([...build, '--out', at('trust.json')]))
}

beforeAll(() => {
  terminal.json('person.json', PERSON_SCHEMA)
  terminal.json('gift.json', gift())
  terminal.json('values.json', { birthDate: yearsAgo(30), region: REGION, householdSize: 3 })
})

describe('from issuing to refusing', () => {
  test('an issuer and a wallet are made, secrets for their owner only', async () => {
    const issuer = ['issuer', 'init', '--name', REGISTRY, '--schema', at('person.json')]
    await terminal.ok([...issuer, '--out', at('issuer')])
    await terminal.ok(['holder', 'init', '--wallet', at('wallet')])
    expect(modeOf('issuer', 'keys', 'document.json')).toBe('600')
    expect(modeOf('issuer', 'keys', 'person-1.json')).toBe('600')
    expect(modeOf('issuer', 'register.sqlite')).toBe('600')
    expect(modeOf('wallet', 'phrase.txt')).toBe('600')
    expect(modeOf('wallet', 'wallet.sqlite')).toBe('600')
    expect(modeOf('wallet')).toBe('700')
    expect(readFileSync(at('wallet', 'phrase.txt'), 'utf8').trim().split(' ')).toHaveLength(24)
  })

  test('a holder asks, the issuer signs, the holder keeps', async () => {
    const request = ['holder', 'request', '--wallet', at('wallet'), '--nonce', 'visit-1']
    const issuer = ['--issuer', at('issuer', 'issuer.json')]
    await terminal.ok([...request, ...issuer, '--out', at('enrolment.json')])
    const issued = await terminal.ok(issueTo('P1', 'enrolment.json', 'credential.json'))
    expect(issued).toMatchObject({ subject: 'P1', schema: 'person/1' })
    expect(modeOf('credential.json')).toBe('600')
    const accept = ['holder', 'accept', '--wallet', at('wallet'), at('credential.json')]
    expect(await terminal.ok(accept)).toMatchObject({ issuer: REGISTRY, isNew: true })
    expect(await terminal.ok(accept)).toMatchObject({ isNew: false })
  })

  test('the same request gives the same credential again', async () => {
    const before = readFileSync(at('credential.json'), 'utf8')
    await terminal.ok(issueTo('P1', 'enrolment.json', 'credential.json'))
    expect(readFileSync(at('credential.json'), 'utf8')).toBe(before)
  })

  test('the same request gives no other credential', async () => {
    const changed = [...issueTo('P1', 'enrolment.json', 'other.json'), '--set', 'region=Elsewhere']
    expect(errorCode(await terminal.run(changed))).toBe('ENROLMENT_INVALID')
    expect(readdirSync(terminal.folder)).not.toContain('other.json')
  })

  test('nobody else is issued a credential for the same secret', async () => {
    const outcome = await terminal.run(issueTo('P2', 'enrolment.json', 'other.json'))
    expect([outcome.code, errorCode(outcome)]).toEqual([1, 'ENROLMENT_INVALID'])
  })

  test('a person who comes with another secret is refused; with the restored phrase not', async () => {
    await terminal.ok(['holder', 'init', '--wallet', at('stranger')])
    const restore = ['holder', 'init', '--phrase-file', at('wallet', 'phrase.txt')]
    await terminal.ok([...restore, '--wallet', at('restored')])
    for (const wallet of ['stranger', 'restored']) {
      const request = ['holder', 'request', '--wallet', at(wallet), '--nonce', 'visit-1']
      const issuer = ['--issuer', at('issuer', 'issuer.json')]
      await terminal.ok([...request, ...issuer, '--out', at(`${wallet}.json`)])
    }
    const refused = await terminal.run(issueTo('P1', 'stranger.json', 'other.json'))
    expect([refused.code, errorCode(refused)]).toEqual([1, 'ENROLMENT_INVALID'])
    expect(refused.stderr).toContain('another secret')
    await terminal.ok(issueTo('P1', 'restored.json', 'second.json'))
  })

  test('the issuer publishes, a list trusts it, a verifier asks', async () => {
    await publishAndTrust()
    expect(readdirSync(at('issuer', 'published')).sort()).toEqual([
      'current.json',
      'epoch-000001',
      'issuer.json',
    ])
    expect(readdirSync(at('issuer', 'published', 'epoch-000001', 'person-1'))).toEqual(['all.json'])
    await terminal.ok(ask('request.json'))
    expect(modeOf('verifier', 'verifier.sqlite')).toBe('600')
  })

  test('the holder proves, and of two copies at once exactly one is accepted', async () => {
    const outcome = await terminal.run(prove('request.json', 'presentation.jws'))
    expect(outcome.code).toBe(0)
    expect(outcome.stderr).toContain('You are 18 or older')
    const verdicts = await Promise.all(
      [1, 2].map(() => terminal.run([...verify('request.json', 'presentation.jws'), '--json'])),
    )
    expect(verdicts.map(({ code }) => code).sort()).toEqual([0, 3])
    const parsed = verdicts.map(({ stdout }) => JSON.parse(stdout) as object)
    expect(parsed).toContainEqual(
      expect.objectContaining({ accepted: true, policy: 'gift@1', forgeable: true }),
    )
    // Which of the two the loser learns depends on how far it was when the other won.
    expect(parsed).toContainEqual({
      accepted: false,
      error: {
        code: expect.stringMatching(/^(NONCE|PSEUDONYM)_USED$/) as string,
        message: expect.any(String) as string,
      },
    })
  })

  test('a wallet shows no name twice by itself', async () => {
    await terminal.ok(ask('again.json'))
    const outcome = await terminal.run(prove('again.json', 'again.jws'))
    expect([outcome.code, errorCode({ ...outcome, stderr: lastLine(outcome.stderr) })]).toEqual([
      1,
      'USE_EXHAUSTED',
    ])
    expect(readdirSync(terminal.folder)).not.toContain('again.jws')
  })

  test('a name that is shown twice on purpose is refused, as is the answer to another request', async () => {
    await terminal.ok([...prove('again.json', 'again.jws'), '--use', '0'])
    const used = await terminal.run(verify('again.json', 'again.jws'))
    expect([used.code, errorCode(used)]).toEqual([3, 'PSEUDONYM_USED'])
    await terminal.ok(ask('elsewhere.json', 'https://bar.example'))
    const other = await terminal.run(verify('elsewhere.json', 'again.jws'))
    expect([other.code, errorCode(other)]).toEqual([3, 'AUDIENCE_MISMATCH'])
    const text = readFileSync(at('again.jws'), 'utf8')
    terminal.text(
      'changed.jws',
      text.replace(/\.(.)/, (_, first) => `.${first === 'e' ? 'f' : 'e'}`),
    )
    const changed = await terminal.run(verify('again.json', 'changed.jws'))
    expect([changed.code, errorCode(changed)]).toEqual([3, 'PRESENTATION_INVALID'])
  })

  test('a revoked credential proves nothing under the next list', async () => {
    const revoke = ['issuer', 'revoke', '--issuer', at('issuer'), '--subject', 'P1']
    const { revoked } = await terminal.ok(revoke)
    expect(revoked).toHaveLength(2)
    const again = await terminal.run(revoke)
    expect([again.code, errorCode(again)]).toEqual([1, 'INPUT_INVALID'])
    await publishAndTrust()
    const outcome = await terminal.run([...prove('again.json', 'late.jws'), '--use', '0', '--json'])
    expect([outcome.code, errorCode(outcome)]).toEqual([1, 'CREDENTIAL_REVOKED'])
    expect(readdirSync(at('issuer', 'published'))).toContain('epoch-000002')
  })

  test('what the wallet holds is shown without secrets', async () => {
    const shown = await terminal.ok(['holder', 'show', '--wallet', at('wallet')])
    expect(shown).toMatchObject({
      credentials: [{ issuer: REGISTRY, schema: 'person/1' }],
      uses: [{ policy: 'gift@1', audience: SHOP, use: 0 }],
    })
  })

  test('no command has said a secret, and no file for others holds one', () => {
    const secrets = allSecrets()
    expect(secrets.length).toBeGreaterThan(20)
    const exchanged = [
      'enrolment.json',
      'presentation.jws',
      'again.jws',
      'request.json',
      'trust.json',
    ]
    const texts = [...terminal.said, ...exchanged.map((name) => readFileSync(at(name), 'utf8'))]
    texts.push(...publishedFiles(at('issuer', 'published')), decoded('presentation.jws'))
    for (const secret of secrets) {
      expect(texts.filter((text) => text.includes(secret))).toEqual([])
    }
    // The issuer's messages name the person; the verifier's side never does.
    const atVerifier = [decoded('presentation.jws'), decoded('again.jws')]
    expect(atVerifier.filter((text) => text.includes(REGION))).toEqual([])
  })

  test('the phrase is printed when it is asked for, and only then', async () => {
    const init = ['holder', 'init', '--wallet', at('paper'), '--show-phrase']
    const { stdout } = await terminal.start(init).outcome
    const words = readFileSync(at('paper', 'phrase.txt'), 'utf8').trim().split(' ')
    for (const word of words) expect(stdout).toContain(word)
  })
})

/** Secrets in every form they might be written in. */
function allSecrets(): string[] {
  const phrases = ['wallet', 'stranger'].map((name) =>
    readFileSync(at(name, 'phrase.txt'), 'utf8').trim(),
  )
  const fields = [...phrases.map(secretFromPhrase), ...blindings('wallet')]
  const keys = ['document', 'person-1'].map(
    (name) =>
      JSON.parse(readFileSync(at('issuer', 'keys', `${name}.json`), 'utf8')) as {
        jwk?: { d: string }
        privateKey?: string
      },
  )
  return [
    // Two of these words stand beside each other in a message by chance: "only one", "one secret".
    ...phrases.flatMap((phrase) => {
      const words = phrase.split(' ')
      return words.slice(2).map((_, i) => words.slice(i, i + 3).join(' '))
    }),
    ...fields.flatMap((field) => [String(field), fieldText(field), field.toString(16)]),
    ...keys.map(({ jwk, privateKey }) => jwk?.d ?? privateKey ?? ''),
  ]
}

function blindings(wallet: string): bigint[] {
  const database = new DatabaseSync(at(wallet, 'wallet.sqlite'))
  const rows = database.prepare('SELECT blinding FROM credentials').all()
  database.close()
  return rows.map(({ blinding }) => BigInt(String(blinding)))
}

function publishedFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
}

function decoded(presentation: string): string {
  const parts = readFileSync(at(presentation), 'utf8').split('.')
  return parts
    .slice(0, 2)
    .map((part) => Buffer.from(part, 'base64url').toString())
    .join()
}

function modeOf(...parts: readonly string[]): string {
  return (statSync(at(...parts)).mode & 0o777).toString(8)
}

function lastLine(text: string): string {
  return `${text.trim().split('\n').at(-1) ?? ''}\n`
}
