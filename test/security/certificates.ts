import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tls } from '../../shared/connections.ts'
import { run } from '../engines/install.ts'

export interface Certificates {
  /** PEM files. */
  readonly ca: string
  readonly cert: string
  readonly key: string
  /** PEM files of whoever speaks to the engines. */
  readonly client: { readonly cert: string; readonly key: string }
}

/** An authority, and certificates of 127.0.0.1 and of a client that it signed, for one day. Needs openssl. */
export const makeCertificates = async (folder: string): Promise<Certificates> => {
  const path = (name: string) => join(folder, name)
  const days = ['-days', '1', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const ca = { cert: path('ca.crt'), key: path('ca.key') }
  await run(['openssl', 'req', '-x509', ...days, '-subj', '/CN=test', '-keyout', ca.key, '-out', ca.cert])
  const signed = async (name: string, more: readonly string[]) => {
    const [cert, key] = [path(`${name}.crt`), path(`${name}.key`)]
    const by = ['-CA', ca.cert, '-CAkey', ca.key, '-keyout', key, '-out', cert]
    await run(['openssl', 'req', '-x509', ...days, ...more, ...by])
    return { cert, key }
  }
  const server = await signed('server', ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'])
  return { ca: ca.cert, ...server, client: await signed('client', ['-subj', '/CN=baton']) }
}

/** What a client that has a certificate knows. */
export const clientTlsOf = async ({ ca, client }: Certificates): Promise<Required<Tls>> => {
  const [authority, cert, key] = await Promise.all([ca, client.cert, client.key].map((file) => readFile(file, 'utf8')))
  return { ca: authority ?? '', cert: cert ?? '', key: key ?? '' }
}
