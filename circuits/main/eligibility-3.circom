pragma circom 2.2.0;

include "../eligibility.circom";

// Public signals, in order: pseudonym (output), asOf, schemas[3], trustRoots[3], operandWord,
// weightWord, formulaWord, constants[12], lookupRoots[3], scope, limit, presenter.
component main {
    public [
        asOf, schemas, trustRoots, operandWord, weightWord, formulaWord, constants, lookupRoots,
        scope, limit, presenter
    ]
} = Eligibility(3, 12, 3, 12, 6, 3, 6, 3);
