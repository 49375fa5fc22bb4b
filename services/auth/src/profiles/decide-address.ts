import { checkBaseUrl, type ProfileSettings, USUAL_BASE_URLS } from '@sluice/contracts';
import { invalid, type StoredProfile } from './decide-profile.ts';

type Addressed = Pick<ProfileSettings, 'provider' | 'baseUrl'> & {
  image?: Pick<NonNullable<ProfileSettings['image']>, 'baseUrl'> | undefined;
};

/**
 * The base URL in force for text: the settings' own, or the provider's. Throws AppError `validation_failed` naming
 * `baseUrl` or `image.baseUrl` (missing, or not allowed). An address that the profile had before is not judged again:
 * whoever changes its name is not told of what an operator has closed since; runners look at every call.
 */
export function decideBaseUrl(
  { provider, baseUrl, image }: Addressed,
  allowedHosts: readonly string[],
  before: Pick<StoredProfile, 'baseUrl' | 'image'> | null = null,
): string {
  const usual = USUAL_BASE_URLS[provider];
  const inForce = baseUrl ?? usual;
  if (inForce === null) throw invalid({ path: 'baseUrl', message: `is required for ${provider}` });

  const faultOf = (url: string | undefined, known: string | undefined) =>
    url === undefined || url === known ? null : checkBaseUrl(url, allowedHosts);
  const fault = faultOf(baseUrl, before?.baseUrl);
  if (fault !== null) throw invalid({ path: 'baseUrl', message: fault });
  const imageFault = faultOf(image?.baseUrl, before?.image?.baseUrl);
  if (imageFault !== null) throw invalid({ path: 'image.baseUrl', message: imageFault });
  return inForce;
}
