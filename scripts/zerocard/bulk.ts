import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { credentialToJson } from '../../core/credential.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { CheckedApplication, Issuer } from '../../server/issuer/issuer.ts'
import type { IssuerStore } from '../../server/issuer/store.ts'
import { InputProblems } from '../../server/input-problems.ts'
import type { InputProblem } from '../../server/input-problems.ts'
import {
  SECRET,
  ensureFolder,
  explained,
  readJson,
  readText,
  removeUnfinished,
  writeWhole,
} from './files.ts'
import { parseEnrolmentFile } from './messages.ts'
import type { EnrolmentFile } from './messages.ts'
import type { Progress } from './progress.ts'
import type { RegisterRow } from './register.ts'
import { applicationFor } from './application.ts'
import type { Terms } from './application.ts'

export interface BulkJob {
  readonly issuer: Issuer
  readonly store: IssuerStore
  readonly rows: readonly RegisterRow[]
  /** The register's path, for messages. */
  readonly register: string
  /** Folder of enrolment requests, one `<subject>.json` a person. */
  readonly requests: string
  /** Folder that gets one `<subject>.json` a credential. */
  readonly out: string
  readonly terms: Terms
  readonly progress: Progress
}

export interface BulkResult {
  /** Credentials written now. */
  readonly issued: number
  /** Credentials that an earlier run wrote. */
  readonly alreadyThere: number
  /** People in the register who have sent no request. */
  readonly waiting: number
  /** Requests of nobody in the register, by file name. */
  readonly strangers: readonly string[]
}

/**
 * Issues a credential to everybody in a register who has sent a request. Everything is checked
 * before the first is issued. Each credential is recorded, then written; after a sudden end the
 * same command goes on where it stopped and gives the recorded ones the same content again.
 *
 * @throws ZerocardError with `INPUT_INVALID`: all bad rows in one {@link InputProblems}.
 */
export async function issueInBulk(job: BulkJob): Promise<BulkResult> {
  const subjects = new Set(job.rows.map(({ subject }) => `${subject}.json`))
  const files = explained(job.requests, () => readdirSync(job.requests))
  const requests = new Set(files.filter((name) => name.endsWith('.json')))
  const rows = job.rows.filter(({ subject }) => requests.has(`${subject}.json`))
  const applications = await checkRows(job, rows)
  const issued = await issueAll(job, applications)
  return {
    issued,
    alreadyThere: applications.length - issued,
    waiting: job.rows.length - rows.length,
    strangers: [...requests].filter((name) => !subjects.has(name)).sort(),
  }
}

async function checkRows(
  job: BulkJob,
  rows: readonly RegisterRow[],
): Promise<CheckedApplication[]> {
  const problems: InputProblem[] = []
  const applications: CheckedApplication[] = []
  const secrets = new Map<bigint, number>()
  for (const [i, row] of rows.entries()) {
    job.progress.update(i / rows.length, `checking ${String(i + 1)} of ${String(rows.length)}`)
    try {
      const request = readJson(join(job.requests, `${row.subject}.json`), parseEnrolmentFile)
      assertOwnSecret(secrets, request, row.line)
      const application = await applicationFor(job.store, row, request, job.terms)
      applications.push(await job.issuer.check(application))
    } catch (error) {
      if (!(error instanceof ZerocardError)) throw error
      problems.push({ line: row.line, message: error.message })
    }
  }
  if (problems.length > 0) throw new InputProblems(job.register, problems)
  return applications
}

/** Two people of one register cannot have one secret; the issuer's memory knows only earlier ones. */
function assertOwnSecret(secrets: Map<bigint, number>, { tag }: EnrolmentFile, line: number): void {
  const other = secrets.get(tag)
  if (other !== undefined) {
    const message = `the request is made with the same secret as that of line ${String(other)}`
    throw new ZerocardError('ENROLMENT_INVALID', message)
  }
  secrets.set(tag, line)
}

async function issueAll(
  job: BulkJob,
  applications: readonly CheckedApplication[],
): Promise<number> {
  ensureFolder(job.out, SECRET)
  removeUnfinished(job.out)
  let issued = 0
  for (const [i, application] of applications.entries()) {
    job.progress.update(
      i / applications.length,
      `issuing ${String(i + 1)} of ${String(applications.length)}`,
    )
    const credential = await job.issuer.issue(application, job.terms.now)
    const text = `${JSON.stringify(credentialToJson(credential), null, 2)}\n`
    const path = join(job.out, `${application.subject}.json`)
    if (existsSync(path) && readText(path) === text) continue
    writeWhole(path, text, SECRET)
    issued += 1
  }
  return issued
}
