/** Digits of a number to the base 2, lowest first, of which no two beside each other are not 0. */
export function nonAdjacentForm(value: bigint): (-1 | 0 | 1)[] {
  const digits: (-1 | 0 | 1)[] = []
  for (let rest = value; rest > 0n; rest /= 2n) {
    const digit = rest % 2n === 0n ? 0 : rest % 4n === 1n ? 1 : -1
    digits.push(digit)
    rest -= BigInt(digit)
  }
  return digits
}
