// circomlibjs 0.1.7 ships no types; these are the parts that test/support/circomlibjs.ts uses.
declare module 'circomlibjs' {
  type Element = Uint8Array
  type ElementPoint = [Element, Element]

  interface PrimeField {
    e(value: bigint): Element
    toObject(element: Element): bigint
  }

  interface Poseidon {
    (inputs: bigint[]): Element
    readonly F: PrimeField
  }

  interface BabyJub {
    readonly F: PrimeField
    readonly Generator: ElementPoint
    readonly Base8: ElementPoint
    readonly subOrder: bigint
    addPoint(a: ElementPoint, b: ElementPoint): ElementPoint
    mulPointEscalar(base: ElementPoint, scalar: bigint): ElementPoint
    inCurve(point: ElementPoint): boolean
    inSubgroup(point: ElementPoint): boolean
  }

  interface Eddsa {
    readonly F: PrimeField
    prv2pub(privateKey: Uint8Array): ElementPoint
    signPoseidon(privateKey: Uint8Array, message: Element): { R8: ElementPoint; S: bigint }
    verifyPoseidon(
      message: Element,
      signature: { R8: ElementPoint; S: bigint },
      publicKey: ElementPoint,
    ): boolean
  }

  export function buildPoseidon(): Promise<Poseidon>
  export function buildBabyjub(): Promise<BabyJub>
  export function buildEddsa(): Promise<Eddsa>
}
