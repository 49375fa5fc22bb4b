// The baseline: what a hand-made proxy does, and no more. Fastify checks the token and the body, undici asks the
// provider, the answer goes back. Nothing is stored. Run as a process of its own, like the services.
import { generateKeyPairSync } from 'node:crypto';
import fastifyJwt from '@fastify/jwt';
import { chatBodySchema } from '@sluice/contracts';
import Fastify from 'fastify';
import { Agent, request } from 'undici';

const providerUrl = process.env['PROVIDER_URL'] ?? '';
const streamModel = process.env['STREAM_MODEL'] ?? 'demo';
const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const dispatcher = new Agent({ connections: 256, pipelining: 1 });

const app = Fastify({ logger: false });
await app.register(fastifyJwt, {
  secret: { private: privateKey, public: publicKey },
  sign: { algorithm: 'EdDSA', expiresIn: '1h' },
  verify: { algorithms: ['EdDSA'], cache: true },
});

app.post('/chat', async (incoming, reply) => {
  await incoming.jwtVerify();
  const body = chatBodySchema.parse(incoming.body);
  const answer = await request(`${providerUrl}/chat/completions`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-demo-key-1234' },
    body: JSON.stringify({ model: 'demo', messages: body.messages }),
  });
  reply.code(answer.statusCode);
  return answer.body.json();
});

app.post('/chat/stream', async (incoming, reply) => {
  await incoming.jwtVerify();
  const { messages } = chatBodySchema.parse(incoming.body);
  const answer = await request(`${providerUrl}/chat/completions`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-demo-key-1234' },
    body: JSON.stringify({
      model: streamModel,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  reply.code(answer.statusCode).header('content-type', answer.headers['content-type']);
  return reply.send(answer.body);
});

const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ url, token: app.jwt.sign({ sub: 'bench', team: 'bench' }) })}\n`);
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
