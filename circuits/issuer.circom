pragma circom 2.2.0;

include "../node_modules/circomlib/circuits/poseidon.circom";
include "buses.circom";
include "domains.circom";
include "sorted-set.circom";
include "tree.circom";

/**
 * Proves:  the issuer's key is listed under `trustRoot` for this schema, and `revocationId` is not
 *          in the set of revocations that is listed with the key.
 * Assumes: `revocationId` carries `maxbit`. The trust root was made by whoever reads the proof, or
 *          by a list it names.
 * Rejects: an unlisted key, a key listed for another schema, another key's revocations, a revoked
 *          credential.
 */
template TrustedAndNotRevoked(REVOCATION_BITS, TRUST_LEVELS, REVOCATION_LEVELS) {
    input Point() issuer;                                    // private
    signal input schema;                                     // public
    signal input {maxbit} revocationId;                      // private
    input SetPlace(REVOCATION_LEVELS) revocationPlace;       // private
    input TreePath(TRUST_LEVELS) trustPath;                  // private
    signal output trustRoot;

    component revocation = SetLookup(REVOCATION_BITS, REVOCATION_LEVELS);
    revocation.value <== revocationId;
    revocation.place <== revocationPlace;
    revocation.isFound === 0;

    signal leaf <== Poseidon(5)([ISSUER(), issuer.x, issuer.y, schema, revocation.root]);
    trustRoot <== RootAbove(TRUST_LEVELS)(leaf <== leaf, path <== trustPath);
}
