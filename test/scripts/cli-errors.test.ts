import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { artifactPlace } from '../../scripts/zerocard/artifacts.ts'
import { PERSON_SCHEMA, REGISTRY, SHOP, Terminal, errorCode, gift } from '../support/cli.ts'

// What is wrong is said in one line that names what and where, and nothing is left half-written.

const terminal = new Terminal()
const at = (...parts: readonly string[]): string => terminal.path(...parts)

afterAll(() => terminal.remove())

beforeAll(async () => {
  terminal.json('person.json', PERSON_SCHEMA)
  terminal.json('gift.json', gift())
  const issuer = ['issuer', 'init', '--name', REGISTRY, '--schema', at('person.json')]
  await terminal.ok([...issuer, '--out', at('issuer')])
  await terminal.ok(['issuer', 'publish', '--issuer', at('issuer')])
  const trust = ['trust', 'build', '--name', 'registries', '--issuer', at('issuer')]
  await terminal.ok([...trust, '--out', at('trust.json')])
})

const explain = (policy: string): string[] => [
  'policy',
  'explain',
  at(policy),
  '--schema',
  at('person.json'),
]

const bulk = (register: string): string[] => [
  ...['issuer', 'issue', '--issuer', at('issuer'), '--csv', at(register), '--nonce', 'n'],
  ...['--requests', at('requests'), '--out', at('credentials')],
]

const request: readonly string[] = [
  ...['verifier', 'request', '--state', at('verifier'), '--policy', at('gift.json')],
  ...['--schema', at('person.json'), '--audience', SHOP, '--trust', at('trust.json')],
  ...['--out', at('request.json')],
]

/** Runs a command that must fail: exit code, code and the one line, the same for people and programs. */
async function failure(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; error: string | undefined; line: string }> {
  const outcome = await terminal.run([...args, '--json'], env)
  const { error } = JSON.parse(outcome.stdout) as { error: { code: string; message: string } }
  expect(outcome.stderr).toBe(`zerocard: ${error.code}: ${error.message}\n`)
  return { code: outcome.code, error: errorCode(outcome), line: outcome.stderr }
}

describe('wrong calls', () => {
  test.each([
    [['isuer'], 'unknown command'],
    [['issuer', 'init'], '--name'],
    [['issuer', 'publish', '--issuer', 'issuer', '--valid-for', 'soon'], '--valid-for'],
    [['issuer', 'issue', '--issuer', 'issuer', '--out', 'x'], '--subject'],
    [['keys', 'show', '--all'], '--all'],
    [['policy', 'explain', 'gift.json', '--schema', 'person.json', '--on', '2026-02-29'], '--on'],
  ])('%j', async (args, named) => {
    const { code, error, line } = await failure(args)
    expect([code, error]).toEqual([2, 'USAGE'])
    expect(line).toContain(named)
  })

  test('a missing command', async () => {
    for (const args of [[], ['issuer']]) {
      const outcome = await terminal.run(args)
      expect([outcome.code, outcome.stdout, errorCode(outcome)]).toEqual([2, '', 'USAGE'])
      expect(outcome.stderr).toContain('expected a command')
    }
  })

  // Names of requests are random: one in 4,096 begins with -V. It was taken for --version, and
  // exit code 0 means that a presentation is accepted.
  test('a value that looks like an option of the program is a value', async () => {
    const folder = at('verifier-of-nothing')
    mkdirSync(folder)
    terminal.text('answer.jws', 'a.b.c')
    for (const id of [
      '-V',
      '-VbcdefghijklmnopqrstuA',
      '--version',
      '-h',
      '-hbcdefghijklmnop',
      '--',
    ]) {
      const verify = ['verifier', 'verify', '--state', folder, '--request', id, at('answer.jws')]
      const outcome = await terminal.run(verify)
      expect([id, outcome.code, outcome.stdout]).toEqual([id, 1, ''])
      expect(outcome.stderr).toContain('no request of this id')
    }
  })

  test('the version is told to those who ask the program itself', async () => {
    for (const flag of ['-V', '--version']) {
      const { code, stdout } = await terminal.run([flag])
      expect([code, stdout]).toEqual([0, `${packageJson.version}\n`])
      const { code: refused, error } = await failure(['keys', 'show', flag])
      expect([refused, error]).toEqual([2, 'USAGE'])
    }
  })

  test('help is no mistake', async () => {
    for (const args of [['--help'], ['issuer', '--help'], ['holder', 'prove', '--help']]) {
      const { code, stdout, stderr } = await terminal.run(args)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toContain('Usage: zerocard')
    }
  })

  // Whoever sends an answer may have named the file, and exit code 0 says that it is accepted.
  test('help in the place of an answer is a wrong call', async () => {
    const verify = ['verifier', 'verify', '--state', terminal.folder, '--request', 'one']
    for (const file of ['-h', '--help']) {
      const { code, stdout } = await terminal.run([...verify, file])
      expect([file, code]).toEqual([file, 2])
      expect(stdout).toContain('Usage: zerocard verifier verify')
    }
  })
})

