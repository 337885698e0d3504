pragma circom 2.2.0;

include "../eligibility.circom";

// Public signals, in order: pseudonym (output), asOf, schemas[1], trustRoots[1], operandWord,
// weightWord, formulaWord, constants[6], lookupRoots[1], scope, limit, presenter.
component main {
    public [
        asOf, schemas, trustRoots, operandWord, weightWord, formulaWord, constants, lookupRoots,
        scope, limit, presenter
    ]
} = Eligibility(1, 6, 1, 8, 5, 3, 6, 3);
