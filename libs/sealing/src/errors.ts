/**
 * - `secret_unusable`: an encryption secret is empty.
 * - `public_key_unusable`: a text of public keys does not parse or does not check out.
 * - `binding_unusable`: a part of the additional data, or a base URL, cannot be bound.
 * - `key_unknown`: the record names a key that is not on the ring.
 * - `record_malformed`: a record of the older form has another shape.
 * - `does_not_open`: everything else that keeps a record shut: altered, copied elsewhere, other key.
 */
export type SealingFault =
  | 'secret_unusable'
  | 'public_key_unusable'
  | 'binding_unusable'
  | 'key_unknown'
  | 'record_malformed'
  | 'does_not_open';

/**
 * The one error of this package. Neither message nor cause carries key material, sealed bytes or a URL:
 * the cryptographic cause is dropped on purpose, since it adds nothing an operator may act on.
 */
export class SealingError extends Error {
  readonly fault: SealingFault;

  constructor(fault: SealingFault, message: string) {
    super(message);
    this.name = 'SealingError';
    this.fault = fault;
  }
}
