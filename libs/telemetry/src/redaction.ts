const secretName =
  '[\\w.-]{0,64}(?:authorization|cookie|api[_-]?keys?|passwords?|passwd|passphrase|secrets?|(?:private|encryption|signing|sealed)[_-]?key|credentials?|token|jwt)';
const jsonString = '"(?:[^"\\\\]|\\\\.)*"';

/** `"apiKey":"…"` as JSON, a list of strings included. */
const secretField = new RegExp(
  `("${secretName}"\\s*:\\s*)(?:${jsonString}|\\[(?:[^\\]"]|${jsonString})*\\])`,
  'gi',
);
/** The same inside a JSON string, as when a provider's answer is quoted in a message. */
const quotedSecretField = new RegExp(`(\\\\"${secretName}\\\\"\\s*:\\s*\\\\")[^"\\\\]*`, 'gi');

const secretTexts: ReadonlyArray<[pattern: RegExp, replacement: string]> = [
  [/\b(Bearer\s+)(?=\S*\d)[\w.~+/=-]{8,}/gi, '$1[redacted]'],
  // Bounded, since `eyJ-eyJ-…` begins anew at every `-`: the header of a JWT is a few hundred characters at most.
  [/\beyJ[\w-]{8,1024}\.[\w-]+\.[\w-]*/g, '[redacted]'],
  [/\b(?:sk|rk|gsk|xai)[-_][\w-]{8,}|\bAIza[\w-]{20,}/g, '[redacted]'],
  // Our own: API tokens and the codes of invites, and refresh tokens.
  [/\bsl(?:c|inv)_[\w-]{20,}/g, '[redacted]'],
  [/(?<![a-z2-7])[a-z2-7]{26}\.[\w-]{43}/g, '[redacted]'],
  // The user's name holds no colon (RFC 3986, 3.2.1), so that there is one way alone to read `a:a:a:…`.
  [/(:\/\/)[^\s/@":]*:[^\s/@"]+@/g, '$1[redacted]@'],
  [/([?&](?:key|api[-_]?key|token|access_token|sig|signature)=)[^&\s"\\]+/gi, '$1[redacted]'],
];

/** What every pattern here needs to match: one pass that clears nearly every line, a quarter of the cost of all. */
const worthLooking =
  /authorization|cookie|api[_-]?key|passw|passphrase|secret|(?:private|encryption|signing|sealed)[_-]?key|credential|token\\?"|jwt|bearer\s|\beyJ|\b(?:sk|rk|gsk|xai)[-_]|AIza|\bsl(?:c|inv)_|\.[\w-]{43}|:\/\/[^\s/@"]+@|[?&](?:key|token|access_token|sig|signature)=/i;

/** Takes bearer tokens, JWTs, well-known forms of provider keys and passwords in URLs out of a text. */
export function redactText(text: string): string {
  let result = text;
  for (const [pattern, replacement] of secretTexts) result = result.replace(pattern, replacement);
  return result;
}

/** The one route of the API with a secret in its path. */
const secretSegment = /(\/api\/invites\/)(?!accept(?:[/?#]|$))[^/?#]+/gi;

/** Takes the codes of invites out of the path of an HTTP request, percent-encoded ones too (ADR 0044). */
export function redactPath(path: string): string {
  const plain = decoded(path);
  const safe = redactText(plain.replace(secretSegment, '$1[redacted]'));
  return safe === plain ? path : safe;
}

function decoded(path: string): string {
  try {
    return path.includes('%') ? decodeURIComponent(path) : path;
  } catch {
    return path;
  }
}

/**
 * Makes one JSON log line safe: fields with a secret's name, at any depth and also quoted inside a message, lose
 * their value, and so does text that looks like a secret. The line stays valid JSON. This is a net under the rule
 * that secrets are never logged, not a licence.
 */
export function redactLine(line: string): string {
  if (!worthLooking.test(line)) return line;
  const fields = line.replace(secretField, '$1"[redacted]"');
  return redactText(fields.includes('\\"') ? fields.replace(quotedSecretField, '$1[redacted]') : fields);
}
