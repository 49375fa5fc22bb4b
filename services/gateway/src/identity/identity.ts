import type { AccessClaims } from '@sluice/contracts';

/** Who calls, as the access token says. */
export type Identity = {
  readonly userId: string;
  readonly teamId: string;
  readonly role: AccessClaims['role'];
};
