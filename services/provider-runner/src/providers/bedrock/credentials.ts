/** How a call to Bedrock is signed: by a Bedrock API key as bearer, or by an access key (AWS Signature Version 4). */
export type BedrockCredentials =
  | { readonly apiKey: string }
  | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };

/** Access key ids (AKIA… for good, ASIA… for a while) are 16 to 128 word characters (IAM API reference, AccessKey). */
const ACCESS_KEY = /^(?<id>[A-Z0-9]{16,128}):(?<secret>[^:\s]+)(?::(?<session>\S+))?$/;

/** A profile's key: `accessKeyId:secretAccessKey[:sessionToken]`, or else a Bedrock API key. */
export function credentialsOf(key: string): BedrockCredentials {
  const { id, secret, session } = ACCESS_KEY.exec(key)?.groups ?? {};
  if (id === undefined || secret === undefined) return { apiKey: key };
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(session !== undefined && { sessionToken: session }),
  };
}

/** The region that a signature names: the host's (`bedrock-runtime.eu-west-1.amazonaws.com`, an endpoint of a VPC too). */
export function regionOf(baseUrl: string): string {
  return (
    /bedrock-runtime(?:-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d+)\./.exec(new URL(baseUrl).hostname)?.[1] ??
    'us-east-1'
  );
}
