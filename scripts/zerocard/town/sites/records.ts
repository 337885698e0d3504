import { DatabaseSync } from 'node:sqlite'
import { fieldText } from '../../../../core/presentation.ts'

// Reads what a site's verifier has written, as it stands in the file: a visitor is to see all of it.

/** Rows of one visit are few; of all visitors only the newest are shown. */
const MAX_ROWS = 20

/** A code that somebody is known by at a site. */
export interface UsedName {
  /** 43 characters of base64url, as sites are told it. */
  readonly pseudonym: string
  /** When it was first seen, seconds since 1970-01-01 UTC. */
  readonly seenAt: number
}

export class VerifierRecords {
  readonly #path: string

  /** @param path - The verifier's SQLite file. */
  constructor(path: string) {
    this.#path = path
  }

  /** The row of a session, every column; undefined if it is gone. */
  session(id: string): unknown {
    return this.#read((database) =>
      database.prepare('SELECT * FROM verifier_sessions WHERE id = ?').get(id),
    )
  }

  /** Rows of codes, newest first, every column. */
  uses(): readonly unknown[] {
    return this.#read((database) =>
      database.prepare('SELECT * FROM verifier_uses ORDER BY seen_at DESC LIMIT ?').all(MAX_ROWS),
    )
  }

  /** How many codes were used in all. */
  countUses(): number {
    const row = this.#read((database) =>
      database.prepare('SELECT count(*) AS count FROM verifier_uses').get(),
    )
    return Number(row?.['count'])
  }

  /** The newest codes, as the site's pages speak of them. */
  names(): readonly UsedName[] {
    return this.uses().map((row) => {
      const { pseudonym, seen_at: seenAt } = row as { pseudonym: string; seen_at: number }
      return { pseudonym: fieldText(BigInt(pseudonym)), seenAt }
    })
  }

  #read<T>(work: (database: DatabaseSync) => T): T {
    const database = new DatabaseSync(this.#path, { readOnly: true })
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
}