describe('policies', () => {
  test('that are no JSON', async () => {
    terminal.text('broken.json', '{ "id": "gift@1",\n "purpose" }')
    const { code, error, line } = await failure(explain('broken.json'))
    expect([code, error]).toEqual([1, 'INPUT_INVALID'])
    expect(line).toMatch(/broken\.json: not JSON, at .*line 2/)
  })

  test('that speak of an unknown attribute', async () => {
    terminal.json('typo.json', gift({ where: { any: [{ age: 'person.birthdate', atLeast: 18 }] } }))
    const { code, error, line } = await failure(explain('typo.json'))
    expect([code, error]).toEqual([1, 'POLICY_INVALID'])
    expect(line).toContain('policy.where.any[0].age: no attribute "birthdate" in schema person/1')
  })

  test('that are too large for the circuit', async () => {
    const sizes = Array.from({ length: 9 }, (_, i) => ({
      attribute: 'person.householdSize',
      eq: 3 * i,
    }))
    const regions = ['a', 'b', 'c'].map((prefix) => ({ attribute: 'person.region', prefix }))
    const where = {
      all: [{ any: regions }, { any: sizes }, { age: 'person.birthDate', atLeast: 18 }],
    }
    terminal.json('large.json', gift({ where }))
    for (const args of [
      explain('large.json'),
      request.map((part) => part.replace('gift.json', 'large.json')),
    ]) {
      const { code, error, line } = await failure(args)
      expect([code, error]).toEqual([1, 'POLICY_TOO_LARGE'])
      expect(line).toMatch(/does not fit eligibility-1: needs \d+ of \d+ comparisons/)
    }
    expect(readdirSync(terminal.folder)).not.toContain('request.json')
  })

  test('that name a list which is not given', async () => {
    terminal.json(
      'other.json',
      gift({ credentials: { person: { schema: 'person/1', trust: 'others' } } }),
    )
    const { code, error, line } = await failure(
      request.map((part) => part.replace('gift.json', 'other.json')),
    )
    expect([code, error]).toEqual([1, 'INPUT_INVALID'])
    expect(line).toContain('no list others among --trust')
  })

  test('that are right are explained, from the named files alone', async () => {
    const { code, stdout } = await terminal.run(explain('gift.json'), {
      ZEROCARD_ARTIFACTS: at('nowhere'),
    })
    expect(code).toBe(0)
    expect(stdout).toContain('You are 18 or older')
    expect(stdout).toMatch(/Circuit eligibility-1: 1 of \d+ comparisons/)
    const { use, sentence } = await terminal.ok(explain('gift.json'))
    expect(use).toMatchObject({ circuit: 'eligibility-1', isFitting: true })
    expect(sentence).toHaveProperty('learned')
  })
})

