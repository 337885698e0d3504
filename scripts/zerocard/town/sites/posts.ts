import type { DatabaseSync } from 'node:sqlite'
import { openDatabase } from '../../../../server/sqlite.ts'

/** Something that somebody wrote on a site. */
export interface Post {
  /** The pseudonym it was written under. */
  readonly author: string
  readonly text: string
}

/** Characters of one post. */
export const MAX_POST = 500
const SHOWN = 30

const POSTS = {
  name: "a site's posts",
  id: 0x7a_63_70_31,
  tables: 'CREATE TABLE posts (author TEXT NOT NULL, text TEXT NOT NULL)',
}

/** A site's own table of what its visitors wrote; beside the verifier's, which it never touches. */
export class Posts {
  readonly #database: DatabaseSync

  constructor(path: string) {
    this.#database = openDatabase(path, POSTS)
  }

  add({ author, text }: Post): void {
    this.#database
      .prepare('INSERT INTO posts (author, text) VALUES (?, ?)')
      .run(author, text.slice(0, MAX_POST))
  }

  /** @returns Whether it was the author's first; if not, it was not taken. */
  addOnce({ author, text }: Post): boolean {
    const { changes } = this.#database
      .prepare(
        'INSERT INTO posts (author, text) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM posts WHERE author = ?)',
      )
      .run(author, text.slice(0, MAX_POST), author)
    return changes === 1
  }

  has(author: string): boolean {
    return this.#database.prepare('SELECT 1 FROM posts WHERE author = ?').get(author) !== undefined
  }

  /** The newest first. */
  list(): readonly Post[] {
    const rows = this.#database
      .prepare('SELECT author, text FROM posts ORDER BY rowid DESC LIMIT ?')
      .all(SHOWN)
    return rows.map(({ author, text }) => ({ author: String(author), text: String(text) }))
  }

  close(): void {
    this.#database.close()
  }
}
