import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AUDIT_STREAM,
  auditEntrySchema,
  changeMemberRole,
  createTeam,
  removeMember,
  renameTeam,
  revokeInvite,
} from '@sluice/contracts';
import { readSubject } from '@sluice/messaging';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { peopleOf } from '../testing/people.ts';

let auth: AuthUnderTest;
before(async () => {
  auth = await authUnderTest();
});
after(() => auth.stop());

test('every change is in the audit log, and none that was refused', async () => {
  const people = peopleOf(auth);
  const ada = await people.register();
  const { actor, teamId } = ada;
  const bob = await people.join(ada);
  const eve = await people.join(ada);
  const { id: inviteId, code } = await people.invite(ada);
  await auth.ask(revokeInvite, { actor, teamId, inviteId });
  await auth.ask(renameTeam, { actor, teamId, body: { name: 'New' } });
  await auth.ask(changeMemberRole, { actor, teamId, userId: bob.userId, body: { role: 'owner' } });
  await auth.ask(removeMember, { actor: bob.actor, teamId, userId: bob.userId });
  await auth.ask(removeMember, { actor, teamId, userId: eve.userId });
  const zoe = await people.join(ada, 'owner');
  await people.invite({ ...zoe, teamId });
  await auth.ask(changeMemberRole, { actor, teamId, userId: zoe.userId, body: { role: 'member' } });
  const second = await auth.ask(createTeam, { actor, body: { name: 'Second' } });
  await assert.rejects(auth.ask(removeMember, { actor, teamId, userId: ada.userId }), { code: 'conflict' });
  const messages = [
    ...(await readSubject(auth.nc, AUDIT_STREAM, `audit.${teamId}.*`)),
    ...(await readSubject(auth.nc, AUDIT_STREAM, `audit.${second.id}.*`)),
  ];
  const text = messages.map(({ data }) => new TextDecoder().decode(data)).join('');
  const actions = [...text.matchAll(/"action":"([a-z._]+)"/g)].map(([, action]) => action);
  assert.deepEqual(actions.toSorted(), [
    ...['invite.created', 'invite.created', 'invite.created', 'invite.created', 'invite.created'],
    ...['invite.revoked', 'invite.revoked', 'member.joined', 'member.joined', 'member.joined'],
    ...['member.left', 'member.removed', 'member.role_changed', 'member.role_changed'],
    ...['team.created', 'team.created', 'team.renamed'],
  ]);
  assert.ok(!text.includes(code));

  // Ids alone would name nobody once a member is gone.
  const named = messages
    .map((message) => auditEntrySchema.parse(message.json()))
    .filter(({ target }) => target.kind === 'member')
    .map(({ action, target, details }) => [action, target.id, details?.['email']]);
  const [bobs, eves, zoes] = [bob, eve, zoe].map(({ session }) => session.user.email);
  assert.deepEqual(
    named.toSorted(),
    [
      ['member.joined', bob.userId, bobs],
      ['member.joined', eve.userId, eves],
      ['member.joined', zoe.userId, zoes],
      ['member.left', bob.userId, bobs],
      ['member.removed', eve.userId, eves],
      ['member.role_changed', bob.userId, bobs],
      ['member.role_changed', zoe.userId, zoes],
    ].toSorted(),
  );
});
