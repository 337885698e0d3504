import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { cached } from '../http/cached.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'

// The file of `<zero-card>`, served beside the site's own pages, and the tag that loads it.

/** Below every site that serves it. */
export const ELEMENT_PATH = '/zerocard/zero-card.js'

/** What a page needs to load the element's file and no other in its place. */
export interface ElementTag {
  /** Names the content, so that caches may keep it for ever. */
  readonly src: string
  /** For the attribute `integrity` (Subresource Integrity), SHA-384. */
  readonly integrity: string
  /** The whole tag, for HTML. */
  readonly html: string
}

/**
 * The tag that loads a file of the element.
 *
 * @param file - The bytes that are served.
 * @param origin - Where they are served, if not by the page's own site.
 */
export function elementTag(file: Uint8Array, origin = ''): ElementTag {
  const integrity = `sha384-${createHash('sha384').update(file).digest('base64')}`
  const src = `${origin}${ELEMENT_PATH}?v=${versionOf(file)}`
  const html = `<script type="module" src="${src}" integrity="${integrity}" crossorigin="anonymous"></script>`
  return { src, integrity, html }
}

/**
 * Serves the element's file, also to pages of other origins.
 *
 * @throws ZerocardError with `CONFIG_INVALID` if it cannot be read.
 */
export function elementRoutes(path: string): Route[] {
  const file = readFile(path)
  const version = versionOf(file)
  const text = file.toString('utf8')
  return [
    route({
      method: 'get',
      path: ELEMENT_PATH,
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'The element for pages',
      shapes: { query: z.object({ v: z.optional(z.string().check(z.maxLength(100))) }) },
      answers: { 200: { description: 'A module', type: 'text/javascript' } },
      handle: (request) => {
        const { v } = request.query
        const lasting = v === version ? 'immutable' : 'changing'
        return cached(request, text, 'text/javascript; charset=utf-8', lasting)
      },
    }),
  ]
}

/** Characters of base64url: 96 bits, so that no two files share one. */
const VERSION_LENGTH = 16

function versionOf(file: Uint8Array): string {
  return createHash('sha256').update(file).digest('base64url').slice(0, VERSION_LENGTH)
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new ZerocardError('CONFIG_INVALID', `${path}: the element cannot be read`, { cause })
  }
}
