/** Loaded before everything else, so that nothing the telemetry start-up contacts escapes it. */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

export const contactedHosts = new Set<string>();

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  socket.once('lookup', (_error, address, _family, host) => contactedHosts.add(host ?? address));
  socket.on('connectionAttempt', (ip: string, port: number) => contactedHosts.add(`${ip}:${port}`));
});
