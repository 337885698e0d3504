/** Where a household lives. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** ISO 3166-2. */
  readonly region: string
  /** ISO 4217. */
  readonly currency: string
  /** What half of the full-time workers earn at most, in whole units of the currency a year. */
  readonly medianPay: number
  /** Postal codes of the region: `#` stands for a digit, `@` for a letter, the rest is real. */
  readonly postalPatterns: readonly string[]
  readonly weight: number
}

interface Country {
  readonly code: string
  readonly currency: string
  readonly medianPay: number
  readonly weight: number
  /** One region a line: code, weight within the country, postal patterns (`_` is a space). */
  readonly regions: string
}

/*
 * Pay is of the order of national statistics, rounded; weights favour the countries whose rules
 * are among the examples. Regions of the United States: census estimates, in 100,000 people.
 */
const COUNTRIES: readonly Country[] = [
  {
    code: 'GB',
    currency: 'GBP',
    medianPay: 31_000,
    weight: 38,
    regions: `
      ENG 26 M14_#@@ B29_#@@ LS6_#@@ SE15_#@@ N16_#@@ SW9_#@@ BS5_#@@ NE4_#@@ L8_#@@ PL4_#@@
      SCT 5 EH6_#@@ G42_#@@ AB24_#@@ DD3_#@@
      WLS 4 CF24_#@@ SA2_#@@ NP20_#@@ LL57_#@@
      NIR 3 BT7_#@@ BT15_#@@ BT48_#@@ BT71_#@@`,
  },
  {
    code: 'US',
    currency: 'USD',
    medianPay: 48_000,
    weight: 40,
    regions: `
      AL 51 352##
      AK 7 995##
      AZ 75 850##
      AR 31 722##
      CA 390 900## 921## 941##
      CO 59 802##
      CT 36 061##
      DE 10 198##
      DC 7 200##
      FL 230 328## 331##
      GA 111 303##
      GU 2 969##
      HI 14 968##
      ID 20 837##
      IL 126 606##
      IN 69 462##
      IA 32 503##
      KS 30 672##
      KY 46 402##
      LA 46 701##
      ME 14 041##
      MD 62 212##
      MA 71 021##
      MI 101 482##
      MN 58 554##
      MS 29 392##
      MO 62 631##
      MT 11 591##
      NE 20 681##
      NV 32 891##
      NH 14 031##
      NJ 95 071## 073##
      NM 21 871##
      NY 196 100## 112## 142##
      NC 110 282##
      ND 8 581##
      OH 118 432##
      OK 41 731##
      OR 43 972##
      PA 130 152## 191##
      PR 32 009##
      RI 11 029##
      SC 54 292##
      SD 9 571##
      TN 72 372##
      TX 310 770## 787##
      UT 35 841##
      VT 6 054##
      VI 1 008##
      VA 88 232##
      WA 79 981##
      WV 18 253##
      WI 60 532##
      WY 6 820##`,
  },
  {
    code: 'DE',
    currency: 'EUR',
    medianPay: 44_000,
    weight: 7,
    regions: `
      BB 3 144##
      BE 4 10### 12###
      BW 11 70###
      BY 13 80### 90###
      HE 6 60###
      HH 2 20###
      NI 8 30###
      NW 18 50###
      SN 4 04###`,
  },
  {
    code: 'FR',
    currency: 'EUR',
    medianPay: 30_000,
    weight: 6,
    regions: `
      ARA 8 69###
      BRE 3 35###
      HDF 6 59###
      IDF 12 75### 93###
      OCC 6 31###
      PAC 5 13###`,
  },
  country('AT', 'EUR', 36_000, 1, '9 1 1##0'),
  country('CA', 'CAD', 52_000, 1, 'ON 2 M5V_#@# \n QC 1 H2X_#@#'),
  country('CH', 'CHF', 80_000, 1, 'GE 1 12## \n ZH 2 80##'),
  country('ES', 'EUR', 24_000, 2, 'AN 2 41### \n CT 2 08### \n MD 2 28###'),
  country('IE', 'EUR', 40_000, 1, 'CO 1 T12_@### \n D 2 D02_@###'),
  country('IT', 'EUR', 27_000, 2, '25 2 20### \n 62 1 00### \n 72 1 80###'),
  country('NL', 'EUR', 40_000, 1, 'NH 1 10##_@@ \n ZH 1 30##_@@'),
  country('NO', 'NOK', 580_000, 1, '03 1 05##'),
  country('PL', 'PLN', 78_000, 1, '12 1 30-### \n 14 2 00-###'),
  country('SE', 'SEK', 420_000, 1, 'AB 1 11#_##'),
]

/** Every region, each as likely as its share of the country times the country's share. */
export const PLACES: readonly Place[] = COUNTRIES.flatMap(placesOf)

function country(
  code: string,
  currency: string,
  medianPay: number,
  weight: number,
  regions: string,
): Country {
  return { code, currency, medianPay, weight, regions }
}

function placesOf({ code, currency, medianPay, weight, regions }: Country): Place[] {
  const lines = regions.trim().split('\n')
  const rows = lines.map((line) => line.trim().split(/\s+/))
  const total = rows.reduce((sum, [, share]) => sum + Number(share), 0)
  return rows.map(([region, share, ...patterns]) => ({
    country: code,
    region: `${code}-${region ?? ''}`,
    currency,
    medianPay,
    postalPatterns: patterns.map((pattern) => pattern.replace('_', ' ')),
    weight: (weight * Number(share)) / total,
  }))
}
