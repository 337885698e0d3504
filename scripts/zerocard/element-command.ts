import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { ZerocardError } from '../../core/errors.ts'
import { elementTag } from '../../server/express/element-routes.ts'
import { runs } from './command.ts'
import { readBytes } from './files.ts'
import type { Result } from './output.ts'

/** What `npm run build` made. */
const ELEMENT = fileURLToPath(new URL('../../artifacts/web/zero-card.js', import.meta.url))

export function defineElement(command: Command): void {
  runs(
    command
      .option('--json', 'print the result as one JSON object')
      .option('--origin <origin>', 'where the file is served, if not by the site itself')
      .option('--file <file>', 'the file that is served', ELEMENT),
    describeElement,
  )
}

/** Prints the tag that loads the element, with the hash by which browsers take no other file. */
function describeElement({
  origin = '',
  file,
}: {
  readonly origin?: string
  readonly file: string
}): Promise<Result> {
  if (origin !== '' && (!URL.canParse(origin) || new URL(origin).origin !== origin)) {
    throw new ZerocardError('USAGE', '--origin: expected an origin like https://shop.example')
  }
  const { html, src, integrity } = elementTag(readBytes(file), origin)
  return Promise.resolve({ text: html, json: { src, integrity, html, file } })
}
