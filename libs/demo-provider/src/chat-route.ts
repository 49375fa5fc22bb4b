import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attempts } from './attempts.ts';
import type { CallLog } from './call-log.ts';
import { answerChat } from './chat-completions.ts';
import { parseChatRequest } from './chat-request.ts';
import { errorBody, sendJson } from './openai-error.ts';
import { readCall, recordCall } from './record-call.ts';
import { parseScript } from './script.ts';

export type ChatDeps = {
  readonly log: CallLog;
  readonly attempts: Attempts;
  readonly nextId: () => string;
};

/** `POST /v1/chat/completions`: reads, records, refuses what OpenAI's API would refuse, then answers. */
export async function chatRoute(deps: ChatDeps, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const call = await readCall(req);
  const { bytes, body, token } = call;
  const parsed = parseChatRequest(body);
  const script = 'request' in parsed ? parseScript(parsed.request.model) : parsed;

  recordCall(deps.log, req, res, {
    ...call,
    label: 'script' in script ? script.script.label : null,
    model: 'request' in parsed ? parsed.request.model : '',
    stream: 'request' in parsed && parsed.request.stream,
  });

  if (token === null) {
    sendJson(res, 401, errorBody(401, "You didn't provide an API key as a bearer token."));
  } else if (bytes === null) {
    sendJson(res, 413, errorBody(413, 'The body is larger than 64 MiB.'));
  } else if ('fault' in parsed) {
    sendJson(res, 400, errorBody(400, parsed.fault, null, parsed.param));
  } else if ('fault' in script) {
    sendJson(res, 400, errorBody(400, script.fault, null, 'model'));
  } else {
    await answerChat({
      id: deps.nextId(),
      request: parsed.request,
      authorization: req.headers.authorization ?? '',
      script: script.script,
      failing: deps.attempts.stillFailing(token, parsed.request.model, script.script),
      res,
    });
  }
}
