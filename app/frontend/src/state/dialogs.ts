// Which of the dialogs that can be opened from anywhere is open.
import { signal } from '@preact/signals';

export const helping = signal(false);
