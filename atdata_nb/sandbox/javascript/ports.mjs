// A port is held by really listening on it, on the loopback address only; the server then listens
// on the same handle. So nobody can take it in between, and nothing is ever open to the network.
import net from 'node:net'
import { once } from 'node:events'

export async function holdPort(port = 0) {
  const listener = net.createServer().listen(port, '127.0.0.1')
  await once(listener, 'listening')
  const taken = listener.address().port
  return { listener, port: taken, url: `http://localhost:${taken}` }
}
