import { createHmac, timingSafeEqual } from 'node:crypto'

/** How far `iat` may be from this machine's clock, in seconds. */
export const maxAgeSec = 60
const maxTokenLength = 4096
const headerText = base64url('{"alg":"HS256","typ":"JWT"}')

/** A token that is good for a minute (RFC 7519 with HS256, as the Engine API of Ethereum has it). `nowSec`: Unix seconds. */
export function createJwt(secret: Uint8Array, nowSec: number): string {
  const signed = `${headerText}.${base64url(JSON.stringify({ iat: Math.floor(nowSec) }))}`
  return `${signed}.${signatureOf(signed, secret).toString('base64url')}`
}

/** Why an Authorization header does not prove knowledge of the secret; undefined if it does. */
export function checkBearer(authorization: string | undefined, secret: Uint8Array, nowSec: number): string | undefined {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec((authorization ?? '').slice(0, maxTokenLength))?.[1]
  if (token === undefined) return 'an Authorization header with a bearer token is needed'
  const [header = '', payload = '', signature = ''] = token.split('.')
  if (membersOf(header)?.alg !== 'HS256') return 'the token is not signed with HS256'
  const given = Buffer.from(signature, 'base64url')
  const expected = signatureOf(`${header}.${payload}`, secret)
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return 'the signature of the token is wrong'
  const { iat, exp } = membersOf(payload) ?? {}
  if (typeof iat !== 'number' || Math.abs(nowSec - iat) > maxAgeSec) {
    return `the token is not of the last ${maxAgeSec} s: check the clocks`
  }
  return exp === undefined || (typeof exp === 'number' && exp > nowSec) ? undefined : 'the token has expired'
}

function signatureOf(text: string, secret: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}

function membersOf(part: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as { readonly [name: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
