import { createHash } from 'node:crypto'
import { ZerocardError } from '../../core/errors.ts'

// The wallet's page names the witnesses that it compares with, and its list of files names the page
// by its hash: both are served otherwise than they were built where there are witnesses.

const PAGE = '/index.html'
const LIST = '/web-manifest.json'

/** Where the page names its witnesses, as it is built: nobody. */
const NO_WITNESSES = '<meta name="zerocard-witnesses" content="" />'

/**
 * What is served instead, by path; nothing where there are no witnesses.
 *
 * @param witnesses - Origins, which have no character that means something in HTML.
 * @param read - The file at a path as it was built.
 * @throws ZerocardError with `CONFIG_INVALID` if the page has no place for them.
 */
export function pagesWithWitnesses(
  witnesses: readonly string[],
  read: (path: string) => Buffer | undefined,
): [path: string, bytes: Buffer][] {
  if (witnesses.length === 0) return []
  const text = read(PAGE)?.toString() ?? ''
  if (!text.includes(NO_WITNESSES)) {
    throw new ZerocardError('CONFIG_INVALID', 'index.html: has no place for the names of witnesses')
  }
  const named = NO_WITNESSES.replace('""', `"${witnesses.join(' ')}"`)
  const page = Buffer.from(text.replace(NO_WITNESSES, named))
  const list = read(LIST)
  return list === undefined
    ? [[PAGE, page]]
    : [
        [PAGE, page],
        [LIST, relisted(list, page)],
      ]
}

/** The wallet keeps its page only if it is the one that the list names. */
function relisted(list: Buffer, page: Buffer): Buffer {
  const hash = (name: string): Buffer => createHash(name).update(page).digest()
  const { files } = JSON.parse(list.toString()) as { readonly files: object }
  const entry = {
    sha256: hash('sha256').toString('hex'),
    bytes: page.length,
    integrity: `sha384-${hash('sha384').toString('base64')}`,
  }
  const changed = { files: { ...files, [PAGE.slice(1)]: entry } }
  return Buffer.from(`${JSON.stringify(changed, null, 2)}\n`)
}
