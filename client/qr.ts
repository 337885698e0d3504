import encodeQR from 'qr'

/** Modules of white around the code (ISO/IEC 18004 asks for four). */
const QUIET_ZONE = 4

/** A code to draw: a square of `size` modules, and the dark ones as an SVG path. */
export interface QrDrawing {
  readonly size: number
  readonly path: string
}

/**
 * Draws a text as a QR code, quiet zone included.
 *
 * @param ecc - How much of it may be unreadable; a long text needs `low` to fit.
 */
export function drawQr(text: string, ecc: 'low' | 'medium' = 'medium'): QrDrawing {
  const rows = encodeQR(text, 'raw', { ecc, border: QUIET_ZONE })
  return { size: rows.length, path: rows.flatMap(runsOf).join('') }
}

/** The dark runs of a row: one rectangle each, so that no seams show between modules. */
function runsOf(row: readonly boolean[], y: number): string[] {
  const starts = row.flatMap((isDark, x) => (isDark && row[x - 1] !== true ? [x] : []))
  return starts.map((x) => {
    const end = row.indexOf(false, x)
    const length = (end === -1 ? row.length : end) - x
    return `M${x} ${y}h${length}v1h-${length}z`
  })
}
