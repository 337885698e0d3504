import type { Command } from 'commander'
import { createWalletHttp, requestJson } from '../../client/http.ts'
import type { WalletHttp } from '../../client/http.ts'
import { fetchSeenDocument, fetchTile, fetchWitness } from '../../client/status-log.ts'
import { documentKeyId } from '../../client/status-log.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import { MAX_STATUS_BYTES, readOldStatus, readStatus } from '../../core/status.ts'
import type { StatusIssuer } from '../../core/status.ts'
import {
  checkFork,
  compareStatus,
  documentHash,
  forkEvidence,
  newLog,
  readLog,
} from '../../core/status-log.ts'
import type { FollowedLog, ForkEvidence, SignedStatus } from '../../core/status-log.ts'
import { jwkJson } from '../../core/trust.ts'
import type { WitnessedIssuer } from '../../core/witness-log.ts'
import * as z from '../../core/zod.ts'
import { addCommand, isoTime, runs } from './command.ts'
import type { Context } from './command.ts'
import { PUBLIC, namedAsync, readJson, writeJson } from './files.ts'
import { counted, printableValue } from './output.ts'
import type { Result } from './output.ts'

/** Bytes of what an issuer says of itself. */
const MAX_ISSUER_BYTES = 256 * 1024

const KINDS: Readonly<Record<ForkEvidence['because']['kind'], string>> = {
  'same-epoch': 'they are two documents of one epoch',
  'left-out': 'the first is not in the log that the second has signed',
  rewritten: 'the log of the second begins with another one than the first has signed',
  'not-continued': 'the second comes next, and does not continue the log of the first',
}

export function addLogCommands(group: Command): void {
  runs(
    addCommand(
      group,
      'show <issuer>',
      "read an issuer's public log: what stands last, and its root",
    ),
    show,
  )
  runs(
    addCommand(
      group,
      'compare <issuer> <witness>',
      "compare an issuer's public log with what a witness has seen",
    ).option('--out <file>', 'where evidence goes if they contradict each other', 'evidence.json'),
    compare,
  )
  runs(
    addCommand(group, 'check <evidence>', 'check evidence that an issuer has told two stories'),
    check,
  )
}

async function show(_: object, { now }: Context, issuer = ''): Promise<Result> {
  const http = httpOf()
  const { newest } = await readIssuer(issuer, now, http)
  const log = await openLog(issuer, newest, newest.status.epoch, http)
  const { epoch, issuedAt, log: root, keys } = log.newest.status
  const hash = documentHash(log.newest.text)
  return {
    text: [
      `${issuer}: epoch ${String(epoch)} of ${isoTime(issuedAt)}, ${String(keys.length)} keys`,
      `  document ${hash}`,
      `  all before ${root}`,
    ].join('\n'),
    json: { issuer, epoch, issuedAt, document: hash, log: root },
  }
}

async function compare(
  { out }: { readonly out: string },
  { now }: Context,
  issuer = '',
  witness = '',
): Promise<Result> {
  const http = httpOf()
  const { from, newest } = await readIssuer(issuer, now, http)
  const said = await fetchWitness(witness, http, now)
  const key = await documentKeyId(from.jwk)
  const seen = said.issuers.find((one) => one.issuer === issuer && one.key === key)
  if (seen === undefined) {
    throw new ZerocardError(
      'NOT_FOUND',
      `${witness} has seen no document of ${issuer} under its key`,
    )
  }
  // An issuer chooses its epochs: what was seen is compared however far back it is.
  const oldest = Math.min(...seen.documents.map(({ epoch }) => epoch))
  const log = await openLog(issuer, newest, oldest, http)
  const count = await countSame(log, from, witness, seen, http, out)
  const { epoch } = newest.status
  const last = seen.documents.at(-1)?.epoch ?? 0
  if (count === 0) {
    throw new ZerocardError(
      'NOT_FOUND',
      `nothing was compared: ${issuer} is at epoch ${String(epoch)}, and ${witness} names later ones only`,
    )
  }
  return {
    text: [
      `${issuer} and ${witness} tell one story: ${counted(count, 'document')} compared`,
      `  the issuer is at epoch ${String(epoch)}, the witness has seen epoch ${String(last)}`,
    ].join('\n'),
    json: { issuer, witness, epoch, seen: last, same: count },
  }
}

