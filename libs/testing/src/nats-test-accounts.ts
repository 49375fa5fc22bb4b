import { type NatsAccount, type NatsUser, natsAccountsOf } from '@sluice/contracts';

/** The login of a service in a test file's account. */
export const testLoginOf = (account: string, user: NatsUser): string => `${account}.${user}`;

/**
 * What each test file has on nats-server: an account with a user of the same name who may do everything, and every
 * user of Sluice with the permissions that it has in production, all with one password.
 */
export const natsTestAccounts = (accounts: readonly string[], password: string): NatsAccount[] =>
  accounts.flatMap((account) =>
    natsAccountsOf({
      account,
      loginOf: (user) => testLoginOf(account, user),
      passwordOf: () => JSON.stringify(password),
      extra: [{ user: account, password: JSON.stringify(password) }],
    }),
  );
