const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const STEADY_AFTER_MS = 30_000;

/** How often in a row a process ended soon after its start. */
export type Restarts = { readonly inARow: number };

export const NO_RESTARTS: Restarts = { inARow: 0 };

/** Counts one more end of a process that was up for so many milliseconds; a steady one begins a new row. */
export const afterEnd = ({ inARow }: Restarts, upForMs: number): Restarts => ({
  inARow: upForMs >= STEADY_AFTER_MS ? 1 : inARow + 1,
});

/** Milliseconds to wait before the next start: half a second, doubled with each end in a row, half a minute at most. */
export const pauseBeforeRestart = ({ inARow }: Restarts): number =>
  inARow === 0 ? 0 : Math.min(FIRST_MS * 2 ** (inARow - 1), LONGEST_MS);
