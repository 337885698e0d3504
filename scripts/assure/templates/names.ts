import { enrolmentTag, holderCommitment } from '../../../core/enrolment.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
import { pseudonym } from '../../../core/pseudonym.ts'
import { mainOf } from './bench.ts'
import type { Bench } from './bench.ts'

// Templates that name holders.

export function pseudonymBench(): Bench {
  const plain = {
    ...{ secret: 5n, blinding: 7n, use: 2n, isPerCredential: 0n },
    ...{ scope: 11n, limit: 3n },
  }
  const outputsOf = ({ secret, blinding, use, isPerCredential, scope }: typeof plain) => ({
    pseudonym: pseudonym(secret, isPerCredential * blinding, scope, use),
    commitment: holderCommitment(secret, blinding),
  })
  const perCredential = { ...plain, isPerCredential: 1n }
  const wrong = [
    ...[3n, 4n, -1n, 65_536n, (FIELD_ORDER + 1n) / 2n].map((use) => ({ use })),
    ...[65_536n, -1n].map((limit) => ({ limit })),
    { use: 65_536n, limit: 65_535n },
    { use: 65_536n, limit: 65_537n },
    { use: 0n, limit: 0n },
    { use: 3n, scope: 0n },
    { isPerCredential: 2n },
  ]
  return {
    name: 'pseudonym',
    main: mainOf(
      ['holder', 'pseudonym', 'tags'],
      `template TestPseudonym() {
         signal input secret; signal input blinding; signal input use;
         signal input isPerCredential; signal input scope; signal input limit;
         signal output pseudonym; signal output commitment;
         commitment <== HolderCommitment()(secret, blinding);
         signal {binary} digit[1] <== Bits(1)(isPerCredential);
         pseudonym <== ScopedPseudonym()(secret, blinding, use, digit[0], scope, limit);
       }
       component main {public [isPerCredential, scope, limit]} = TestPseudonym();`,
    ),
    accepted: [
      perCredential,
      plain,
      { ...plain, scope: 0n },
      { ...perCredential, use: 0n, limit: 1n },
      { ...plain, use: 65_534n, limit: 65_535n },
    ].map((inputs) => ({ inputs, outputs: outputsOf(inputs) })),
    refused: wrong.map((change) => ({ ...plain, ...change })),
  }
}

export function enrolmentBench(): Bench {
  const [secret, blinding, issuerScope] = [2n ** 250n + 5n, 7n, 13n]
  const commitment = holderCommitment(secret, blinding)
  const honest = { secret, blinding, commitment, issuerScope, nonce: 17n }
  const again = { ...honest, blinding: 8n, commitment: holderCommitment(secret, 8n) }
  const tag = enrolmentTag(secret, issuerScope)
  return {
    name: 'enrolment',
    main: mainOf(
      ['enrolment'],
      'component main {public [commitment, issuerScope, nonce]} = Enrolment();',
    ),
    accepted: [
      { inputs: honest, outputs: { tag } },
      { inputs: again, outputs: { tag } },
    ],
    refused: [
      { ...honest, secret: 6n },
      { ...honest, blinding: 8n },
      { ...honest, commitment: commitment + 1n },
      { ...honest, commitment: holderCommitment(99n, 98n) },
    ],
  }
}
