import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { ZerocardError } from '../../core/errors.ts'
import { TOKEN_PREFIX, hashToken } from '../../server/http/access.ts'
import { collected, runs } from './command.ts'
import type { Result } from './output.ts'

/** Bytes of randomness in a token. */
const TOKEN_BYTES = 32

export function defineToken(command: Command): void {
  runs(
    command
      .option('--json', 'print the result as one JSON object')
      .requiredOption('--name <name>', 'whose it is, for logs: a short plain name')
      .requiredOption('--role <role...>', 'what it is good for', collected),
    makeToken,
  )
}

/** Makes a token and what a service's configuration has in its place. */
function makeToken(options: {
  readonly name: string
  readonly role: readonly string[]
}): Promise<Result> {
  for (const text of [options.name, ...options.role]) {
    if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)) continue
    throw new ZerocardError('USAGE', 'expected names of lower-case letters, digits, dots, hyphens')
  }
  const token = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url')
  const entry = { name: options.name, roles: options.role, sha256: hashToken(token) }
  return Promise.resolve({
    text: [
      `Token, shown this once: ${token}`,
      'Give it to whoever is to call, and put this into "tokens" of the service\'s configuration:',
      JSON.stringify(entry),
    ].join('\n'),
    json: { token, entry },
  })
}
