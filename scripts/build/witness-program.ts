import { FIELD_ORDER } from '../../core/field.ts'
import type { FunctionCode } from '../../core/wasm/binary.ts'
import { damaged, getElement, viewOf } from '../../core/iden3/sections.ts'
import { functionBody, readModule, writeModule } from './wasm-module.ts'
import type { WasmModule } from './wasm-module.ts'
import { copyConstantsAtOnce } from './witness-constants.ts'
import { fieldInverse, fromMontgomery, montgomeryProduct } from './witness-field.ts'

// circom writes a program that computes witnesses for clarity, not for speed. What takes most of
// its time is replaced, everything else stays as the compiler made it.

/**
 * The same witness program, faster: equal inputs give equal witnesses, byte for byte, and what was
 * refused is refused. It only depends on the bytes given.
 *
 * @param wasm - Of circom 2.2, over the field of BN254, with its names.
 * @param name - What it is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID` for any other module.
 */
export function improveWitnessProgram(wasm: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const module = readModule(wasm, name)
  if (!module.data.some(({ bytes }) => isFieldOrder(bytes))) {
    throw damaged(name, 'is not over the field of BN254')
  }
  const replaced = new Map([
    [functionNamed(module, 'Fr_F1m_mul', name), montgomeryProduct()],
    [functionNamed(module, 'Fr_F1m_fromMontgomery', name), fromMontgomery()],
    [functionNamed(module, 'Fr_int_inverseMod', name), fieldInverse()],
  ])
  return writeModule(withFunctions(copyConstantsAtOnce(module, name), replaced))
}

function withFunctions(
  module: WasmModule,
  functions: ReadonlyMap<number, FunctionCode>,
): WasmModule {
  const bodies = module.bodies.map((body, i) => {
    const code = functions.get(module.importedFunctions + i)
    return code === undefined ? body : functionBody(code)
  })
  return { ...module, bodies }
}

function functionNamed({ names }: WasmModule, wanted: string, name: string): number {
  const index = names.get(wanted)
  if (index === undefined) throw damaged(name, `has no function ${wanted}`)
  return index
}

function isFieldOrder(bytes: Uint8Array): boolean {
  return bytes.length === 32 && getElement(viewOf(bytes), 0) === FIELD_ORDER
}
