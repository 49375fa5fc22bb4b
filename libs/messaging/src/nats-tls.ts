/** Files in PEM. Any of them insists on TLS, whatever the URL's scheme. */
export type NatsTls = {
  /** Who vouches for the server's certificate, in place of the system's authorities. */
  readonly caFile?: string;
  /** Our own certificate and its key, where the server asks for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
};

/** `natsTls` from NATS_CA_FILE, NATS_CERT_FILE and NATS_KEY_FILE; nothing when none is set. */
export const natsTlsFrom = (
  env: Readonly<Record<string, string | undefined>>,
): { readonly natsTls?: NatsTls } => {
  const { NATS_CA_FILE, NATS_CERT_FILE, NATS_KEY_FILE } = env;
  if (!NATS_CA_FILE && !NATS_CERT_FILE && !NATS_KEY_FILE) return {};
  return {
    natsTls: {
      ...(NATS_CA_FILE ? { caFile: NATS_CA_FILE } : {}),
      ...(NATS_CERT_FILE ? { certFile: NATS_CERT_FILE } : {}),
      ...(NATS_KEY_FILE ? { keyFile: NATS_KEY_FILE } : {}),
    },
  };
};

// Codes of OpenSSL (X509_V_ERR_*) as Node names them, ERR_TLS_CERT_ALTNAME_INVALID and ENOENT of a file of ours.
const NOT_TRUSTED =
  /UNABLE_TO|SELF_SIGNED|CERT_|ERR_TLS_|unable to (get|verify)|self.signed|certificate|ENOENT|doesn't exist|PEM/;

/** Whether a connection failed for its certificates, which waiting does not change. */
export const isNotTrusted = (error: unknown): boolean => {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (NOT_TRUSTED.test(`${(one as NodeJS.ErrnoException).code ?? ''} ${one.message}`)) return true;
  }
  return false;
};
