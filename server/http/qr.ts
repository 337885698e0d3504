import encodeQR from 'qr'

/**
 * A text as a QR code, an SVG document: dark on white, so that it can be scanned on any page.
 *
 * @param ecc - How much of it may be unreadable; a long text needs `low` to fit.
 */
export function qrSvg(text: string, ecc: 'low' | 'medium' = 'medium'): string {
  const svg = encodeQR(text, 'svg', { ecc, border: QUIET_ZONE })
  return svg.replace(/^(<svg[^>]*>)/, '$1<rect width="100%" height="100%" fill="#fff"/>')
}

/** Modules of white around the code (ISO/IEC 18004 asks for four). */
const QUIET_ZONE = 4
