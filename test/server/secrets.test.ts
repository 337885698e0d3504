import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

// A rule about the text of the services: `===` on a secret ends at the first letter that differs.

const SERVER = fileURLToPath(new URL('../../server', import.meta.url))
/** Names of what nobody may guess. Codes of errors and the like are compared with words. */
const SECRET =
  /(^|[a-z])(token|secret|password|passphrase|mac|signature|txCode|preAuthorizedCode)$/i
/** Where they are compared, under whatever name. One more is to be added here, none goes unnoticed. */
const COMPARING = [
  'http/access.ts',
  'issuer/nonces.ts',
  'issuer/offers.ts',
  'verifier/secrets.ts',
  'verifier/webhook-signature.ts',
]

test('services compare secrets in constant time', () => {
  const files = readdirSync(SERVER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
  expect(files.length).toBeGreaterThan(50)
  const texts = new Map(files.map((file) => [file, readFileSync(join(SERVER, file), 'utf8')]))
  const comparing = files.filter((file) => texts.get(file)?.includes('timingSafeEqual('))
  expect(comparing).toEqual(COMPARING)
  for (const [file, text] of texts) expect(comparisons(text), file).toEqual([])
})

test('the rule sees a comparison that is not, and leaves those with words and nothing alone', () => {
  expect(comparisons('if (given === session.token) open()')).toEqual(['given === session.token'])
  expect(comparisons('const isSame = signature !== expected')).toEqual(['signature !== expected'])
  expect(comparisons('if (mac.equals(expected)) open()')).toEqual(['mac.equals(expected)'])
  expect(comparisons("token === undefined || tokenType === 'Bearer' || secret === ''")).toEqual([])
})

/** Comparisons of a secret with something that is no literal, and of bytes with others. */
function comparisons(text: string): string[] {
  const found: string[] = []
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest)
  const visit = (node: ts.Node): void => {
    const isOrdinary = ts.isBinaryExpression(node) ? isUnsafe(node) : isOfBytes(node)
    if (isOrdinary) found.push(node.getText(source))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function isUnsafe({ operatorToken, left, right }: ts.BinaryExpression): boolean {
  const isEquality =
    operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
    operatorToken.kind === ts.SyntaxKind.ExclamationEqualsEqualsToken
  const sides = [left, right]
  return isEquality && sides.some(isSecret) && !sides.some(isKnown)
}

/** `equals` of a Buffer ends at the first byte that differs, whatever the bytes are called. */
function isOfBytes(node: ts.Node): boolean {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'equals'
  )
}

function isSecret(side: ts.Expression): boolean {
  const name = ts.isPropertyAccessExpression(side) ? side.name : side
  return ts.isIdentifier(name) && SECRET.test(name.text)
}

/** A literal, `undefined` or `null`: nothing to guess. */
function isKnown(side: ts.Expression): boolean {
  const isNothing =
    side.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(side) && side.text === 'undefined')
  return isNothing || ts.isLiteralExpression(side)
}
