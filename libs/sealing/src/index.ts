export { type Binding, originOf } from './binding.ts';
export { type CallKeys, callKeys } from './call-keys.ts';
export { SealingError, type SealingFault } from './errors.ts';
export { type KeyRing, keyRing } from './key-ring.ts';
export { deriveKeyPair, type SealingKeyPair, type SealingPublicKey, SUITE } from './keys.ts';
export { parsePublicKeys, publicKeys, publicKeyText } from './public-keys.ts';
export { type LegacyKey, open, type SealedKey, seal } from './seal.ts';
export { type CallBinding, openCall, type SealedCall, type SealedReply, sealCall } from './sealed-call.ts';
