pragma circom 2.2.0;

// First inputs of hashes that must never be taken for one another: the ASCII texts below as
// big-endian integers. core/hash.ts has the same, and a test compares them.

/** `zerocard/holder/1` */
function HOLDER() {
    return 41649294972991854446899502726753215983409;
}

/** `zerocard/credential/1` */
function CREDENTIAL() {
    return 178882359810457218123823988978739672600231065431857;
}

/** `zerocard/issuer/1` */
function ISSUER() {
    return 41649294972991854446899575918016756592433;
}

/** `zerocard/pseudonym/1` */
function PSEUDONYM() {
    return 698759218009598508296203177707448017841248087857;
}
