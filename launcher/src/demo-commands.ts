export type DemoCommandFacts = {
  readonly url: string;
  /** The file that holds a token which is valid now. */
  readonly tokenFile: string;
  readonly profileId: string;
  readonly jobId: string;
};

/** Three commands to copy: ask and wait, ask and stream, look up the job. */
export const demoCommands = ({ url, tokenFile, profileId, jobId }: DemoCommandFacts) => {
  const token = `-H "Authorization: Bearer $(cat ${shellWord(tokenFile)})"`;
  const json = `-H 'Content-Type: application/json'`;
  const asking = (question: string, more: Record<string, unknown> = {}): string => {
    const messages = [{ role: 'user', content: question }];
    return `-d '${JSON.stringify({ aiProfileId: profileId, messages, ...more })}'`;
  };
  const lines = (...parts: readonly string[]): string => parts.join(' \\\n    ');
  const chat = `${url}/api/llm/chat`;
  return [
    {
      title: 'Ask and wait',
      command: lines(`curl -s ${chat}`, token, `${json} -H 'Prefer: wait=30'`, asking('Why is water wet?')),
    },
    {
      title: 'Ask and stream',
      command: lines(`curl -sN ${chat}`, token, json, asking('Tell me about rivers.', { stream: true })),
    },
    { title: 'Look up the job', command: lines(`curl -s ${url}/api/jobs/${jobId}`, token) },
  ] as const;
};

const shellWord = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
