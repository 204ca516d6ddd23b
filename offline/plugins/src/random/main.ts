import { serve } from '../plugin.ts';
import { randomProvider } from './provider.ts';

serve(randomProvider());
