import { ZerocardError } from '../../../core/errors.ts'
import { REVOCATION_SHAPE, openSet } from '../../../core/sorted-set.ts'
import { buildTrust } from '../../../core/trust.ts'
import type { TrustList } from '../../../core/trust.ts'
import type { RevocationSource } from '../../../client/holder.ts'
import type { Publication } from '../../../server/issuer/publisher.ts'
import type { DemoIssuer } from './issuer.ts'
import type { Tools } from './tools.ts'

/** The trust lists and revocations of one day, as everybody can download them. */
export interface World {
  readonly lists: ReadonlyMap<string, TrustList>
  readonly revocations: RevocationSource
}

/** Lets all issuers publish, and builds the trust lists over them. */
export async function publishAll(
  { clock }: Tools,
  members: Readonly<Record<string, readonly DemoIssuer[]>>,
): Promise<World> {
  const lists = new Map<string, TrustList>()
  const published = new Map<string, Publication>()
  for (const [name, issuers] of Object.entries(members)) {
    const listed = await Promise.all(issuers.map((issuer) => issuer.publish()))
    lists.set(name, await buildTrust(name, listed, clock.now))
    for (const { issuer, published: publication } of issuers) {
      if (publication !== undefined) published.set(issuer, publication)
    }
  }
  const revocations: RevocationSource = (leaf, revocationId) => {
    const set = published.get(leaf.issuer)?.sets.get(leaf.revocationRoot)
    if (set === undefined) throw new TypeError('no such publication')
    const proofOf = openSet(REVOCATION_SHAPE, leaf.revocationRoot, set.publish())
    return Promise.resolve(proofOf(revocationId))
  }
  return { lists, revocations }
}

export function listNamed({ lists }: World, name: string): TrustList {
  const list = lists.get(name)
  if (list === undefined) throw new ZerocardError('INPUT_INVALID', `no trust list ${name}`)
  return list
}