describe('registers', () => {
  const header = 'subject,birthDate,region,householdSize,isStudent'

  test('with bad rows: every one is named by line and field, and nothing is issued', async () => {
    mkdirSync(at('requests'))
    const rows = [
      'P1,1990-05-17,"Upper, Lower",3,false',
      'P2,1990-02-30,X,3,false',
      'P3,1990-05-17,X,-1,yes',
      'P4,1990-05-17,X,3',
      'P1,1990-05-17,X,3,false',
    ]
    terminal.text('register.csv', [header, ...rows, ''].join('\r\n'))
    const { code, error, line } = await failure(bulk('register.csv'))
    expect([code, error]).toEqual([1, 'INPUT_INVALID'])
    expect(line).toContain('line 3, birthDate: no such date in the calendar')
    const { stdout } = await terminal.run([...bulk('register.csv'), '--json'])
    const { problems } = (
      JSON.parse(stdout) as { error: { problems: { line: number; column?: string }[] } }
    ).error
    expect(problems.map(({ line: at, column }) => [at, column])).toEqual([
      [3, 'birthDate'],
      [4, 'householdSize'],
      [4, 'isStudent'],
      [5, undefined],
      [6, 'subject'],
    ])
    expect(readdirSync(terminal.folder)).not.toContain('credentials')
  })

  test.each([
    ['an unknown column', `${header},shoeSize\nP1,1990-05-17,X,3,false,42\n`, 'line 1, shoeSize'],
    [
      'a missing column',
      'subject,birthDate,region,householdSize\nP1,1990-05-17,X,3\n',
      'line 1, isStudent',
    ],
    ['a quote that is never closed', `${header}\nP1,1990-05-17,"X,3,false\n`, 'line 2, field 3'],
    ['a subject that is a path', `${header}\n../P1,1990-05-17,X,3,false\n`, 'line 2, subject'],
    ['nothing in it', '', 'empty'],
  ])('with %s', async (_, text, place) => {
    terminal.text('bad.csv', text)
    const { code, error, line } = await failure(bulk('bad.csv'))
    expect([code, error]).toEqual([1, 'INPUT_INVALID'])
    expect(line).toContain(place)
  })
})

