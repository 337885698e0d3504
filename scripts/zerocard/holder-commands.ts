import type { Command } from 'commander'
import { parseCredential } from '../../core/credential.ts'
import { isoFromDay } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { acceptCredential, requestCredential } from '../../client/holder.ts'
import { createProver } from '../../client/prover.ts'
import { createPairingVerifier } from '../../server/pairing.ts'
import { openArtifacts, withWarning } from './artifacts.ts'
import { spawnHelper } from './sum-helper.ts'
import { addCommand, isoTime, runs } from './command.ts'
import type { Context } from './command.ts'
import { PUBLIC, named, readJson, readText, writeJson } from './files.ts'
import { enrolmentToJson, parseIssuerFile } from './messages.ts'
import { counted } from './output.ts'
import type { Result } from './output.ts'
import { addProveCommand } from './prove-command.ts'
import { Wallet, createWallet } from './wallet.ts'

export function addHolderCommands(group: Command): void {
  runs(
    addCommand(group, 'init', 'make a wallet with a new secret, or restore one from its 24 words')
      .requiredOption('--wallet <folder>', 'the folder to make')
      .option('--phrase-file <file>', 'restore: a file with the 24 words')
      .option('--show-phrase', 'print the 24 words, to be written on paper'),
    init,
  )
  runs(
    addCommand(group, 'request', 'ask an issuer for a credential: write an enrolment request')
      .requiredOption('--wallet <folder>', 'your wallet')
      .requiredOption('--issuer <file>', "the issuer's public file")
      .requiredOption('--nonce <text>', 'the challenge the issuer gave you')
      .requiredOption('--out <file>', 'the request to write'),
    request,
  )
  runs(
    addCommand(group, 'accept <credential>', 'check a credential and keep it').requiredOption(
      '--wallet <folder>',
      'your wallet',
    ),
    accept,
  )
  runs(
    addCommand(group, 'show', 'list what the wallet holds, without secrets').requiredOption(
      '--wallet <folder>',
      'your wallet',
    ),
    show,
  )
  addProveCommand(group)
}

async function init(options: {
  readonly wallet: string
  readonly phraseFile?: string
  readonly showPhrase?: true
}): Promise<Result> {
  const { wallet, phraseFile } = options
  const restored = phraseFile === undefined ? undefined : readText(phraseFile)
  const phrase = await createWallet(wallet, restored)
  const isShown = options.showPhrase === true
  const origin = restored === undefined ? 'with a new secret' : 'from its phrase'
  return {
    text: [
      `Made the wallet ${wallet} ${origin}.`,
      ...(isShown
        ? ['Whoever has these words is you. Write them on paper:', '', ...inRows(phrase)]
        : [`Your 24 words are in ${wallet}/phrase.txt: whoever has them is you.`]),
    ].join('\n'),
    json: { wallet, isRestored: restored !== undefined, ...(isShown ? { phrase } : {}) },
  }
}

async function request(
  options: {
    readonly wallet: string
    readonly issuer: string
    readonly nonce: string
    readonly out: string
  },
  { now, progress }: Context,
): Promise<Result> {
  if (options.nonce.length < 1 || options.nonce.length > 200) {
    throw new ZerocardError('USAGE', '--nonce: expected 1 to 200 characters')
  }
  const file = readJson(options.issuer, parseIssuerFile)
  const { issuer } = file
  const { nonce, out } = options
  const wallet = Wallet.open(options.wallet)
  try {
    named(options.issuer, () => {
      wallet.learnIssuer(file)
    })
    const { keys, source } = await openArtifacts()
    const verifyProof = await createPairingVerifier()
    progress.update(0.2, 'proving that the secret is yours')
    const tools = { prover: createProver(source, { spawnHelper }), keys, verifyProof }
    const made = await requestCredential(wallet.secret, { issuer, nonce }, tools)
    wallet.addRequest(made.request.commitment, issuer, made.blinding, now)
    writeJson(out, enrolmentToJson({ issuer, nonce, ...made.request }), PUBLIC)
    const result = {
      text: `Wrote a request for ${issuer}: ${out}`,
      json: { issuer, commitment: String(made.request.commitment), request: out },
    }
    return withWarning(result, keys)
  } finally {
    wallet.close()
  }
}

function accept(options: { readonly wallet: string }, _: Context, path = ''): Promise<Result> {
  const credential = readJson(path, parseCredential)
  const wallet = Wallet.open(options.wallet)
  try {
    const isNew = named(path, () => keep(wallet, credential))
    const { issuer, schema } = credential
    const [validFrom, validUntil] = [
      isoFromDay(credential.validFrom),
      isoFromDay(credential.validUntil),
    ]
    return Promise.resolve({
      text: `${isNew ? 'Kept' : 'Has already'} the credential ${schema} of ${issuer}, good from ${validFrom} to ${validUntil}.`,
      json: { issuer, schema, validFrom, validUntil, isNew },
    })
  } finally {
    wallet.close()
  }
}

/** @returns Whether it is new. */
function keep(wallet: Wallet, credential: ReturnType<typeof parseCredential>): boolean {
  const known = wallet.findCredential(credential.commitment)
  const asked = wallet.findRequest(credential.commitment)
  const blinding = asked?.blinding ?? known?.blinding
  if (blinding === undefined) {
    throw new ZerocardError('HOLDER_MISMATCH', 'this wallet did not ask for the credential')
  }
  const issuer = wallet.findIssuer(credential.issuer)
  const key = issuer?.keys.find(({ schema }) => schema === credential.schema)?.key
  if (
    key?.x !== credential.key.x ||
    key.y !== credential.key.y ||
    (asked && asked.issuer !== credential.issuer)
  ) {
    throw new ZerocardError(
      'CREDENTIAL_INVALID',
      'not signed with the key of the issuer that was asked',
    )
  }
  const held = acceptCredential(wallet.secret, { credential, blinding }, wallet.schemas())
  if (known === undefined) wallet.addCredential(held)
  return known === undefined
}

function show(options: { readonly wallet: string }): Promise<Result> {
  const wallet = Wallet.open(options.wallet)
  try {
    const credentials = wallet
      .credentials()
      .map(({ credential: { issuer, schema, validFrom, validUntil } }) => ({
        issuer,
        schema,
        validFrom: isoFromDay(validFrom),
        validUntil: isoFromDay(validUntil),
      }))
    const uses = wallet
      .allShownUses()
      .map(({ policy, audience, use, shownAt }) => ({ policy, audience, use, shownAt }))
    return Promise.resolve({
      text: [
        counted(credentials.length, 'credential'),
        ...credentials.map(
          ({ issuer, schema, validFrom, validUntil }) =>
            `  ${schema} of ${issuer}, ${validFrom} to ${validUntil}`,
        ),
        `${counted(uses.length, 'numbered code')} shown`,
        ...uses.map(
          ({ policy, audience, use, shownAt }) =>
            `  ${policy} to ${audience}, code ${String(use + 1)}, ${isoTime(shownAt)}`,
        ),
      ].join('\n'),
      json: { credentials, uses },
    })
  } finally {
    wallet.close()
  }
}

function inRows(phrase: string): string[] {
  const words = phrase.split(' ').map((word, i) => `${String(i + 1).padStart(2)} ${word.padEnd(9)}`)
  return Array.from(
    { length: 6 },
    (_, row) =>
      `  ${words
        .slice(4 * row, 4 * row + 4)
        .join('  ')
        .trimEnd()}`,
  )
}
