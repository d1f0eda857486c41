// The did:plc directory: operations are checked as the real one checks them, and appended to a file.
import fs from 'node:fs'
import { once } from 'node:events'
import express from 'express'
import * as plc from '@did-plc/lib'
import * as cbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'

const CONTEXT = ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1']
const DAG_CBOR = 0x71

export async function startDirectory(at, file) {
  const log = new OperationLog(file)
  const app = express()
  app.use(express.json({ limit: '100kb' }))

  const data = async (did) => {
    const operations = log.standing(did).map((entry) => entry.operation)
    const found = operations.length > 0 && (await plc.validateOperationLog(did, operations))
    if (!found) throw new NotRegistered(did)
    return found
  }
  const last = (did) => {
    const entry = log.standing(did).at(-1)
    if (!entry) throw new NotRegistered(did)
    return entry.operation
  }

  app.get('/_health', (_request, response) => response.json({ version: 'atdata-nb-sandbox', pid: process.pid }))
  app.get('/:did', answer(async ({ params }, response) => {
    response.type('application/did+ld+json').send(JSON.stringify(didDocument(await data(params.did))))
  }))
  app.get('/:did/data', answer(async ({ params }, response) => response.json(await data(params.did))))
  app.get('/:did/log', answer(async ({ params }, response) => {
    response.json(log.standing(params.did).map((entry) => entry.operation))
  }))
  app.get('/:did/log/audit', answer(async ({ params }, response) => {
    response.json(log.all(params.did).map((entry) => ({ ...entry, cid: entry.cid.toString() })))
  }))
  app.get('/:did/log/last', answer(async ({ params }, response) => response.json(last(params.did))))
  app.post('/:did', answer(async ({ params, body }, response) => {
    await log.append(params.did, body)
    response.sendStatus(200)
  }))

  const server = app.listen(at.listener)
  await once(server, 'listening')
  return () => server.closeAllConnections()
}

class NotRegistered extends Error {
  constructor(did) {
    super(`DID not registered: ${did}`)
  }
}

function answer(handle) {
  return async (request, response) => {
    try {
      await handle(request, response)
    } catch (error) {
      const status = error instanceof NotRegistered ? 404 : plc.PlcError.is(error) ? 400 : 500
      response.status(status).json({ message: error.message })
    }
  }
}

function didDocument(data) {
  return {
    '@context': CONTEXT,
    id: data.did,
    alsoKnownAs: data.alsoKnownAs,
    verificationMethod: Object.entries(data.verificationMethods).map(([name, key]) => ({
      id: `${data.did}#${name}`,
      type: 'Multikey',
      controller: data.did,
      publicKeyMultibase: key.replace('did:key:', ''),
    })),
    service: Object.entries(data.services).map(([name, service]) => ({
      id: `#${name}`,
      type: service.type,
      serviceEndpoint: service.endpoint,
    })),
  }
}

class OperationLog {
  #entries = new Map()
  #file

  constructor(file) {
    this.#file = file
    if (!fs.existsSync(file)) return
    for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const { did, cid, operation, nullified } = JSON.parse(line)
      for (const entry of this.all(did)) {
        if (nullified.includes(entry.cid.toString())) entry.nullified = true
      }
      this.#add({ did, operation, cid: CID.parse(cid), nullified: false, createdAt: new Date() })
    }
  }

  all(did) {
    return this.#entries.get(did) ?? []
  }

  standing(did) {
    return this.all(did).filter((entry) => !entry.nullified)
  }

  async append(did, operation) {
    const shape = plc.def.compatibleOp.or(plc.def.tombstone).safeParse(operation)
    if (!shape.success) throw new plc.ImproperOperationError('Not a valid operation', operation)
    const before = this.standing(did)
    const { nullified } = await plc.assureValidNextOp(did, before, operation)
    for (const entry of before) {
      if (nullified.some((cid) => cid.equals(entry.cid))) entry.nullified = true
    }
    const cid = CID.createV1(DAG_CBOR, await sha256.digest(cbor.encode(operation)))
    const line = { did, operation, cid: cid.toString(), nullified: nullified.map(String) }
    fs.appendFileSync(this.#file, `${JSON.stringify(line)}\n`)
    this.#add({ did, operation, cid, nullified: false, createdAt: new Date() })
  }

  #add(entry) {
    this.#entries.set(entry.did, [...this.all(entry.did), entry])
  }
}
