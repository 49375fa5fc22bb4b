import type { Script } from './script.ts';

const QUESTION_SHOWN = 200;
const FILLER = 'water runs where the gate lets it ';
const LARGE_PIECE = 4096;

/** The answer's text: the scripted one, or a sentence that names the question. The same for the same input. */
export function answerText(question: string, script: Script): string {
  if (script.fault.empty) {
    return '';
  }
  if (script.text !== null) {
    return script.text;
  }
  if (script.sizeBytes !== null) {
    return FILLER.repeat(Math.ceil(script.sizeBytes / FILLER.length)).slice(0, script.sizeBytes);
  }
  const shown = [...question].slice(0, QUESTION_SHOWN).join('').trim();
  const sentence =
    `You asked: “${shown}”. This is the demo provider that comes with Sluice: it answers at once, always the ` +
    'same, and asks nobody else. Give a profile the key of a real provider to hear more.';
  return script.chunks === null ? sentence : sentence.padEnd(script.chunks, ` ${sentence}`);
}

/**
 * The text as the content chunks of a stream: `script.chunks` pieces of about equal length (fewer when the
 * text has fewer characters), else one a word, else 4096 characters each where a size was asked for.
 */
export function piecesOf(text: string, script: Script): string[] {
  if (script.chunks !== null) {
    const characters = [...text];
    const count = Math.min(script.chunks, characters.length);
    return Array.from({ length: count }, (_, index) =>
      characters
        .slice(
          Math.floor((index * characters.length) / count),
          Math.floor(((index + 1) * characters.length) / count),
        )
        .join(''),
    );
  }
  if (script.sizeBytes !== null && script.text === null) {
    return Array.from({ length: Math.ceil(text.length / LARGE_PIECE) }, (_, index) =>
      text.slice(index * LARGE_PIECE, (index + 1) * LARGE_PIECE),
    );
  }
  return text.match(/\s*\S+\s*/g) ?? (text === '' ? [] : [text]);
}

/** OpenAI's usage object. A token is a word here (a run without white space), so that a test can count it. */
export function usageOf(promptTexts: readonly string[], completion: string) {
  const promptTokens = promptTexts.reduce((sum, text) => sum + words(text), 0);
  const completionTokens = words(completion);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

function words(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
