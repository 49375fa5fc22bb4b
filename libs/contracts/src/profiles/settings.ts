import { z } from 'zod';
import { chatParamsSchema } from '../chat/chat.v1.ts';
import { PROVIDERS } from './providers.ts';

const model = z.string().trim().min(1).max(200);
const baseUrl = z.url({ protocol: /^https?$/ }).max(2048);
/** An amount of money for a million tokens. */
const price = z.number().min(0).max(1_000_000);
const perMinute = z.int().min(1).max(1_000_000_000);

/** Generation parameters that every call of a profile begins with; what a request names wins. */
export const profileParamsSchema = chatParamsSchema.extend({
  /** The model for images, unless `image.model` names one. */
  imageModel: model.optional(),
});

/** Where images come from when it is not where text comes from. */
export const imageSettingsSchema = z.strictObject({ model: model.optional(), baseUrl: baseUrl.optional() });

const priceFields = {
  input: price,
  cachedInput: price.optional(),
  output: price,
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters, such as USD'),
};
export const pricingSchema = z.strictObject({
  ...priceFields,
  currency: priceFields.currency.default('USD'),
});

export const profileLimitsSchema = z.strictObject({
  requestsPerMinute: perMinute.optional(),
  tokensPerMinute: perMinute.optional(),
});

const MAX_FALLBACKS = 5;

/** What a profile says, without its keys. `baseUrl` is left out where the provider's usual one is meant. */
export const profileSettingsSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  provider: z.enum(PROVIDERS),
  model,
  baseUrl: baseUrl.optional(),
  params: profileParamsSchema.optional(),
  image: imageSettingsSchema.optional(),
  pricing: pricingSchema.optional(),
  /** Tried in this order when this profile fails. Not held to the form of an id: what no profile has is a 404. */
  fallbackProfileIds: z.array(z.string().min(1).max(64)).max(MAX_FALLBACKS).optional(),
  limits: profileLimitsSchema.optional(),
});
export type ProfileSettings = z.infer<typeof profileSettingsSchema>;

/** The same fields, each of which may be left out (unchanged) or null (cleared), as in RFC 7396. */
function clearable<Shape extends z.ZodRawShape>(shape: Shape) {
  const fields = Object.entries(shape).map(([name, schema]) => [name, z.nullish(schema as z.ZodType)]);
  return Object.fromEntries(fields) as { [Name in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[Name]>> };
}

const { name, provider, fallbackProfileIds } = profileSettingsSchema.shape;

/** Fields of a change, without keys. What must be there cannot be null. */
export const changeableFields = {
  name: name.optional(),
  provider: provider.optional(),
  model: model.optional(),
  baseUrl: baseUrl.nullish(),
  params: z.strictObject(clearable(profileParamsSchema.shape)).nullish(),
  pricing: z.strictObject(clearable(priceFields)).nullish(),
  fallbackProfileIds: fallbackProfileIds.nullable(),
  limits: z.strictObject(clearable(profileLimitsSchema.shape)).nullish(),
};
export const changeableImageFields = clearable(imageSettingsSchema.shape);
