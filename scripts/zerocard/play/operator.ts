import { ZerocardError, isErrorCode } from '../../../core/errors.ts'
import type { TownAddress } from '../town/town.ts'

/**
 * Calls a service as an operator does.
 *
 * @param path - Below the service's origin.
 * @returns The answer's JSON; undefined if there is none.
 * @throws ZerocardError with the service's code.
 */
export async function operate(
  { origin, token, title }: TownAddress,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(origin + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = text === '' ? undefined : (JSON.parse(text) as unknown)
  if (response.ok) return json
  const { code, detail } = json as { readonly code?: unknown; readonly detail?: unknown }
  throw new ZerocardError(isErrorCode(code) ? code : 'FETCH_FAILED', `${title}: ${String(detail)}`)
}
