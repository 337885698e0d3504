pragma circom 2.2.0;

include "../enrolment.circom";

// Public signals, in order: tag (output), commitment, issuerScope, nonce.
component main {public [commitment, issuerScope, nonce]} = Enrolment();
