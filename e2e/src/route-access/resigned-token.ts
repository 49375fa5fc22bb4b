import { createPrivateKey, hkdfSync, sign } from 'node:crypto';

/** What auth derives its signing key from JWT_SECRET by; written again here, so that a change of it is noticed. */
const INFO = 'sluice/access-token/ed25519/v1';
/** RFC 8410: the PKCS #8 wrapping of an Ed25519 seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An access token as auth would have issued it so many seconds later (negative: earlier), signed by auth's own key. */
export function resignedToken(jwtSecret: string, token: string, seconds: number): string {
  const [header = '', payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const moved = {
    ...claims,
    iat: claims.iat + seconds,
    iatMs: claims.iatMs + seconds * 1000,
    exp: claims.exp + seconds,
  };
  const input = `${header}.${Buffer.from(JSON.stringify(moved)).toString('base64url')}`;
  const seed = Buffer.from(hkdfSync('sha256', jwtSecret, '', INFO, 32));
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}
