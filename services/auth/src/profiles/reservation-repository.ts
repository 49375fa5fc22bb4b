import type { Db } from 'mongodb';

/** Ids of profiles to come, each kept for one team until a profile takes it or its time is over. */
export type ReservationRepository = {
  ensureIndexes(): Promise<void>;
  insert(reservation: Reservation): Promise<void>;
  holds(teamId: string, profileId: string, now: Date): Promise<boolean>;
  remove(profileId: string): Promise<void>;
};

export type Reservation = { profileId: string; teamId: string; expiresAt: Date };

export function reservationRepository(db: Db): ReservationRepository {
  const reservations = db.collection<Omit<Reservation, 'profileId'> & { _id: string }>('profileReservations');
  return {
    async ensureIndexes() {
      // MongoDB looks about once a minute: `holds` compares the time itself.
      await reservations.createIndexes([
        { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
        { key: { teamId: 1 } },
      ]);
    },
    async insert({ profileId, ...reservation }) {
      await reservations.insertOne({ _id: profileId, ...reservation });
    },
    async holds(teamId, profileId, now) {
      const found = await reservations.findOne({ _id: profileId, teamId, expiresAt: { $gt: now } });
      return found !== null;
    },
    async remove(profileId) {
      await reservations.deleteOne({ _id: profileId });
    },
  };
}
