import { effect, signal } from '@preact/signals';
import { recall, remember } from '../lib/storage.ts';
import { Icon } from './icons.tsx';

const order = ['auto', 'light', 'dark'] as const;
type Theme = (typeof order)[number];

const stored = recall('theme');
const theme = signal<Theme>(order.find((theme) => theme === stored) ?? 'auto');

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  remember('theme', theme.value);
});

export function ThemeToggle() {
  const names = { auto: 'as the system', light: 'light', dark: 'dark' };
  const icons = { auto: 'auto', light: 'sun', dark: 'moon' } as const;
  const next = () => {
    theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'auto';
  };
  const label = `Theme: ${names[theme.value]}`;
  return (
    <button type="button" class="ghost icon-only" aria-label={label} title={label} onClick={next}>
      <Icon name={icons[theme.value]} />
    </button>
  );
}
