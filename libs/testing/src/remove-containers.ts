// `node remove-containers.ts <id> …` removes containers with their volumes, for a test process that has ended.
import { getContainerRuntimeClient } from 'testcontainers';

const { container } = await getContainerRuntimeClient();
await Promise.allSettled(
  process.argv.slice(2).map((id) => container.getById(id).remove({ force: true, v: true })),
);
