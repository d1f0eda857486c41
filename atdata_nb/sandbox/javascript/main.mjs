// A whole AT Protocol network on this machine's loopback address: a did:plc directory, real personal
// data servers, a small relay. Nothing is reached outside, and nothing can be reached from there.
//
//   node -r ./sqlite.cjs main.mjs --dir FOLDER [--pds 1] [--blob-limit BYTES] [--detached]
//
// Prints one line of JSON when ready. Stops on SIGTERM or SIGINT, or when its standard input closes,
// which it does when whoever started it dies; --detached leaves standard input alone.
// What it keeps in FOLDER lets the same network start again: ports, keys, accounts, records, blobs.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

process.env.LOG_ENABLED ??= 'false' // the PDS's own log; LOG_ENABLED=true LOG_DESTINATION=/path

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    pds: { type: 'string', default: '1' },
    'blob-limit': { type: 'string', default: String(100 * 1024 * 1024) },
    detached: { type: 'boolean', default: false },
  },
})
const STOP_WITHIN = 3000 // milliseconds

const closers = []
let stopping
function stop() {
  stopping ??= (async () => {
    const closed = Promise.allSettled(closers.reverse().map(async (close) => close()))
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, STOP_WITHIN))])
    process.exit(0)
  })()
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
if (!options.detached) {
  process.stdin.on('end', stop).on('close', stop).on('error', stop).resume()
}

const { holdPort } = await import('./ports.mjs')
const { startDirectory } = await import('./directory.mjs')
const { startServer } = await import('./server.mjs')
const { startRelay } = await import('./relay.mjs')

const count = Number(options.pds)
const file = path.join(options.dir, 'network.json')
const kept = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : { servers: [] }
const newSecrets = () => ({
  rotationKey: crypto.randomBytes(32).toString('hex'),
  jwt: crypto.randomBytes(32).toString('hex'),
  admin: crypto.randomBytes(16).toString('hex'),
})

const servers = []
const directoryAt = await holdPort(kept.directory)
closers.push(await startDirectory(directoryAt, path.join(options.dir, 'directory.jsonl')))
const started = []
for (let i = 0; i < count; i++) {
  const before = kept.servers[i]
  const at = await holdPort(before?.port)
  // One domain must not be the end of another.
  const domain = before?.domain ?? (count === 1 ? '.test' : `.pds${i}.test`)
  const secrets = before?.secrets ?? newSecrets()
  const blobLimit = Number(options['blob-limit'])
  const settings = { domain, directoryUrl: directoryAt.url, blobLimit, secrets }
  closers.push(await startServer(at, path.join(options.dir, `pds${i}`), settings, servers))
  started.push({ port: at.port, url: at.url, domain, secrets })
}
const relayAt = await holdPort(kept.relay)
closers.push(await startRelay(relayAt, servers))

const state = {
  directory: directoryAt.port,
  relay: relayAt.port,
  servers: started.map(({ port, domain, secrets }) => ({ port, domain, secrets })),
}
fs.writeFileSync(file, JSON.stringify(state, null, 2), { mode: 0o600 })
console.log(JSON.stringify({
  plc: directoryAt.url,
  relay: relayAt.url,
  pds: started.map(({ url, domain, secrets }) => ({ url, domain, admin: secrets.admin })),
  pid: process.pid,
}))
