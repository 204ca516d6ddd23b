import type { Provider } from '../plugin.ts';
import { resources } from './resources.ts';

export function randomProvider(): Provider {
  return {
    name: 'random',
    version: '4.21.2',
    schema: {},
    resources,
    acceptsResources: true,
    configure: async () => {},
  };
}
