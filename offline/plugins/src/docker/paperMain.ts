import { serve } from '../plugin.ts';
import { paperProvider } from './paper.ts';

serve(paperProvider());
