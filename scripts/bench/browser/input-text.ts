import type { CircuitInputs } from '../../../client/witness.ts'

// A browser's debugger knows no bigint: inputs of circuits pass it as text.

export function inputsAsText(inputs: CircuitInputs): string {
  return JSON.stringify(inputs, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

export function readInputs(json: string): CircuitInputs {
  const texts = Object.entries(JSON.parse(json) as Record<string, string | string[]>)
  return Object.fromEntries(
    texts.map(([name, text]) => [
      name,
      typeof text === 'string' ? BigInt(text) : text.map((element) => BigInt(element)),
    ]),
  )
}
