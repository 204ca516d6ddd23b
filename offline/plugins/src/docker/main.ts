import { serve } from '../plugin.ts';
import { dockerProvider } from './provider.ts';

serve(dockerProvider());
