export type Schedule = {
  /** When the server publishes to the target; milliseconds since 1970 when a number. */
  readonly at: Date | number;
  /** A subject of the same stream. */
  readonly target: string;
  /** How long what was published stays in the stream: seconds, or a duration such as `1h`. */
  readonly ttl: number | string;
};

/**
 * Headers that make a message a timer (nats-server 2.14, stream with `allow_msg_schedules` and `allow_msg_ttl`): its
 * body is published to the target at the time given, 2 to 4 ms late when idle. A time that has passed fires at once.
 */
export const scheduleHeaders = (schedule: Schedule): Record<string, string> => ({
  'Nats-Schedule': `@at ${new Date(schedule.at).toISOString()}`,
  'Nats-Schedule-Target': schedule.target,
  'Nats-Schedule-TTL': typeof schedule.ttl === 'number' ? `${schedule.ttl}s` : schedule.ttl,
});
