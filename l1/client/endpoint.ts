import { NodeError } from '../../core/errors.ts'

/** Where an L1 node listens. `name` is its host: URLs hold credentials, so they are never logged. */
export type Endpoint = {
  readonly name: string
  /** Without credentials and without a slash at its end. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** An http or https URL to an endpoint; a user and password in it become a header. Throws `l1_bad_url` (fatal). */
export function parseEndpoint(text: string): Endpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new NodeError({
      code: 'l1_bad_url',
      severity: 'fatal',
      message: 'the URL of an L1 node is not an http or https URL',
      fix: 'give it as http://host:port or https://host/path',
    })
  }
  const user = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  url.username = ''
  url.password = ''
  url.hash = ''
  return {
    name: url.host,
    url: url.href.replace(/\/+$/, ''),
    headers: user === '' && password === '' ? {} : { authorization },
  }
}
