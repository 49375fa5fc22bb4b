import {
  type Actor,
  acceptInvite,
  createInvite,
  type Role,
  registerUser,
  type Session,
} from '@sluice/contracts';
import type { AuthUnderTest } from './auth-under-test.ts';

export type Person = { session: Session; actor: Actor; userId: string; teamId: string };

/** Registers users under addresses of their own, and lets them join one another's teams. */
export function peopleOf(auth: AuthUnderTest) {
  let registered = 0;
  const register = async (): Promise<Person> => {
    registered += 1;
    const email = `person${registered}@example.com`;
    const session = await auth.ask(registerUser, { email, password: 'long enough' });
    const { id: userId } = session.user;
    const { id: teamId } = session.team;
    return { session, userId, teamId, actor: { userId, teamId, address: '192.0.2.7' } };
  };
  const invite = ({ actor, teamId }: Person, body: { role?: Role; email?: string } = {}) =>
    auth.ask(createInvite, { actor, teamId, body });
  const accept = ({ actor }: Person, code: string) => auth.ask(acceptInvite, { actor, code });
  /** A new user who joins the team of somebody else. */
  const join = async (owner: Person, role: Role = 'member'): Promise<Person> => {
    const [person, { code }] = await Promise.all([register(), invite(owner, { role })]);
    await accept(person, code);
    return person;
  };
  return { register, invite, accept, join };
}
