// Tests that a document names as its evidence, like `test/a.test.ts › a group › a test`. Where a
// title varies, in a table of cases or otherwise, the document writes `…`.

export interface NamedTest {
  /** From the project's root. */
  readonly file: string
  /** Titles from outside to inside; the first may be any group, the last may be a group too. */
  readonly titles: readonly string[]
  /** Belongs to the deep run alone: the document writes `(deep)` behind it. */
  readonly isDeep: boolean
}

/** A test of a run, with its groups, from outside to inside. */
export interface RunTest {
  readonly titles: readonly string[]
  readonly hasRun: boolean
}

const NAMED = /`(test\/[^`›]+?\.ts) › ([^`]+)`( \(deep\))?/g

export function namedTests(document: string): NamedTest[] {
  return [...document.matchAll(NAMED)].map(([, file = '', titles = '', deep]) => ({
    file: file.trim(),
    titles: titles.split(' › ').map((title) => title.trim()),
    isDeep: deep !== undefined,
  }))
}

/**
 * What a run did not show, one sentence each.
 *
 * @param tests - Of the run, by file.
 * @param isWhole - Whether the run has all files, or some that somebody chose.
 */
export function unproven(
  named: readonly NamedTest[],
  tests: ReadonlyMap<string, readonly RunTest[]>,
  isWhole: boolean,
): string[] {
  return named.flatMap(({ file, titles, isDeep }) => {
    const all = tests.get(file)
    if (all === undefined) return isWhole && !isDeep ? [`${file} did not run`] : []
    const meant = all.filter((test) => isNamed(test.titles, titles))
    const name = `${file} › ${titles.join(' › ')}`
    if (meant.length === 0) return isDeep ? [] : [`${name}: there is no such test`]
    return meant.every(({ hasRun }) => hasRun) ? [] : [`${name}: did not run`]
  })
}

/** Whether a title of a source, in which placeholders vary, is the one a document means. */
export function isTitle(source: string, named: string): boolean {
  return withoutPlaceholders(source) === named
}

/** `%s`, `$name` and `${expression}` as the document writes them. */
function withoutPlaceholders(source: string): string {
  return source.replace(/%[sdifjoO#]|\$\{[^}]*\}|\$[A-Za-z_][\w.]*/g, '…')
}

function isNamed(titles: readonly string[], named: readonly string[]): boolean {
  const patterns = named.map(patternOf)
  return titles.some((_, start) =>
    patterns.every((pattern, i) => pattern.test(titles[start + i] ?? '')),
  )
}

function patternOf(title: string): RegExp {
  const parts = title.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's')
}
