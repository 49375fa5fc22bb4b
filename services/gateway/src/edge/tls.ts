import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { TlsFiles } from '../config.ts';

/**
 * Certificate and key as Node's TLS takes them; TLS 1.2 at least (RFC 8996, RFC 9325 section 3.1.1). Throws an Error that
 * names the variable of a file that cannot be read, or both where they do not fit each other.
 */
export function readTls({ certFile, keyFile }: TlsFiles): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: read('TLS_CERT_FILE', certFile),
    key: read('TLS_KEY_FILE', keyFile),
    minVersion: 'TLSv1.2',
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new Error('TLS_CERT_FILE and TLS_KEY_FILE are not a certificate and its key in PEM form.', {
      cause,
    });
  }
  return options;
}

function read(variable: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new Error(`${variable} names a file that cannot be read (${code}).`, { cause });
  }
}
