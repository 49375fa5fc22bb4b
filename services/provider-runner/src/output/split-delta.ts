import type { DeltaContent } from '@sluice/contracts';

/** UTF-16 units: at most 48 KB of UTF-8, below the contract's 64 KB, and below a frame's 256 KB however it escapes. */
const MAX_UNITS = 16_384;

/** The same content in parts that each fit a delta. Almost always one: that one is returned as it is. */
export function splitDelta(content: DeltaContent): readonly DeltaContent[] {
  if (sizeOf(content) <= MAX_UNITS) return [content];
  return [
    ...slices(content.reasoningText ?? '').map((reasoningText) => ({ reasoningText })),
    ...slices(content.text ?? '').map((text) => ({ text })),
    ...(content.toolCalls ?? []).flatMap(({ argumentsDelta = '', index, ...named }) =>
      slices(argumentsDelta, true).map((part, place) => ({
        toolCalls: [{ index, ...(place === 0 && named), ...(part && { argumentsDelta: part }) }],
      })),
    ),
  ];
}

function sizeOf({ text = '', reasoningText = '', toolCalls }: DeltaContent): number {
  const plain = text.length + reasoningText.length;
  return toolCalls
    ? toolCalls.reduce((sum, { argumentsDelta = '' }) => sum + 100 + argumentsDelta.length, plain)
    : plain;
}

function slices(text: string, atLeastOne = false): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + MAX_UNITS);
    // Half a surrogate pair is no Unicode: JSON would carry it, UTF-8 would not.
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts.length === 0 && atLeastOne ? [''] : parts;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
