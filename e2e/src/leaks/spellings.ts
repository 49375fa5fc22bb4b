/**
 * Every form in which a secret could stand in a text: as it is, percent-encoded, in JSON's escapes, in hex of either
 * case, and in base64 and base64url. Inside something longer that was encoded as a whole, base64 begins at one of three
 * places within its groups of three bytes: what does not depend on the neighbours is looked for.
 */
export function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const encoded = [0, 1, 2].flatMap((shift) => [
    inBase64(bytes, shift, 'base64'),
    inBase64(bytes, shift, 'base64url'),
  ]);
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, encodeURIComponent(secret), escaped, hex, hex.toUpperCase(), ...encoded])];
}

function inBase64(bytes: Buffer, shift: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(encoding)
    .replace(/=+$/, '');
  const begin = Math.ceil((shift * 8) / 6);
  const whole = Math.floor(((shift + bytes.length) * 8) / 6);
  return text.slice(begin, whole);
}