describe('damaged and missing files', () => {
  const brokenKey = '{ "format": "zerocard-signing-key/1", "schema": "person/1"'

  test('a key file of the issuer', async () => {
    cpSync(at('issuer'), at('damaged'), { recursive: true })
    writeFileSync(at('damaged', 'keys', 'person-1.json'), brokenKey)
    terminal.text('register.csv', 'subject,birthDate,region,householdSize,isStudent\n')
    const { code, error, line } = await failure(
      bulk('register.csv').map((part) => part.replace(at('issuer'), at('damaged'))),
    )
    expect([code, error]).toEqual([1, 'KEY_INVALID'])
    expect(line).toContain('person-1.json: not JSON')
    const document = at('damaged', 'keys', 'document.json')
    writeFileSync(
      document,
      readFileSync(document, 'utf8').replace(
        /"x": "./,
        (text) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`,
      ),
    )
    const publish = await failure(['issuer', 'publish', '--issuer', at('damaged')])
    expect([publish.code, publish.error]).toEqual([1, 'KEY_INVALID'])
    expect(publish.line).toContain('document.json')
  })

  test('a verification key and a manifest', async () => {
    const { folder, manifest } = artifactPlace()
    const copy = at('artifacts')
    mkdirSync(copy)
    cpSync(manifest, `${copy}/manifest.json`)
    for (const circuit of ['eligibility-1', 'eligibility-3', 'enrolment']) {
      mkdirSync(`${copy}/${circuit}`)
      for (const name of readdirSync(`${folder}/${circuit}`))
        symlinkSync(`${folder}/${circuit}/${name}`, `${copy}/${circuit}/${name}`)
    }
    const env = { ZEROCARD_ARTIFACTS: copy }
    expect((await terminal.run(request, env)).code).toBe(0)
    const key = readFileSync(`${folder}/eligibility-1/eligibility-1.vkey.json`, 'utf8')
    const place = `${copy}/eligibility-1/eligibility-1.vkey.json`
    cpSync(at('person.json'), place, { force: true, dereference: true })
    expect(key).not.toBe(readFileSync(place, 'utf8'))
    const damaged = await failure(request, env)
    expect([damaged.code, damaged.error]).toEqual([1, 'ARTIFACT_INVALID'])
    expect(damaged.line).toContain('eligibility-1.vkey.json: expected SHA-256')
    const missing = await failure(request, { ZEROCARD_ARTIFACTS: at('nowhere') })
    expect([missing.code, missing.error]).toEqual([1, 'ARTIFACT_INVALID'])
    expect(missing.line).toContain('npm run build')
  })

  test('a phrase with a wrong word: the word is not repeated', async () => {
    terminal.text('phrase.txt', `${'abandon '.repeat(23)}xylophonist`)
    const init = ['holder', 'init', '--wallet', at('wallet'), '--phrase-file', at('phrase.txt')]
    const { code, error, line } = await failure(init)
    expect([code, error]).toEqual([1, 'PHRASE_INVALID'])
    expect(line).not.toMatch(/xylophonist|abandon/)
    expect(readdirSync(terminal.folder)).not.toContain('wallet')
  })

  test('a state file of another kind', async () => {
    mkdirSync(at('state'))
    cpSync(at('issuer', 'register.sqlite'), at('state', 'verifier.sqlite'))
    const { code, error, line } = await failure(
      request.map((part) => part.replace(at('verifier'), at('state'))),
    )
    expect([code, error]).toEqual([1, 'DATABASE_INVALID'])
    expect(line).toContain("not a verifier's state")
  })

  test('a trust list with another root, and a folder that exists', async () => {
    const list = JSON.parse(readFileSync(at('trust.json'), 'utf8')) as object
    terminal.json('forged.json', { ...list, root: '1' })
    const forged = await failure(request.map((part) => part.replace('trust.json', 'forged.json')))
    expect([forged.code, forged.error]).toEqual([1, 'TRUST_INVALID'])
    const init = [
      'issuer',
      'init',
      '--name',
      'x',
      '--schema',
      at('person.json'),
      '--out',
      at('issuer'),
    ]
    const existing = await failure(init)
    expect([existing.code, existing.error]).toEqual([1, 'INPUT_INVALID'])
    expect(existing.line).toContain('exists already')
  })

  test('leave nothing unfinished behind', () => {
    const names = readdirSync(terminal.folder, { recursive: true }).map(String)
    expect(names.filter((name) => /\.tmp$|(^|\/)\.[^/]*$/.test(name))).toEqual([])
  })
})

describe('production', () => {
  const production = { ZEROCARD_ENV: 'production' }

  test('refuses development keys wherever proofs are believed', async () => {
    const verify = [
      'verifier',
      'verify',
      '--state',
      at('issuer'),
      '--request',
      'x',
      at('trust.json'),
    ]
    for (const args of [request, verify, ['demo']]) {
      const { code, error, line } = await failure(args, production)
      expect([code, error]).toEqual([1, 'KEY_FORGEABLE'])
      expect(line).toContain('anybody can forge')
    }
  })

  test('is not mistaken for another word', async () => {
    const { code, error } = await failure(request, { ZEROCARD_ENV: 'prod' })
    expect([code, error]).toEqual([2, 'USAGE'])
  })

  test('development keys are named as what they are', async () => {
    const { code, stdout } = await terminal.run(['keys', 'show'])
    expect(code).toBe(0)
    expect(stdout).toContain('DEVELOPMENT KEYS: anybody can forge')
    const shown = await terminal.ok(['keys', 'show'])
    expect(shown).toMatchObject({ kind: 'development', forgeable: true })
    expect(Object.keys(shown['circuits'] as object).sort()).toEqual([
      'eligibility-1',
      'eligibility-3',
      'enrolment',
    ])
  })
})
