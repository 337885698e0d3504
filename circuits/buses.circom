pragma circom 2.2.0;

// Signals that mean something only together.

/** A point of BabyJubJub in twisted Edwards coordinates. */
bus Point() {
    signal x;
    signal y;
}

/** An EdDSA-Poseidon signature: R8 a point, s a scalar below the order of the subgroup. */
bus Signature() {
    Point() r8;
    signal s;
}

/** What an issuer signed for one holder, with the signature; all of it private. */
bus Credential(ATTRIBUTES) {
    signal attributes[ATTRIBUTES];
    signal revocationId;
    signal validFrom;
    signal validUntil;
    signal blinding;
    Point() issuer;
    Signature() signature;
}

/** A way up an arity-8 tree: the eight children of each node on it, the lowest node first. */
bus TreePath(LEVELS) {
    signal children[LEVELS][8];
}

/** Where a value stands in a sorted set: a run of neighbouring keys, a place in it, the way up. */
bus SetPlace(LEVELS) {
    signal run[16];
    signal index;
    TreePath(LEVELS) path;
}