async function check(_: object, _context: Context, path = ''): Promise<Result> {
  const json = readJson(path, (it) => it)
  const { evidence, epochs } = await namedAsync(path, () => checkFork(json))
  const { issuer, because, jwk } = evidence
  const [first, second] = epochs
  // Evidence brings its key along: anybody can sign two stories in the name of an issuer.
  const key = await documentKeyId(jwk)
  return {
    text:
      `${printableValue(issuer)} has told two stories, if ${key} is its key: it has signed documents ` +
      `of the epochs ${String(first)} and ${String(second)}, and ${KINDS[because.kind]}.`,
    json: { issuer, kind: because.kind, epochs, key, jwk },
  }
}

/**
 * @returns How many documents were compared.
 * @throws ZerocardError with `LOG_FORKED`, after the evidence was written.
 */
async function countSame(
  log: FollowedLog,
  from: StatusIssuer,
  witness: string,
  { documents }: WitnessedIssuer,
  http: WalletHttp,
  out: string,
): Promise<number> {
  const { base, leaves } = log.window
  const known = documents.filter(({ epoch }) => leaves[epoch - 1 - base.size] !== undefined)
  const others = known.filter(({ epoch, hash }) => leaves[epoch - 1 - base.size] !== hash)
  if (others.length === 0) return known.length
  const { other, text } = await firstOf(others.toReversed(), witness, http)
  const comparison = compareStatus(log, { text, status: await readOldStatus(text, from) })
  if (typeof comparison !== 'object') {
    throw new ZerocardError('TRUST_INVALID', `${witness} says what its own document does not`)
  }
  writeJson(out, forkEvidence(from, comparison), PUBLIC)
  throw new ZerocardError(
    'LOG_FORKED',
    `${from.issuer} has told two stories, at epoch ${String(other.epoch)}: evidence in ${out}`,
  )
}

/** A witness has the words of what it has seen itself, not of what went by between two looks. */
async function firstOf(
  others: WitnessedIssuer['documents'],
  witness: string,
  http: WalletHttp,
): Promise<{ readonly other: WitnessedIssuer['documents'][number]; readonly text: string }> {
  for (const other of others) {
    try {
      return { other, text: await fetchSeenDocument(witness, other.hash, http) }
    } catch (error) {
      if (!(error instanceof ZerocardError) || error.code !== 'NOT_FOUND') throw error
    }
  }
  throw new ZerocardError('NOT_FOUND', `${witness} names other documents and has none of them`)
}

async function readIssuer(
  issuer: string,
  now: number,
  http: WalletHttp,
): Promise<{ readonly from: StatusIssuer; readonly newest: SignedStatus }> {
  const json = await requestJson(http, {
    url: `${issuer}/.well-known/zerocard-issuer`,
    maxBytes: MAX_ISSUER_BYTES,
  })
  const { jwk } = readWith(z.object({ jwk: jwkJson }), json, 'FETCH_FAILED', 'issuer')
  const from = { issuer, jwk }
  const answer = await http.request({
    url: `${issuer}/status`,
    types: ['application/jwt'],
    maxBytes: MAX_STATUS_BYTES,
  })
  const text = answer.trim()
  return { from, newest: { text, status: await readStatus(text, from, now) } }
}

/** @param oldest - The epoch from which on the log is needed. */
async function openLog(
  issuer: string,
  newest: SignedStatus,
  oldest: number,
  http: WalletHttp,
): Promise<FollowedLog> {
  return newLog(newest) ?? readLog(newest, oldest, (tile) => fetchTile(issuer, tile, http))
}

/** Services of this machine may be asked, too. */
function httpOf(): WalletHttp {
  return createWalletHttp({ fetch: (url, init) => fetch(url, init), allowLoopback: true })
}
