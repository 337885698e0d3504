import { describe, expect, test } from 'vitest'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'
import { domainsCheck } from '../../scripts/assure/soundness/domains-check.ts'
import { DOMAINS, domainOf } from '../../scripts/assure/soundness/domains.ts'
import { CIRCUITS, loadSubject } from '../../scripts/assure/soundness/subjects.ts'
import { uniquenessCheck } from '../../scripts/assure/soundness/uniqueness-check.ts'
import { wiresCheck } from '../../scripts/assure/soundness/wires-check.ts'

describe('soundness', () => {
  test.each([uniquenessCheck, wiresCheck, domainsCheck])(
    '$id finds nothing, but every fault that was built in',
    async (check) => {
      const { faults, seeded, figures } = await runCheck(check, 'part')
      expect(faults).toEqual([])
      expect(seeded.filter(({ wasSeen }) => !wasSeen)).toEqual([])
      expect(seeded.length).toBeGreaterThan(0)
      expect(missedAims(figures)).toEqual([])
    },
  )

  test('every private input of every circuit has a declared domain, and every domain an input', async () => {
    const names = new Set<string>()
    for (const circuit of CIRCUITS) {
      const { system } = await loadSubject(circuit)
      for (const wire of system.privateInputs) {
        const name = system.nameOf(wire)
        expect(domainOf(name), `${circuit}: ${name}`).toBeDefined()
        names.add(name.replace(/\[\d+\]/g, '[]'))
      }
    }
    expect(DOMAINS.map(({ input }) => input).sort()).toEqual([...names].sort())
  })

  test('the whole run probes every private input there is', async () => {
    const planned = await domainsCheck.plan('whole')
    for (const circuit of CIRCUITS) {
      const { system } = await loadSubject(circuit)
      const counts = planned.map(({ input }) => (input.subject === circuit ? input.count : 0))
      expect(counts.reduce((sum, count) => sum + count)).toBe(system.privateInputs.length)
    }
  })
})
