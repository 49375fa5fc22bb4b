import type { ChatParams } from '@sluice/contracts';

/**
 * Claude's families, as far as they think in other ways: `claude-3` and `claude-4` within a budget, `adaptive` (4.7 and
 * 4.8) as deep as an effort says, `thinking` (5) the same unless it is turned off, `always-thinking` (5.1 and later,
 * Fable and Mythos) without a way to turn it off; `other` is every model whose name says nothing.
 */
export type ModelFamily = 'claude-3' | 'claude-4' | 'adaptive' | 'thinking' | 'always-thinking' | 'other';

/**
 * The family of a model by its name, with the version behind (`claude-opus-4-7`, `claude-opus-4-20250514`) or before
 * (`claude-3-7-sonnet-latest`, `anthropic/claude-4.7-opus`). From Anthropic's migration guides of Opus 5, Opus 5.5 and
 * Sonnet 5.5, its page of Sonnet 5, and the model card of Opus 4.7 in the Bedrock user guide.
 */
export function familyOf(model: string): ModelFamily {
  const [, line, first, second] =
    /claude-(?:([a-z]+)-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)/.exec(model.toLowerCase()) ?? [];
  if (first === undefined) return 'other';
  const [major, minor] = [Number(first), Number(second ?? 0)];
  if (major < 4) return 'claude-3';
  if (major === 4) return minor >= 7 ? 'adaptive' : 'claude-4';
  const always = major > 5 || minor > 0 || line === 'fable' || line === 'mythos';
  return always ? 'always-thinking' : 'thinking';
}

/**
 * What the API needs and a caller may leave out. The oldest models still served write no more than 4,096; where a model
 * thinks, thoughts count too (Opus 5 migration guide), and all models of these families write 32,000 at least.
 */
const MAX_TOKENS: Readonly<Record<ModelFamily, number>> = {
  'claude-3': 4096,
  'claude-4': 8192,
  adaptive: 8192,
  thinking: 16_384,
  'always-thinking': 16_384,
  other: 4096,
};

type Effort = NonNullable<ChatParams['reasoningEffort']>;

/** Tokens to think with, for each effort; 1,024 is the API's least (Extended thinking guide). */
const THINKING_TOKENS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
};

export type Thinking = {
  readonly max_tokens: number;
  readonly thinking?: object;
  readonly output_config?: { readonly effort: string };
  /** Whether temperature and top_p may be sent. */
  readonly sampling: boolean;
};

type Asked = Pick<ChatParams, 'reasoningEffort' | 'maxTokens'> & {
  /** A tool must be called: the API refuses to think beside that (Extended thinking guide, Feature compatibility). */
  readonly forced: boolean;
};

/** How a model is asked to think, or not to, with what that does to the limit of tokens and to sampling. */
export function decideThinking(model: string, asked: Asked): Thinking {
  const family = familyOf(model);
  const budgeted = family === 'claude-3' || family === 'claude-4' || family === 'other';
  return budgeted ? withinBudget(family, asked) : byEffort(family, asked);
}

/** The budget is part of `max_tokens`: it comes beside the tokens of the answer. Thinking allows no sampling. */
function withinBudget(family: ModelFamily, { reasoningEffort = 'none', maxTokens, forced }: Asked): Thinking {
  const budget = forced ? 0 : THINKING_TOKENS[reasoningEffort];
  return {
    max_tokens: (maxTokens ?? MAX_TOKENS[family]) + budget,
    ...(budget > 0 && { thinking: { type: 'enabled', budget_tokens: budget } }),
    sampling: budget === 0,
  };
}

/**
 * Depth is the model's own within the effort, so a limit that was given stands for thoughts and answer together. These
 * models refuse sampling. Without `display` they leave out the text of their thoughts (What's new in Claude Opus 5.5),
 * with which seals are sent back.
 */
function byEffort(family: ModelFamily, { reasoningEffort: effort, maxTokens, forced }: Asked): Thinking {
  // What can never be turned off refuses forced tools itself; that is the provider's to say.
  const off = family !== 'always-thinking' && (forced || effort === 'none');
  const on = !off && (effort !== undefined || family !== 'adaptive');
  const room = on && effort !== undefined ? THINKING_TOKENS[effort] : 0;
  return {
    max_tokens: maxTokens ?? MAX_TOKENS[family] + room,
    ...(off && family === 'thinking' && { thinking: { type: 'disabled' } }),
    ...(on && { thinking: { type: 'adaptive', display: 'summarized' } }),
    ...(on && effort !== undefined && { output_config: { effort: EFFORTS[effort] } }),
    sampling: false,
  };
}

/** The API's efforts go from low to xhigh, and to max, which no caller can name (What's new in Claude Opus 5). */
const EFFORTS: Readonly<Record<Effort, string>> = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
};
