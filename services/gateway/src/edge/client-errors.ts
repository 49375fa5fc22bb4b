import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, newId } from '@sluice/contracts';
import type { Logger } from '@sluice/telemetry';
import type { ConnectionError } from 'fastify';
import { errorAnswer } from './error-answer.ts';
import { LIMITS } from './limits.ts';
import { RAW_SECURITY_HEADERS } from './security-headers.ts';

/** Node's and its parser's errors on a connection that carries no request yet; the rest is "not HTTP". */
const REASONS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: `The headers are larger than ${LIMITS.headerBytes} bytes.`,
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
};

/**
 * Answers what is not an HTTP request at all in the API's error shape, with a request id of its own, and closes the
 * connection.
 */
export function answerClientErrors(log: Logger, production: boolean) {
  return (error: ConnectionError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const requestId = newId();
    log.debug({ requestId, code: error.code }, 'a connection does not speak HTTP');
    // As Node's own handler does: behind an answer that has begun, another one would be read as part of it.
    const { _httpMessage: underWay } = socket as Socket & { _httpMessage?: { headersSent: boolean } | null };
    if (!socket.writable || underWay?.headersSent === true) {
      socket.destroy();
      return;
    }
    const reason = REASONS[error.code] ?? 'The request is not valid HTTP.';
    const { status, body } = errorAnswer(new AppError('bad_request', reason), requestId, production);
    const text = JSON.stringify(body);
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(text)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
      ...Object.entries(RAW_SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  };
}
