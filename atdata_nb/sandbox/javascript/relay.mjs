// A small relay: it lists the repositories of all servers, by collection too, and merges their
// event streams. It checks no signatures, and keeps what went by in memory.
import http from 'node:http'
import { once } from 'node:events'
import express from 'express'
import { Frame, MessageFrame } from '@atproto/xrpc-server'
import { WebSocket, WebSocketServer } from 'ws'

const EVENTS = '/xrpc/com.atproto.sync.subscribeRepos'
const MOST = 2000

export async function startRelay(at, servers) {
  const app = express()
  app.get('/xrpc/_health', (_request, response) => response.json({ version: 'atdata-nb-sandbox' }))
  app.get('/xrpc/com.atproto.sync.listRepos', async ({ query }, response) => {
    const repos = await allRepos(servers)
    response.json(page(repos.map(({ server: _, ...repo }) => repo), query))
  })
  app.get('/xrpc/com.atproto.sync.listReposByCollection', async ({ query }, response) => {
    if (!query.collection) {
      return response.status(400).json({ error: 'InvalidRequest', message: 'collection required' })
    }
    const repos = await allRepos(servers)
    const holds = await Promise.all(repos.map((repo) => has(repo, query.collection)))
    response.json(page(repos.filter((_, i) => holds[i]).map(({ did }) => ({ did })), query))
  })
  app.use('/xrpc', (_request, response) => {
    const message = 'Method Not Implemented'
    response.status(501).json({ error: 'MethodNotImplemented', message })
  })
  const server = http.createServer(app)
  server.listen(at.listener)
  await once(server, 'listening')
  const stopEvents = mergeEvents(server, at, servers)
  return () => {
    stopEvents()
    server.closeAllConnections()
  }
}

async function ask(server, query) {
  const response = await fetch(`${server}/xrpc/${query}`)
  return response.ok ? response.json() : {}
}

async function allRepos(servers) {
  const lists = await Promise.all(servers.map(async ({ url }) => {
    const found = []
    let cursor
    do {
      const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
      const answer = await ask(url, `com.atproto.sync.listRepos?limit=1000${more}`)
      found.push(...(answer.repos ?? []).map((repo) => ({ ...repo, server: url })))
      cursor = answer.cursor
    } while (cursor)
    return found
  }))
  return lists.flat().sort((a, b) => (a.did < b.did ? -1 : 1))
}

async function has(repo, collection) {
  const about = await ask(repo.server, `com.atproto.repo.describeRepo?repo=${repo.did}`)
  return (about.collections ?? []).includes(collection)
}

function page(repos, { cursor = '0', limit = '500' }) {
  const from = Number(cursor)
  const to = from + Math.min(Number(limit), MOST)
  const more = to < repos.length ? { cursor: String(to) } : {}
  return { repos: repos.slice(from, to), ...more }
}

function mergeEvents(server, at, servers) {
  const sockets = new WebSocketServer({ server, path: EVENTS })
  const backlog = []
  const sources = servers.map(({ url }) => {
    const source = new WebSocket(`${url.replace('http', 'ws')}${EVENTS}?cursor=0`)
    source.on('error', () => {})
    source.on('message', (message) => {
      const frame = Frame.fromBytes(new Uint8Array(message))
      if (!frame.isMessage() || frame.body.seq === undefined) return
      frame.body.seq = backlog.length + 1
      const merged = new MessageFrame(frame.body, { type: frame.type }).toBytes()
      backlog.push(merged)
      for (const client of sockets.clients) if (client.isReady) client.send(merged)
    })
    return source
  })
  sockets.on('connection', (client, request) => {
    const cursor = new URL(request.url, at.url).searchParams.get('cursor')
    if (cursor !== null) for (const message of backlog.slice(Number(cursor))) client.send(message)
    client.isReady = true
  })
  return () => {
    for (const client of sockets.clients) client.terminate()
    for (const source of sources) source.terminate()
  }
}
