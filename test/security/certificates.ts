import { join } from 'node:path'
import { run } from '../engines/install.ts'

export interface Certificates {
  /** PEM files. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** An authority and a certificate of 127.0.0.1 that it signed, for one day. Needs openssl. */
export const makeCertificates = async (folder: string): Promise<Certificates> => {
  const path = (name: string) => join(folder, name)
  const days = ['-days', '1', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const ca = { cert: path('ca.crt'), key: path('ca.key') }
  await run(['openssl', 'req', '-x509', ...days, '-subj', '/CN=test', '-keyout', ca.key, '-out', ca.cert])
  const [cert, key] = [path('server.crt'), path('server.key')]
  await run([
    ...['openssl', 'req', '-x509', ...days, '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-CA', ca.cert, '-CAkey', ca.key, '-keyout', key, '-out', cert],
  ])
  return { ca: ca.cert, cert, key }
}
