export { type Binding, originOf } from './binding.ts';
export { SealingError, type SealingFault } from './errors.ts';
export { type KeyRing, keyRing } from './key-ring.ts';
export { deriveKeyPair, type SealingKeyPair, type SealingPublicKey, SUITE } from './keys.ts';
export { parsePublicKeys, publicKeys } from './public-keys.ts';
export { open, type SealedKey, seal } from './seal.ts';
