// One personal data server: the real one, on loopback, with handles that only this network knows.
import fs from 'node:fs'
import path from 'node:path'
import { PDS, envToCfg, envToSecrets } from '@atproto/pds'

/**
 * @param at      a held port
 * @param home    the server's folder
 * @param options { domain, directoryUrl, blobLimit, secrets }
 * @param servers all servers of the network, those to come included
 */
export async function startServer(at, home, options, servers) {
  fs.mkdirSync(home, { recursive: true })
  const environment = {
    devMode: true,
    port: at.port,
    hostname: 'localhost',
    serviceDid: `did:web:localhost%3A${at.port}`,
    dataDirectory: home,
    blobstoreDiskLocation: path.join(home, 'blobs'),
    blobstoreDiskTmpLocation: path.join(home, 'blobs-tmp'),
    blobUploadLimit: options.blobLimit,
    didPlcUrl: options.directoryUrl,
    plcRotationKeyK256PrivateKeyHex: options.secrets.rotationKey,
    jwtSecret: options.secrets.jwt,
    adminPassword: options.secrets.admin,
    serviceHandleDomains: [options.domain],
    inviteRequired: false,
    enableDidDocWithSession: true,
    disableSsrfProtection: true,
    rateLimitsEnabled: false,
    crawlers: [],
  }
  const pds = await PDS.create(envToCfg(environment), envToSecrets(environment))
  const listen = pds.app.listen
  pds.app.listen = () => listen.call(pds.app, at.listener) // it would take 0.0.0.0
  pds.ctx.idResolver.handle.resolve = async (handle) => {
    // No DNS and no https: whoever has the account knows its DID.
    for (const other of servers) {
      const account = await other.pds.ctx.accountManager.getAccount(handle)
      if (account) return account.did
    }
  }
  servers.push({ pds, url: at.url, domain: options.domain })
  await pds.start()
  return () => pds.destroy()
}
