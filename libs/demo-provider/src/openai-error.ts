import type { ServerResponse } from 'node:http';

/** The body of an error of OpenAI's API, where a code is given by its status unless one is asked for. */
export function errorBody(
  status: number,
  message: string,
  code: string | null = null,
  param: string | null = null,
) {
  const [type, usual] = kindOf(status);
  return { error: { message, type, param, code: code ?? usual } };
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  res.end(text);
}

function kindOf(status: number): [type: string, code: string | null] {
  switch (status) {
    case 401:
      return ['invalid_request_error', 'invalid_api_key'];
    case 404:
      return ['invalid_request_error', 'model_not_found'];
    case 429:
      return ['requests', 'rate_limit_exceeded'];
    default:
      return status < 500 ? ['invalid_request_error', null] : ['server_error', null];
  }
}
