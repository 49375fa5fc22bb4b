import { apiUrl } from '../api-url.ts';

/** Where a method of a model is; the model's name may come with `models/` before it. */
export function modelUrl(baseUrl: string, model: string, method: string): URL {
  return apiUrl(baseUrl, '/v1beta', `/models/${encodeURIComponent(bareName(model))}:${method}`);
}

export function bareName(model: string): string {
  return model.startsWith('models/') ? model.slice('models/'.length) : model;
}
