/** A mutant that changes constraints and nothing that anybody could prove, with the reason. */
interface Survivor {
  /** The statement on one line, after the change. */
  readonly after: string
  /** Why no false statement can be proven with it. */
  readonly reason: string
}

/** Reviewed by hand; a mutant that is not listed fails the check if it survives. */
const SURVIVORS: readonly Survivor[] = [
  {
    after: 'isTrue <== SelectBinary(4, 2)([mask[2], mask[0], mask[0], mask[1]], [equal, atLeast])',
    reason: 'the changed place is that of equal without at least, which does not occur',
  },
  {
    after: 'InGap(VALUE_BITS + 3)(key <== key, low <== low, high <== high)',
    reason:
      'both distances stay far below half the field, so the order of key and neighbours is proven ' +
      'among integers as before; the narrower width only saves digits',
  },
]

/** The reason why a mutant may survive; undefined if there is none. */
export function explanationOf({ after }: { readonly after: string }): string | undefined {
  return SURVIVORS.find((survivor) => survivor.after === after)?.reason
}
