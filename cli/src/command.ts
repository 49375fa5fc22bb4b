/** The variables that a command runs with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A report on stdout with an exit code of its own: 1 says that something in it needs looking after. */
export type Report = { readonly output: string; readonly exitCode: 0 | 1 };

/** One command of the command line. */
export type Command = {
  /** As it is typed: `keys public`. */
  readonly name: string;
  /** What one more word after the name means; without it none may follow. */
  readonly argument?: string;
  /** One sentence for the help. */
  readonly summary: string;
  /** A line for each variable that it reads. */
  readonly variables: readonly string[];
  /**
   * Returns what stdout gets, or null when it has printed line by line itself; throws an Error whose message stderr gets.
   * `print` writes a line to stdout and resolves when there is room for the next.
   */
  readonly run: (
    env: Environment,
    argument: string,
    print: (line: string) => Promise<void>,
  ) => Promise<string | Report | null>;
};
