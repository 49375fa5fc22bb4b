import { type Failure, failure } from '../job/failure.ts';
import { PRIVATE_ADDRESS } from './guarded-connector.ts';

/** A call that broke beneath HTTP: `answering` once a successful answer had begun. */
export function failureOfBreak(error: unknown, answering: boolean): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return failure('provider_connect_timeout', 'The provider did not accept a connection in time.');
  }
  if (code === PRIVATE_ADDRESS) {
    return failure(
      'profile_unavailable',
      "The provider's host resolves to a private address, which the operator does not allow.",
      { retryable: false },
    );
  }
  if (code.startsWith('HPE_')) {
    return failure('provider_malformed', 'The provider did not answer in HTTP.');
  }
  return answering
    ? failure('provider_truncated', 'The connection to the provider broke in the middle of its answer.')
    : failure('provider_unavailable', `The provider cannot be reached${reasonOf(code)}.`);
}

/** Node's and undici's codes, such as ECONNREFUSED: no address and no secret in them. */
function reasonOf(code: string): string {
  return /^[A-Z_0-9]{3,40}$/.test(code) ? ` (${code})` : '';
}
