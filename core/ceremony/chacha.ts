const ROUNDS = 20
const BLOCK_WORDS = 16
const KEY_BYTES = 32

/** "expand 32-byte k", little-endian. */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const

/** Columns, then diagonals of the state. */
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const

/**
 * The words of a ChaCha20 key stream (RFC 8439) with a nonce of zeros. As in ffjavascript, the key's
 * words are read big-endian.
 */
export class ChaCha {
  readonly #state = new Uint32Array(BLOCK_WORDS)
  #block = new Uint32Array(BLOCK_WORDS)
  #used = BLOCK_WORDS

  /** @throws TypeError for less than 32 bytes. */
  constructor(key: Uint8Array) {
    if (key.length < KEY_BYTES) throw new TypeError('a key has 32 bytes')
    const view = new DataView(key.buffer, key.byteOffset)
    this.#state.set(CONSTANTS)
    for (let i = 0; i < KEY_BYTES / 4; i++) this.#state[4 + i] = view.getUint32(4 * i)
  }

  /** The next 32 bits. */
  next(): number {
    if (this.#used === BLOCK_WORDS) this.#refill()
    return this.#block[this.#used++] ?? 0
  }

  #refill(): void {
    const block = this.#state.slice()
    for (let round = 0; round < ROUNDS; round += 2) {
      for (const [a, b, c, d] of QUARTERS) quarterRound(block, a, b, c, d)
    }
    this.#block = block.map((word, i) => word + (this.#state[i] ?? 0))
    this.#used = 0
    // 32 bits of counter: 256 GB of stream, and a seed gives a few points.
    this.#state[12] = (this.#state[12] ?? 0) + 1
  }
}

function quarterRound(words: Uint32Array, a: number, b: number, c: number, d: number): void {
  mix(words, a, b, d, 16)
  mix(words, c, d, b, 12)
  mix(words, a, b, d, 8)
  mix(words, c, d, b, 7)
}

/** Adds a word to another and turns the sum into a third. */
function mix(words: Uint32Array, sum: number, addend: number, turned: number, bits: number): void {
  words[sum] = (words[sum] ?? 0) + (words[addend] ?? 0)
  const word = (words[turned] ?? 0) ^ (words[sum] ?? 0)
  words[turned] = (word << bits) | (word >>> (32 - bits))
}
