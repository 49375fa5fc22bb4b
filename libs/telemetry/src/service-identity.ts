import { readFileSync } from 'node:fs';

/** Who is speaking: `service` for log lines, `name` and `version` for the telemetry resource. */
export type ServiceIdentity = { service: string; name: string; version?: string };

const serviceFolder = /^(?:.*[\\/])?services[\\/]([^\\/]+)(?=[\\/])/;

/** Derives the identity from the main module's path, `…/services/<name>/src/main.ts`; `sluice` elsewhere. */
export function serviceIdentity(mainModule: string | undefined): ServiceIdentity {
  const found = mainModule === undefined ? null : serviceFolder.exec(mainModule);
  if (found?.[1] === undefined) return { service: 'sluice', name: 'sluice' };
  const version = packageVersion(`${found[0]}/package.json`);
  return { service: found[1], name: `sluice-${found[1]}`, ...(version === undefined ? {} : { version }) };
}

function packageVersion(file: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return undefined;
    return typeof manifest.version === 'string' ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}
