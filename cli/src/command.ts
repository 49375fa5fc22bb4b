/** One command of the command line. */
export type Command = {
  /** As it is typed: `keys public`. */
  readonly name: string;
  /** One sentence for the help. */
  readonly summary: string;
  /** A line for each variable that it reads. */
  readonly variables: readonly string[];
  /** Returns what stdout gets; throws an Error whose message stderr gets. */
  readonly run: (env: Readonly<Record<string, string | undefined>>) => Promise<string>;
};
