/**
 * Ages that laws and public offers speak of, in years. An age that is not here may be a step of a
 * search for a birth date; one that is here can still be one, which the spacing of limits stops.
 *
 * - 2 to 6: nursery places, free travel and milk for small children, beginning of school
 * - 10 to 12: criminal responsibility, end of children's fares
 * - 13 to 16: consent to online services (16 CFR 312; GDPR article 8, which leaves 13 to 16 to the
 *   member states), work, criminal responsibility
 * - 17, 18, 19: driving, majority (19 in some provinces of Canada and states of the US)
 * - 20, 21: alcohol in Japan and the US (23 USC 158)
 * - 25 to 30: fares, museums and loans for young people
 * - 40, 50: health checks
 * - 55 to 70, 75, 80: fares, pensions, television licences, winter fuel
 */
export const USUAL_AGES: ReadonlySet<number> = new Set([
  2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 25, 26, 27, 28, 30, 40, 50, 55, 60,
  61, 62, 63, 64, 65, 66, 67, 68, 70, 75, 80,
])
