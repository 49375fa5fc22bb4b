/** What NATS_URL says, as the client wants it. */
export type ServerAddresses = {
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly tls: boolean;
};

/**
 * Reads one URL or several, separated by commas: `nats://user:pass@host:4222,nats://other:4222`. The first one that
 * carries credentials gives them for all; a name alone is a token. Throws a TypeError that shows no credentials.
 */
export const serverAddresses = (url: string): ServerAddresses => {
  const parsed = url
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseServer);
  if (parsed.length === 0) throw new TypeError('the NATS URL is empty');
  const login = parsed.find(({ username }) => username !== '');
  const user = login && decodeURIComponent(login.username);
  const pass = login && decodeURIComponent(login.password);
  return {
    servers: parsed.map(({ hostname, port }) => `${hostname}:${port || '4222'}`),
    ...(user === undefined ? {} : pass ? { user, pass } : { token: user }),
    tls: parsed.some(({ protocol }) => protocol === 'tls:'),
  };
};

/** Whether serverAddresses can read it; for the configuration of services. */
export const isNatsUrl = (url: string): boolean => {
  try {
    serverAddresses(url);
    return true;
  } catch {
    return false;
  }
};

const parseServer = (text: string): URL => {
  const url = URL.parse(text.includes('://') ? text : `nats://${text}`);
  if (url === null || url.hostname === '') throw new TypeError('the NATS URL cannot be read');
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:') {
    throw new TypeError(`the NATS URL starts with ${url.protocol}//; known are nats:// and tls://`);
  }
  return url;
};
