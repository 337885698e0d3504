import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { cached } from '../http/cached.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'

// Files that pages load from their own site, under names that tell the content.

/** A file as a page names it. */
export interface ServedFile {
  /** Names the content, so that caches may keep it for ever. */
  readonly src: string
  /** For the attribute `integrity` (Subresource Integrity), SHA-384. */
  readonly integrity: string
}

/** Characters of base64url: 96 bits, so that no two files share one. */
const VERSION_LENGTH = 16

/** @param path - Where it is served, with an origin if that is another than the page's. */
export function servedFile(content: Uint8Array, path: string): ServedFile {
  const integrity = `sha384-${createHash('sha384').update(content).digest('base64')}`
  return { src: `${path}?v=${versionOf(content)}`, integrity }
}

/**
 * Serves a text file, also to pages of other origins.
 *
 * @param type - Media type, without the character set.
 */
export function fileRoute(
  content: Uint8Array,
  path: string,
  type: 'text/javascript' | 'text/css',
  summary: string,
): Route {
  const version = versionOf(content)
  const text = new TextDecoder().decode(content)
  return route({
    method: 'get',
    path,
    access: 'anyone',
    isCrossOrigin: true,
    summary,
    shapes: { query: z.object({ v: z.optional(z.string().check(z.maxLength(100))) }) },
    answers: { 200: { description: 'The file', type } },
    handle: (request) => {
      const lasting = request.query.v === version ? 'immutable' : 'changing'
      return cached(request, text, `${type}; charset=utf-8`, lasting)
    },
  })
}

/** @throws ZerocardError with `CONFIG_INVALID` if it cannot be read. */
export function readServed(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new ZerocardError('CONFIG_INVALID', `${path}: ${what} cannot be read`, { cause })
  }
}

function versionOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, VERSION_LENGTH)
}
