import { createHash } from 'node:crypto'

const HOW =
  'amber brave calm dusty early faint gentle happy idle jolly keen lucky mellow nimble odd plain quiet rapid shy tidy urban vivid warm young'
const WHO =
  'badger crane dolphin eagle falcon gecko heron ibis jackal koala lynx marten newt otter puffin quail robin seal tern urchin vole walrus yak zebra'

/** Hundreds: with a pair of words, enough that a handful of visitors have different names. */
const NUMBERS = 900

/**
 * A name that people can say, from a pseudonym: the same each time. Two pseudonyms may share one, so
 * it is for reading only.
 */
export function nameFrom(pseudonym: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = createHash('sha256').update(pseudonym).digest()
  const how = pick(HOW, a)
  return `${how.charAt(0).toUpperCase()}${how.slice(1)} ${pick(WHO, b)} ${100 + ((c * 256 + d) % NUMBERS)}`
}

function pick(words: string, number: number): string {
  const list = words.split(' ')
  return list[number % list.length] ?? ''
}
