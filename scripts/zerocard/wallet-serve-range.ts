/** A part of a file, first and last byte counted from 0. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * Reads a `Range` header (RFC 9110, 14.2). Several ranges in one are not supported: a server may
 * send the whole instead.
 *
 * @returns Undefined for the whole, `none` for a part that is not there.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'none' | undefined {
  const match = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header ?? '')
  const [, from = '', to = ''] = match ?? []
  if (match === null || (from === '' && to === '')) return undefined
  if (from === '') {
    return Number(to) === 0 || size === 0
      ? 'none'
      : { first: Math.max(size - Number(to), 0), last: size - 1 }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return undefined
  if (first >= size) return 'none'
  return { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) }
}
