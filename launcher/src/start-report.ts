import type { Demo } from './demo.ts';
import { paint, say } from './terminal.ts';

/** Prints the demo's question and answer, the login, and the commands to copy. */
export const printDemo = ({ account, question, job, commands }: Demo): void => {
  say(`\n  ${question}`);
  say(`  ${paint('cyan', job.text ?? `the job is ${job.status}`)}  ${paint('dim', `job ${job.id}`)}`);
  say(`\nLogin  ${account.email}  ${account.password}`);
  for (const { title, command } of commands) say(`\n${paint('bold', `# ${title}`)}\n${command}`);
  say();
};
