import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Members as ProductMembers } from '../../vectors/product.ts'
import { parseJson } from '../../../test/independent/json.ts'
import type { Members } from '../../../test/independent/json.ts'

// The frozen vectors, as each of the two verifiers reads them.

const FOLDER = fileURLToPath(new URL('../../../test/vectors/', import.meta.url))

/** One vector with its group, for both. */
export interface ReadVector {
  readonly id: string
  readonly type: string
  readonly isValid: boolean
  readonly expected: unknown
  readonly flags: readonly string[]
  readonly forProduct: { readonly group: ProductMembers; readonly test: ProductMembers }
  readonly forIndependent: { readonly group: Members; readonly test: Members }
}

interface FileJson {
  readonly testGroups: readonly {
    readonly type: string
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly result: 'valid' | 'invalid'
      readonly expected?: unknown
      readonly flags: readonly string[]
    }[]
  }[]
}

/** Names without their ending. */
export function vectorFiles(): string[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  return names.map((name) => name.slice(0, -'.json'.length)).sort()
}

export function vectorText(name: string): string {
  return readFileSync(`${FOLDER}${name}.json`, 'utf8')
}

export function readVectors(name: string): ReadVector[] {
  const text = vectorText(name)
  const file = JSON.parse(text) as FileJson
  const groups = (parseJson(text) as Members).get('testGroups') as readonly Members[]
  return file.testGroups.flatMap((group, i) =>
    group.tests.map((test, j): ReadVector => {
      const mapped = groups[i] as Members
      return {
        id: `${name} ${test.tcId} (${test.comment})`,
        type: group.type,
        isValid: test.result === 'valid',
        expected: test.expected,
        flags: test.flags,
        forProduct: { group: group as never, test: test as never },
        forIndependent: { group: mapped, test: (mapped.get('tests') as Members[])[j] as Members },
      }
    }),
  )
}
