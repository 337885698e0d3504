import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestCredential } from '../../client/holder.ts'
import { generatePhrase, secretFromPhrase } from '../../client/phrase.ts'
import { checkCredential, parseCredential } from '../../core/credential.ts'
import { parseSchema } from '../../core/schema.ts'
import { enrolmentToJson } from '../../scripts/zerocard/messages.ts'
import { createPairingVerifier } from '../../server/pairing.ts'
import { IssuerStore } from '../../server/issuer/store.ts'
import { PERSON_SCHEMA, REGISTRY, Terminal, errorCode } from '../support/cli.ts'
import { keys, prover } from '../support/tools.ts'

// A register of many people, and a machine that goes down in the middle.

const PEOPLE = 14
const NONCE = 'batch-1'

const terminal = new Terminal()
const at = (...parts: readonly string[]): string => terminal.path(...parts)
const subjects = Array.from({ length: PEOPLE }, (_, i) => `P${String(i + 1).padStart(3, '0')}`)
const row = (subject: string): string => `${subject},1990-05-17,"Upper ""Lower"", Middle",3,true`
const secrets = new Map<string, bigint>()

afterAll(() => terminal.remove())

beforeAll(async () => {
  terminal.json('person.json', PERSON_SCHEMA)
  await terminal.ok([
    'issuer',
    'init',
    '--name',
    REGISTRY,
    '--schema',
    at('person.json'),
    '--out',
    at('issuer'),
  ])
  mkdirSync(at('requests'))
  for (const subject of subjects) await writeRequest(subject)
  writeRegister([...subjects, 'P998', 'P999'])
})

async function writeRequest(
  subject: string,
  secret = secretFromPhrase(generatePhrase()),
): Promise<void> {
  const verifyProof = await createPairingVerifier()
  const tools = { prover, keys, verifyProof }
  const issuer = { issuer: REGISTRY, nonce: NONCE }
  const { request } = await requestCredential(secret, issuer, tools)
  secrets.set(subject, secret)
  writeFileSync(
    at('requests', `${subject}.json`),
    JSON.stringify(enrolmentToJson({ ...issuer, ...request })),
  )
}

function writeRegister(people: readonly string[]): void {
  const header = 'subject,birthDate,region,householdSize,isStudent'
  terminal.text('register.csv', [header, ...people.map(row)].join('\r\n'))
}

const bulk = (): string[] => [
  ...['issuer', 'issue', '--issuer', at('issuer'), '--csv', at('register.csv'), '--nonce', NONCE],
  ...['--requests', at('requests'), '--out', at('credentials')],
]

function issued(): string[] {
  return existsSync(at('credentials'))
    ? readdirSync(at('credentials')).filter((name) => !name.startsWith('.'))
    : []
}

test('a request that is wrong stops the register before anything is issued', async () => {
  const last = at('requests', `${subjects.at(-1) ?? ''}.json`)
  const good = readFileSync(last, 'utf8')
  const file = JSON.parse(good) as { commitment: string }
  writeFileSync(last, JSON.stringify({ ...file, commitment: String(BigInt(file.commitment) + 1n) }))
  const outcome = await terminal.run(bulk())
  expect([outcome.code, errorCode(outcome)]).toEqual([1, 'INPUT_INVALID'])
  expect(outcome.stderr).toContain(`line ${String(PEOPLE + 1)}: the enrolment proof does not show`)
  expect(issued()).toEqual([])
  writeFileSync(last, good)
})

test('two people with one secret stop the register as well', async () => {
  const [first = '', second = ''] = subjects
  const path = at('requests', `${second}.json`)
  const good = readFileSync(path, 'utf8')
  await writeRequest(second, secrets.get(first))
  const outcome = await terminal.run(bulk())
  expect([outcome.code, errorCode(outcome)]).toEqual([1, 'INPUT_INVALID'])
  expect(outcome.stderr).toContain(
    'line 3: the request is made with the same secret as that of line 2',
  )
  expect(issued()).toEqual([])
  writeFileSync(path, good)
})

test('after kill -9 in the middle the same command loses and doubles nothing', async () => {
  for (const enough of [2, 7]) {
    const { kill, outcome } = terminal.start(bulk())
    while (issued().length < enough) await setTimeout(2)
    kill()
    expect((await outcome).code).toBeNull()
  }
  const interrupted = new Map(
    issued().map((name) => [name, readFileSync(at('credentials', name), 'utf8')]),
  )
  expect(interrupted.size).toBeLessThan(PEOPLE)
  const result = await terminal.ok(bulk())
  expect(result).toMatchObject({ alreadyThere: interrupted.size, waiting: 2, strangers: [] })
  expect(readdirSync(at('credentials')).sort()).toEqual(
    subjects.map((subject) => `${subject}.json`),
  )
  for (const [name, text] of interrupted)
    expect(readFileSync(at('credentials', name), 'utf8')).toBe(text)
  await expectRegisterToAgree()
  expect(await terminal.ok(bulk())).toMatchObject({ issued: 0, alreadyThere: PEOPLE, waiting: 2 })
})

test('people who come later are issued theirs, the others keep what they have', async () => {
  await writeRequest('P998')
  await writeRequest('P777')
  const result = await terminal.ok(bulk())
  expect(result).toMatchObject({
    issued: 1,
    alreadyThere: PEOPLE,
    waiting: 1,
    strangers: ['P777.json'],
  })
})

test('one credential is revoked by its number', async () => {
  const { revocationId } = parseCredential(
    JSON.parse(readFileSync(at('credentials', 'P001.json'), 'utf8')),
  )
  const revoke = ['issuer', 'revoke', '--issuer', at('issuer'), '--number', String(revocationId)]
  expect(await terminal.ok(revoke)).toEqual({
    revoked: [{ schema: 'person/1', revocationId: String(revocationId) }],
  })
  const published = await terminal.ok([
    'issuer',
    'publish',
    '--issuer',
    at('issuer'),
    '--valid-for',
    '24h',
  ])
  expect(published).toMatchObject({ epoch: 1, revoked: { 'person/1': 1 } })
})

/** Each credential verifies, and is in the register once, with a number of its own. */
async function expectRegisterToAgree(): Promise<void> {
  const schema = parseSchema(PERSON_SCHEMA)
  const store = await IssuerStore.open(`sqlite:${at('issuer', 'register.sqlite')}`, REGISTRY)
  const numbers = new Set<bigint>()
  for (const subject of subjects) {
    const credential = parseCredential(
      JSON.parse(readFileSync(at('credentials', `${subject}.json`), 'utf8')),
    )
    checkCredential(credential, schema)
    expect(credential.attributes['region']).toBe('Upper "Lower", Middle')
    const recorded = await store.listBySubject(subject)
    expect(recorded.map(({ revocationId }) => revocationId)).toEqual([credential.revocationId])
    numbers.add(credential.revocationId)
  }
  await store.close()
  expect(numbers.size).toBe(PEOPLE)
}
